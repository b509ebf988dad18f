// Text that UTF-8 has no form for, on its way through a translation: halves of surrogate pairs,
// which Kibana's trees hold wherever a query escapes only one (`a:\ud800`).
//
// TranslateToAst and TranslateToDsl work on the guarded Ast, whose text every JSON library takes,
// and print what they made of it. Free functions, any thread.
//
//   Printed("\"" + Guarded("\xED\xA0\x80") + "\"")  ==  R"("\ud800")"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "grammar/ast.h"

namespace tripline::compiler {

/// Valid UTF-8 from which Printed makes `text` again. Requires UTF-8 that may hold lone surrogates,
/// as grammar::LoneSurrogates::kKept gives it.
[[nodiscard]] std::string Guarded(std::string_view text);

/// The Ast with guarded literals, if one needs it.
[[nodiscard]] std::optional<grammar::Ast> GuardedAst(const grammar::Ast& ast);

/// JSON text on one line, whatever is taken for the end of one: lone surrogates and the separators
/// U+0085, U+2028 and U+2029 as escapes.
[[nodiscard]] std::string Printed(std::string_view json);

}  // namespace tripline::compiler
