// The values that stand in query DSL: scalars, wildcard texts, counts. Part of CheckDsl.
//
// Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "compiler/document.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// A JSON scalar as a search engine reads it, as a quoted literal: numbers and booleans by their
/// text. None for null, lists and objects.
[[nodiscard]] std::optional<grammar::Literal> LiteralOf(const Node& value);

/// A star stands for any text, a question mark for one character, a backslash takes its meaning
/// from either.
[[nodiscard]] jit::Glob GlobOfWildcard(std::string_view text);

/// The one field of {"field": ...}, options beside it left aside; null pointer if there is not
/// just one.
[[nodiscard]] const Member* OnlyField(const Node& body);

/// "gt", "gte", "lt", "lte".
[[nodiscard]] std::optional<grammar::RangeOperator> RangeOperatorOf(std::string_view key);

/// The count of a minimum_should_match: a whole number, or a text of one digit. None for
/// percentages and combinations.
[[nodiscard]] std::optional<std::size_t> CountOf(const Node& node);

}  // namespace tripline::compiler
