// FindBlindRules: which rules cannot fire on a mapping and a sample of events, and which of their
// needs make it so (docs/blind_rules.md).
//
// Three-valued logic over a rule's formula: a need that no event meets is false, one that every
// event meets is true, of any other nothing is known. A rule whose formula comes out false is
// blind, whatever else the events hold. The reasons are the needs that make it false: of an `and`
// those operands that are false, of an `or` all.
//
// A pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/rule_needs.h"
#include "compiler/watch_needs.h"

namespace tripline::compiler {

/// Why a need is not met, the strongest last.
enum class BlindReason : std::uint8_t {
  kExcepted,           // the rule's exceptions take out all that it matches
  kValueInEveryEvent,  // what is excluded holds for every event
  kValueNeverSeen,     // no event meets the condition, though some have the field
  kFieldAbsent,        // no event has the field
  kWrongType,          // events have the field, but no value that can be read as its type
  kNoEventOfIndices,   // no event is in the rule's indices
  kNotMapped,          // the mapping has no such field
  kNeverMatches,       // whatever the events are: the type cannot hold the value
  kJobMissing,         // the anomaly job is not there
};

/// The word in JSON: "field_absent".
[[nodiscard]] std::string_view BlindReasonName(BlindReason reason);

/// True if the rule cannot fire at all on such data; false if it merely did not on this sample.
[[nodiscard]] inline bool CannotFire(BlindReason reason) {
  return reason > BlindReason::kValueNeverSeen;
}

struct BlindNeed {
  BlindReason reason = BlindReason::kValueNeverSeen;
  std::uint32_t need = 0;  // into NeedsOfRules::needs
  /// The rule's own reason rests on it: without it, another one would hold, or none.
  bool is_main = false;
};

struct BlindRule {
  std::uint32_t rule = 0;  // into NeedsOfRules::rules
  /// The strongest reason of an `and`, the weakest of an `or`.
  BlindReason reason = BlindReason::kValueNeverSeen;
  std::vector<BlindNeed> needs;  // in their order; none for kNoEventOfIndices and kExcepted alone
};

/// `seen`: none if there is no sample. `malformed_columns`: names of the Program's fields that have
/// values in the sample that could not be read.
[[nodiscard]] std::vector<BlindRule> FindBlindRules(
    const NeedsOfRules& needs, const NeedsSeen* seen,
    const std::vector<std::string>& malformed_columns = {});

}  // namespace tripline::compiler
