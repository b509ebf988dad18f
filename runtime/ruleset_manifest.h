// The manifest of a ruleset file: everything of a Ruleset but its Program and its rules' documents,
// as one JSON document; and the documents, which are most of a file's bytes, as they are.
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
  std::vector<RuleSpec> rules;              // without documents
  std::vector<jit::Field> detector_fields;  // Ruleset::columns behind the Program's own fields
};

/// Equal rulesets have equal manifests.
[[nodiscard]] std::string WriteManifest(const Ruleset& ruleset);

/// Errors: kInvalid: no JSON, or a member is missing or of the wrong type or beyond its range; the
/// message names it.
[[nodiscard]] Result<RulesetManifest> ReadManifest(std::string_view json);

/// The rules' documents, in their order: count:u32 { document:string }.
[[nodiscard]] std::string WriteDocuments(const std::vector<RuleSpec>& rules);

/// Gives the rules their documents. Errors: kInvalid (damaged, or not one a rule).
[[nodiscard]] Result<void> ReadDocuments(std::string_view bytes, std::vector<RuleSpec>& rules);

/// Errors: kInvalid: the document of one of the rules is no JSON object.
[[nodiscard]] Result<void> CheckDocuments(const std::vector<RuleSpec>& rules);

}  // namespace tripline::runtime
