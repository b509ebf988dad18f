// ErrorJson: the answer of the verb `translate` for a query that has no translation.
//
//   {"error":{"message":"Expected \")\" but end of input found.","offset":6}}
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.h"

namespace tripline::compiler {

/// One line of JSON for a diagnostic about `query`. The message is Kibana's sentence, with its full
/// stop, where Kibana has one for the mistake: it quotes one UTF-16 unit, be it a control character
/// or half a character. The offset counts UTF-16 units; a field asked in the wrong nested group has
/// none, as in Kibana.
[[nodiscard]] std::string ErrorJson(const Diagnostic& diagnostic, std::string_view query);

}  // namespace tripline::compiler
