// AffixSet: which of thousands of words does this value begin with, or end with?
//
//   AffixSet set(AffixSet::Side::kFront, {{"C:\\", 0}, {"C:\\Windows\\", 1}, {"D:\\", 2}});
//   set.Find("C:\\Windows\\notepad.exe", &reversed, &found);   // found: 0, 1
//
// Immutable once made; any number of threads may look, each with its own `reversed`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jit/position_lists.h"
#include "jit/position_set.h"

namespace tripline::jit {

class AffixSet {
 public:
  enum class Side : std::uint8_t { kFront, kBack };

  AffixSet() = default;
  AffixSet(Side side, std::vector<KeyedPosition> entries);

  /// Adds the positions of all entries that `value` begins (ends) with. `*reversed` is memory to
  /// work in. One binary search and a step for each entry that is a prefix of the one it finds.
  void Find(std::string_view value, std::string* reversed, PositionSet* found) const;
  [[nodiscard]] bool empty() const { return keys_.empty(); }

 private:
  Side side_ = Side::kFront;
  std::vector<std::string> keys_;  // in byte order; for kBack each is reversed
  // By key: one more than the longest other key that this one begins with, or 0.
  std::vector<std::uint32_t> parents_;
  PositionLists positions_;     // by key
  std::size_t max_length_ = 0;  // of a key
};

}  // namespace tripline::jit
