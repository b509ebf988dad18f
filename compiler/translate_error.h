// ErrorJson: the answer of the verb `translate` for a query that has no translation.
//
//   {"error":{"message":"Expected \")\" but end of input found.","offset":6}}
#pragma once

#include <string>

#include "base/diagnostic.h"

namespace tripline::compiler {

/// One line of JSON. The message is Kibana's sentence, with its full stop, where Kibana has one for
/// the mistake; the offset counts UTF-16 units of the query.
[[nodiscard]] std::string ErrorJson(const Diagnostic& diagnostic);

}  // namespace tripline::compiler
