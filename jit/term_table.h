// TermTable: which of thousands of words is this one? One hash and, nearly always, one comparison.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jit/position_lists.h"

namespace tripline::jit {

class TermTable {
 public:
  TermTable() = default;
  explicit TermTable(std::vector<KeyedPosition> entries);

  /// The positions of the entries whose text is `word`, byte by byte; empty if none is.
  [[nodiscard]] std::span<const std::uint32_t> Find(std::string_view word) const;
  [[nodiscard]] bool empty() const { return keys_.empty(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t key_plus_one = 0;  // 0: empty
  };

  // Bit n: a key has n bytes; the last bit: or more. Most values of long fields end here.
  std::uint64_t lengths_ = 0;
  std::vector<std::string> keys_;
  PositionLists positions_;  // by key
  std::vector<Slot> slots_;  // a power of two, at most half full; linear probing
};

}  // namespace tripline::jit
