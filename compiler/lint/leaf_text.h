// Leaves as their author wrote them: what the lints that look at texts have in common.
//
// Pure functions; views look into the query.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/lint.h"

namespace tripline::compiler {

/// The source text of a span.
[[nodiscard]] std::string_view TextAt(const SourceText& query, Span span);

/// Without blanks and line breaks around it.
[[nodiscard]] std::string_view Trimmed(std::string_view text);

/// What stands between blanks.
[[nodiscard]] std::vector<std::string_view> WordsIn(std::string_view text);

/// With the 26 letters in lower case.
[[nodiscard]] std::string LowerCased(std::string_view text);

/// A text between backticks, on one line, cut where it is long.
[[nodiscard]] std::string InBackticks(std::string_view text);

/// A node as messages name it: a condition with its field, in backticks.
[[nodiscard]] std::string NodeText(const LintSubject& subject, grammar::NodeId node);

/// True if the field's values are analysed into tokens.
[[nodiscard]] bool IsText(FieldType type);

/// Command lines, messages, scripts: values are lines of several words by nature.
[[nodiscard]] bool HoldsSentences(const LintLeaf& leaf);

/// `field : ( value )`: the parentheses of a list around a single value.
[[nodiscard]] bool IsAloneInParentheses(const LintSubject& subject, const LintLeaf& leaf);

/// True for the star that stands for anything.
[[nodiscard]] bool IsLoneStar(const grammar::Literal& literal);

/// A field name or a value without quotes.
struct BareText {
  const LintLeaf& leaf;
  const grammar::Literal& literal;
  std::string_view text;  // trimmed
  bool is_field = false;
};

/// All of them, a field name once for all of its values.
void ForEachUnquoted(const LintSubject& subject, const std::function<void(const BareText&)>& visit);

}  // namespace tripline::compiler
