// The parts of a rule document that more than one group of keys is read with, and the groups that
// only some types of rules have. Inside the rule reader only.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/object_reader.h"
#include "compiler/rule.h"

namespace tripline::compiler {

inline constexpr std::int64_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

[[nodiscard]] inline Need NeedIf(bool is_needed) {
  return is_needed ? Need::kRequired : Need::kOptional;
}

/// The JSON text of a list of objects; empty where it is absent, empty or wrong.
[[nodiscard]] std::string ReadRawObjects(ObjectReader& reader, std::string_view key);

/// The language of `key` that goes with a rule of this type; its default where absent or wrong.
[[nodiscard]] QueryLanguage ReadLanguage(ObjectReader& reader, std::string_view key, RuleType type);

/// The query text and its place; an empty text at the rule's place where it is absent or wrong.
[[nodiscard]] SourceText ReadQuery(ObjectReader& reader, std::string_view key, Need need);

/// The time that `key` says, or else `otherwise`; nothing if that cannot be read.
[[nodiscard]] std::optional<RuleTime> ReadTime(ObjectReader& reader, std::string_view key,
                                               std::string_view otherwise);

/// Requires that rule.type and rule.from are read.
void ReadNewTerms(ObjectReader& reader, Rule& rule);
/// Each requires that rule.type is read.
void ReadThreshold(ObjectReader& reader, Rule& rule);
void ReadMachineLearning(ObjectReader& reader, Rule& rule);
void ReadThreatMatch(ObjectReader& reader, Rule& rule);
void ReadSuppression(ObjectReader& reader, Rule& rule);

}  // namespace tripline::compiler
