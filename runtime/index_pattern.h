// IndexPatterns: does a rule look at this index? Only asked where events name their index (search
// hits, a cluster).
//
// Patterns are a rule's `index` list: stars cross everything, a pattern that begins with '-' takes
// away what the patterns before it gave, and the hidden backing index of a data stream
// (.ds-NAME-2026.05.01-000001) is also known by its data stream's name. An empty list looks at
// every index.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/ruleset.h"

namespace tripline::runtime {

/// The data stream that a backing index belongs to, or the index itself.
[[nodiscard]] std::string_view DataStreamOf(std::string_view index);

[[nodiscard]] bool LooksAt(const std::vector<std::string>& patterns, std::string_view index);

/// LooksAt for the rules and jobs of one ruleset, each answer kept. One thread at a time.
class IndexLooks {
 public:
  /// True for all patterns if the event names no index (`index` is empty). The list of patterns
  /// must outlive this object, and stay where it is.
  [[nodiscard]] bool LooksAt(const std::vector<std::string>& patterns, std::string_view index);

 private:
  // Names of indices come from events: a stream of ever new ones must not grow this without bound.
  static constexpr std::size_t kMaxKept = 1U << 16U;
  std::map<std::pair<const std::vector<std::string>*, std::string>, bool, std::less<>> kept_;
};

}  // namespace tripline::runtime
