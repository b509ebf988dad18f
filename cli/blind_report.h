// The blind-rule report of `check`: which rules cannot fire on a mapping and a sample of events,
// why, and what to do (docs/blind_rules.md).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/rule_needs.h"

namespace tripline::cli {

struct BlindReport {
  std::string text;
  std::string rules_json;         // a list: one object a blind rule
  std::string summary_json;       // an object: counts
  bool has_failed_files = false;  // an event file could not be read to its end
};

/// Without `events`, what the mapping alone tells. Errors: rules too large for one pass.
[[nodiscard]] Result<BlindReport> ReportBlindRules(const compiler::NeedsOfRules& needs,
                                                   const std::vector<std::string>& events);

}  // namespace tripline::cli
