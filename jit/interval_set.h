// IntervalSet<Key>: which of thousands of ranges is this value in? One binary search, then one step
// for each level of a tree and one for each answer.
//
// Ranges are half open, [begin, end), an absent end meaning no end; the callers (numbers, dates,
// addresses, strings) say what stands behind their last value. The distinct ends cut the line into
// elementary intervals; a segment tree over these keeps memory at n log n even where all ranges
// overlap, which a list per interval would not.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "jit/position_lists.h"
#include "jit/position_set.h"

namespace tripline::jit {

template <class Key>
class IntervalSet {
 public:
  /// Values from `begin` on and before `end`; empty if `end` is not after `begin`.
  struct Interval {
    Key begin;
    std::optional<Key> end;
    std::uint32_t position = 0;
  };

  IntervalSet() = default;
  explicit IntervalSet(const std::vector<Interval>& intervals);

  /// Adds the positions of all intervals that hold `value`. Requires a value that compares (not
  /// NaN).
  template <class Value>
  void Find(const Value& value, PositionSet* found) const;
  [[nodiscard]] bool empty() const { return cuts_.empty(); }
  /// Rising. Values that lie behind equally many of them (a cut lies behind itself) have the same
  /// answer.
  [[nodiscard]] std::span<const Key> cuts() const { return cuts_; }

 private:
  static bool IsEmpty(const Interval& interval) {
    return interval.end && !(interval.begin < *interval.end);
  }
  /// Number of the elementary interval that begins at `key`, which is a cut.
  [[nodiscard]] std::size_t CutAt(const Key& key) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(cuts_, key) - cuts_.begin());
  }

  std::vector<Key> cuts_;     // rising; elementary interval i is [cuts_[i], cuts_[i + 1])
  std::size_t num_base_ = 0;  // elementary intervals, rounded up to a power of two
  PositionLists nodes_;  // by node: root 1, children 2n and 2n + 1, interval i at num_base_ + i
};

template <class Key>
IntervalSet<Key>::IntervalSet(const std::vector<Interval>& intervals) {
  for (const Interval& interval : intervals) {
    if (IsEmpty(interval)) continue;
    cuts_.push_back(interval.begin);
    if (interval.end) cuts_.push_back(*interval.end);
  }
  std::ranges::sort(cuts_);
  const auto repeated = std::ranges::unique(cuts_);
  cuts_.erase(repeated.begin(), repeated.end());
  if (cuts_.empty()) return;

  num_base_ = std::bit_ceil(cuts_.size());
  std::vector<std::vector<std::uint32_t>> lists(2 * num_base_);
  for (const Interval& interval : intervals) {
    if (IsEmpty(interval)) continue;
    // The classic bottom-up cover of [first, last) by whole subtrees.
    std::size_t first = num_base_ + CutAt(interval.begin);
    std::size_t last = num_base_ + (interval.end ? CutAt(*interval.end) : num_base_);
    for (; first < last; first /= 2, last /= 2) {
      if (first % 2 == 1) lists[first++].push_back(interval.position);
      if (last % 2 == 1) lists[--last].push_back(interval.position);
    }
  }
  for (const auto& list : lists) nodes_.Add(list);
}

template <class Key>
template <class Value>
void IntervalSet<Key>::Find(const Value& value, PositionSet* found) const {
  const auto next = std::ranges::upper_bound(cuts_, value, std::less<>{});
  if (next == cuts_.begin()) return;
  const auto interval = static_cast<std::size_t>(next - cuts_.begin()) - 1;
  for (std::size_t node = num_base_ + interval; node != 0; node /= 2) found->Add(nodes_[node]);
}

}  // namespace tripline::jit
