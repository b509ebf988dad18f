// ReadLiteral: the source text of one literal -> its decoded value; and the other small pieces of
// the language that need no parser.
//
//   curl\*  -> 'curl*'      a*b -> pieces "a", "b"      "C:\Windows" -> "C:\Windows"
#pragma once

#include <string_view>

#include "base/source_text.h"
#include "grammar/ast.h"

namespace tripline::grammar {

/// The literal at `span` of `text`: with quotes around it, or unquoted. Requires what the rule
/// `literal` of Kql.g4 accepts.
[[nodiscard]] Literal ReadLiteral(std::string_view text, Span span,
                                  LoneSurrogates surrogates = LoneSurrogates::kReplaced);

/// The same for the value of a comparison, whose stars are ordinary characters: a string, with the
/// pieces kept beside it.
[[nodiscard]] Literal ReadBound(std::string_view text, Span span,
                                LoneSurrogates surrogates = LoneSurrogates::kReplaced);

/// The operator that `text` begins with. Requires one.
[[nodiscard]] RangeOperator ReadRangeOperator(std::string_view text);

/// Length in bytes of the blank that `text` begins with (space, tab, line breaks, U+00A0), or 0.
[[nodiscard]] std::size_t BlankLength(std::string_view text);

/// Length in bytes of all the blanks that `text` begins with.
[[nodiscard]] std::size_t LeadingBlanks(std::string_view text);

}  // namespace tripline::grammar
