// PositionSet: gathers the leaf positions that one value makes true, each once, whatever the number
// of tables that report it. Scratch of a thread: it keeps its memory from value to value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace tripline::jit {

class PositionSet {
 public:
  /// Makes room for positions below `num_positions`, so that Add allocates nothing.
  void Reserve(std::size_t num_positions) {
    if (seen_.size() * kBits >= num_positions) return;
    seen_.resize((num_positions + kBits - 1) / kBits);
    found_.reserve(seen_.size() * kBits);
  }
  /// Requires that Reserve made room for it.
  void Add(std::uint32_t position) {
    const std::uint64_t bit = std::uint64_t{1} << position % kBits;
    if ((seen_[position / kBits] & bit) != 0) return;
    seen_[position / kBits] |= bit;
    found_.push_back(position);
  }
  void Add(std::span<const std::uint32_t> positions) {
    for (const std::uint32_t position : positions) Add(position);
  }
  /// Replaces `*positions` by what was added, rising, and forgets it.
  void MoveTo(std::vector<std::uint32_t>* positions) {
    for (const std::uint32_t position : found_) seen_[position / kBits] = 0;
    positions->assign(found_.begin(), found_.end());
    std::ranges::sort(*positions);
    found_.clear();
  }

 private:
  static constexpr std::size_t kBits = 64;

  std::vector<std::uint64_t> seen_;   // bit p: p is in found_
  std::vector<std::uint32_t> found_;  // in the order of arrival
};

}  // namespace tripline::jit
