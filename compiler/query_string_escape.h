// QueryStringPattern: the text of a wildcard value for `wildcard` and `query_string` clauses.
#pragma once

#include <string>
#include <vector>

namespace tripline::compiler {

/// The pieces with stars between them; in the pieces, characters that mean something to a query
/// string have a backslash in front. {"C:\x", ""} -> `C\:\\x*`
[[nodiscard]] std::string QueryStringPattern(const std::vector<std::string>& pieces);

}  // namespace tripline::compiler
