// What the hint files share: views of the text around a syntax error, and the groups of rules that
// grammar/hints.cc asks in turn. Views live as long as the source text.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/syntax_error.h"

namespace tripline::grammar {

/// A rule's answer; empty: the place is none of its business.
using Hint = std::optional<std::string>;
using HintRule = Hint (*)(const SyntaxError&);

/// The first answer of some rules.
template <std::size_t n>
[[nodiscard]] Hint FirstHint(const HintRule (&rules)[n], const SyntaxError& error) {
  for (const HintRule rule : rules) {
    if (Hint hint = rule(error)) {
      return hint;
    }
  }
  return std::nullopt;
}

/// Operators and marks of other query languages (hints_habits.cc).
[[nodiscard]] Hint HabitHint(const SyntaxError& error);
/// Colons, comparisons, quotes and backslashes in and around values (hints_values.cc).
[[nodiscard]] Hint ValueHint(const SyntaxError& error);

/// Of ASCII letters, whatever the host's locale; so are the tests of single characters below.
[[nodiscard]] std::string Lowercase(std::string_view text);
/// `text` as a quotation inside a hint: on one line and short.
[[nodiscard]] std::string InBackticks(std::string_view text);
[[nodiscard]] bool IsLetter(char c);
[[nodiscard]] bool IsBlank(char c);
/// Ends an unquoted value: a blank or a special character other than the colon, star and backslash.
[[nodiscard]] bool IsStop(char c);
[[nodiscard]] bool IsKeyword(std::string_view word);
/// process.name, @timestamp, Esql.count_distinct
[[nodiscard]] bool LooksLikeField(std::string_view word);

/// The longest beginning of `text` whose characters all satisfy `predicate`.
template <class Predicate>
[[nodiscard]] std::string_view Leading(std::string_view text, Predicate predicate) {
  const auto end = std::ranges::find_if_not(text, predicate);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}
[[nodiscard]] std::string_view LastWord(std::string_view text);
/// The last word, if there are words before it.
[[nodiscard]] std::string_view LastOfSeveralWords(std::string_view text);

/// The text from the offending token on.
[[nodiscard]] std::string_view Rest(const SyntaxError& error);
/// The text from the first character of the literal at hand on, far beyond where the grammar
/// stopped; or Rest() if there is no literal.
[[nodiscard]] std::string_view ValueText(const SyntaxError& error);
/// The text of the value's field, or a stand-in.
[[nodiscard]] std::string FieldName(const SyntaxError& error);

}  // namespace tripline::grammar
