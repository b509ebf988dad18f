// IndexPatterns: does a rule look at this index? Only asked where events name their index (search
// hits, a cluster).
//
// Patterns are a rule's `index` list: stars cross everything, a pattern that begins with '-' takes
// away what the patterns before it gave, and the hidden backing index of a data stream
// (.ds-NAME-2026.05.01-000001) is also known by its data stream's name. An empty list looks at
// every index.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripline::runtime {

/// The data stream that a backing index belongs to, or the index itself.
[[nodiscard]] std::string_view DataStreamOf(std::string_view index);

[[nodiscard]] bool LooksAt(const std::vector<std::string>& patterns, std::string_view index);

}  // namespace tripline::runtime
