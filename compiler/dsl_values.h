// The values that stand in query DSL: scalars, wildcard texts, counts. Part of CheckDsl.
//
// Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/document.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// A JSON scalar as a search engine reads it, as a quoted literal: numbers and booleans by their
/// text. None for null, lists and objects.
[[nodiscard]] std::optional<grammar::Literal> LiteralOf(const Node& value);

/// The text of a `wildcard` query: a star stands for any text, a question mark for one character, a
/// backslash takes its meaning from either. Before any other character it is lost.
struct WildcardText {
  jit::Glob glob;
  bool is_ambiguous = false;     // it has both `?` and `\?`, which a Glob cannot tell apart
  std::string lost_backslashes;  // the characters that a lost backslash stands before, each once
};
[[nodiscard]] WildcardText ReadWildcard(std::string_view text);

/// The sentence about them. Requires that some are lost.
[[nodiscard]] std::string AboutLostBackslash(const WildcardText& text);

[[nodiscard]] bool IgnoresCase(const Node& options);

/// An option of a query on one value that changes what it matches, other than case_insensitive;
/// empty if there is none.
[[nodiscard]] std::string_view ChangingOption(const Node& options, std::string_view value_key);

/// "format" of a range with the formats that dates are read in anyway.
[[nodiscard]] bool IsUsualDateFormat(const Member& option);

[[nodiscard]] std::string AsciiLowerCased(std::string_view text);

/// The one field of {"field": ...}, options beside it left aside; null pointer if there is not
/// just one.
[[nodiscard]] const Member* OnlyField(const Node& body);

/// "gt", "gte", "lt", "lte".
[[nodiscard]] std::optional<grammar::RangeOperator> RangeOperatorOf(std::string_view key);

/// The count of a minimum_should_match: a whole number, or a text of one digit. None for
/// percentages and combinations.
[[nodiscard]] std::optional<std::size_t> CountOf(const Node& node);

}  // namespace tripline::compiler
