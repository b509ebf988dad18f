// The judge of the whole chain: a query's syntax tree evaluated on one JSON document, straight from
// what docs/kql.md says. Nothing of the compiler, the reader or the matcher is used.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "grammar/ast.h"

namespace tripline::differential {

/// The fields of the test, by the first letter of their names: k keyword, n long, i ip, f boolean.
[[nodiscard]] bool Holds(const grammar::Ast& ast, const nlohmann::json& document);

}  // namespace tripline::differential
