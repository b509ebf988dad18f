// RuleFromDocument: one rule document in Kibana's API shape -> Rule.
#pragma once

#include <optional>
#include <string>

#include "compiler/document.h"
#include "compiler/rule.h"
#include "compiler/source_file.h"

namespace tripline::compiler {

/// The rule, or nothing if it has an error; errors and warnings go to `findings`. Requires that
/// `document` is an object.
[[nodiscard]] std::optional<Rule> RuleFromDocument(const Node& document, Findings& findings);

/// True if the object has any key by which one would take it for a rule.
[[nodiscard]] bool LooksLikeRule(const Node& object);

}  // namespace tripline::compiler
