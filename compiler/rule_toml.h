// From detection-rules' TOML to Kibana's API shape: what that project does when it exports a rule.
#pragma once

#include <optional>
#include <string>

#include "compiler/document.h"
#include "compiler/source_file.h"

namespace tripline::compiler {

struct ApiShape {
  Node rule;             // an object in Kibana's API shape
  std::string metadata;  // canonical JSON of [metadata], or empty
};

/// Moves [rule] out of a TOML document: [rule.new_terms] becomes new_terms_fields and
/// history_window_start, and `$osquery_0`, `$investigate_0` in the note become the blocks of
/// [transform]. Nothing if there is no [rule]; findings say why.
[[nodiscard]] std::optional<ApiShape> ToApiShape(Node root, Findings& findings);

}  // namespace tripline::compiler
