// PositionLists: for each of n keys a list of leaf positions, in two flat arrays. What the tables
// of jit/field_decider.h answer a hit with.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tripline::jit {

class PositionLists {
 public:
  PositionLists() = default;

  /// Closes the list of the next key, in the order of the keys.
  void Add(std::span<const std::uint32_t> positions) {
    positions_.insert(positions_.end(), positions.begin(), positions.end());
    ends_.push_back(static_cast<std::uint32_t>(positions_.size()));
  }

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// Requires i < size().
  [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t i) const {
    const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::span(positions_).subspan(begin, ends_[i] - begin);
  }

 private:
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint32_t> ends_;
};

/// A text and the leaf that asks for it.
using KeyedPosition = std::pair<std::string, std::uint32_t>;

/// Distinct texts in byte order, each with its distinct positions, rising.
struct GroupedPositions {
  std::vector<std::string> keys;
  PositionLists positions;
};

[[nodiscard]] GroupedPositions GroupByKey(std::vector<KeyedPosition> entries);

}  // namespace tripline::jit
