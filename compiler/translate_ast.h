// TranslateToAst: Ast -> JSON in the node shapes of Kibana's KQL parser, so that a tree can be held
// against Kibana's or fed to code that walks one. Used by the verb `translate --to ast`.
//
// No state, any thread. The JSON stands on one line and its keys have a fixed order.
//
//   TranslateToAst(*grammar::Parse({"--query", "a:b", {}}))
//   {"type":"function","function":"is","arguments":[
//     {"type":"literal","value":"a","isQuoted":false},
//     {"type":"literal","value":"b","isQuoted":false}]}
#pragma once

#include <string>
#include <string_view>

#include "grammar/ast.h"

namespace tripline::compiler {

/// The operator's name in trees and in range clauses: "lt", "lte", "gt" or "gte".
[[nodiscard]] std::string_view RangeOperatorName(grammar::RangeOperator op);

/// The tree as Kibana would print it. Nodes are "function" (and, or, not, nested, is, range),
/// "literal" and "wildcard"; in a wildcard's value every star that matches anything is the mark
/// `@kuery-wildcard@`, and any other character, a plain star included, stands for itself.
/// Requires a well-formed Ast of bounded depth, as grammar::Parse makes it.
[[nodiscard]] std::string TranslateToAst(const grammar::Ast& ast);

}  // namespace tripline::compiler
