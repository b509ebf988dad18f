// The detector key: a hash of what a rule's histories, or a job's models, depend on. Kept state is
// used as long as the key stays the same; an edit of the rule's name, text, severity or tags leaves
// it alone, an edit of its query, filters, exceptions, fields or windows changes it, and so does
// another type of a field that it reads.
//
// A pure function.
#pragma once

#include <string>

#include "runtime/ruleset.h"

namespace tripline::runtime {

/// Requires that the rule's query, if it has one, is an output of a verified Program.
[[nodiscard]] std::string DetectorKey(const Ruleset& ruleset, const RuleSpec& rule);
/// Requires the same of the job's datafeed.
[[nodiscard]] std::string JobKey(const Ruleset& ruleset, const AnomalyJobSpec& job);

}  // namespace tripline::runtime
