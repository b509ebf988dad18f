#include "jit/position_lists.h"

#include <algorithm>

namespace tripline::jit {

GroupedPositions GroupByKey(std::vector<KeyedPosition> entries) {
  std::ranges::sort(entries);
  const auto repeated = std::ranges::unique(entries);
  entries.erase(repeated.begin(), repeated.end());
  GroupedPositions grouped;
  std::vector<std::uint32_t> positions;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    positions.push_back(entries[i].second);
    if (i + 1 < entries.size() && entries[i + 1].first == entries[i].first) continue;
    grouped.keys.push_back(std::move(entries[i].first));
    grouped.positions.Add(positions);
    positions.clear();
  }
  return grouped;
}

}  // namespace tripline::jit
