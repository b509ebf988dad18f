// In byte order a value's prefixes stand before it, and everything between a prefix and the value
// begins with that prefix. So the greatest key not after the value begins with each key that the
// value begins with: they are that key itself and its parents, as far as it agrees with the value.
// A suffix is a prefix read backwards.
#include "jit/affix_set.h"

#include <algorithm>
#include <utility>

namespace tripline::jit {

AffixSet::AffixSet(Side side, std::vector<KeyedPosition> entries) : side_(side) {
  if (side == Side::kBack) {
    for (KeyedPosition& entry : entries) std::ranges::reverse(entry.first);
  }
  GroupedPositions grouped = GroupByKey(std::move(entries));
  keys_ = std::move(grouped.keys);
  positions_ = std::move(grouped.positions);
  parents_.resize(keys_.size());
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    max_length_ = std::max(max_length_, keys_[key].size());
    std::uint32_t parent = key;  // one more than the key before
    while (parent != 0 && !keys_[key].starts_with(keys_[parent - 1])) parent = parents_[parent - 1];
    parents_[key] = parent;
  }
}

void AffixSet::Find(std::string_view value, std::string* reversed, PositionSet* found) const {
  if (keys_.empty()) return;
  if (side_ == Side::kBack) {
    const std::string_view tail = value.substr(value.size() - std::min(value.size(), max_length_));
    reversed->assign(tail.rbegin(), tail.rend());
    value = *reversed;
  }
  const auto next = std::ranges::upper_bound(keys_, value, std::less<>{});
  if (next == keys_.begin()) return;
  auto key = static_cast<std::uint32_t>(next - keys_.begin());  // one more than the key before
  const std::string_view nearest = keys_[key - 1];
  const auto agreed =
      static_cast<std::size_t>(std::ranges::mismatch(nearest, value).in1 - nearest.begin());
  for (; key != 0; key = parents_[key - 1]) {
    if (keys_[key - 1].size() <= agreed) found->Add(positions_[key - 1]);
  }
}

}  // namespace tripline::jit
