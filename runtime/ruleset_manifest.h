// The manifest of a ruleset file: everything of a Ruleset but its Program, as one JSON document.
//
// Thread-safety: free functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

struct RulesetManifest {
  std::vector<RuleSpec> rules;
  std::vector<jit::Field> detector_fields;  // Ruleset::columns behind the Program's own fields
};

/// Equal rulesets have equal manifests.
[[nodiscard]] std::string WriteManifest(const Ruleset& ruleset);

/// Errors: kInvalid: no JSON, or a member is missing or of the wrong type or beyond its range; the
/// message names it.
[[nodiscard]] Result<RulesetManifest> ReadManifest(std::string_view json);

}  // namespace tripline::runtime
