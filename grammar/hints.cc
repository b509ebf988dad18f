// A list of rules, from the particular to the general. A rule sees the place and the text around it
// and either answers or leaves the place to the next one. Here are the rules about keywords and
// groups; those about values and about other languages' habits have files of their own.
#include "grammar/hints.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/source_text.h"
#include "grammar/hint_text.h"
#include "grammar/literal.h"
#include "grammar/syntax_error.h"
#include "grammar/token.h"

namespace tripline::grammar {
namespace {

// ---- keywords -------------------------------------------------------------------------------

Hint DoubleNot(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kNot && e.Previous() == TokenKind::kNot) {
    return "write `not` once; a double negation needs parentheses: `not (not ...)`";
  }
  return std::nullopt;
}

Hint NotBeforeValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kNot ||
      (e.place != Place::kAfterColon && e.place != Place::kAfterRange)) {
    return std::nullopt;
  }
  if (e.place == Place::kAfterRange) {
    const std::string sign(Leading(e.TextOf(e.before.last(1)), [](char c) { return !IsBlank(c); }));
    return "put `not` before the field: " +
           InBackticks("not " + FieldName(e) + " " + sign + " ...");
  }
  return "put `not` before the field, " + InBackticks("not " + FieldName(e) + ": ...") +
         ", or inside parentheses, " + InBackticks(FieldName(e) + ": (not ...)") +
         "; if the word belongs to the value, put the value in quotes";
}

Hint NotInsideValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kNot) {
    return std::nullopt;
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    const std::string word =
        std::string(LastWord(e.TextOf(e.literal))) + std::string(Leading(Rest(e), IsLetter));
    return InBackticks(word) +
           " ends in `not` before a blank, which KQL reads as the operator: put the text in quotes";
  }
  return "join the two conditions with `and not` or `or not`; if the word belongs to the value, "
         "put "
         "the value in quotes";
}

Hint KeywordGluedToGroup(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kOpen || !e.HasUnquotedLiteral() || !e.IsGlued()) {
    return std::nullopt;
  }
  const std::string_view word = LastWord(e.TextOf(e.literal));
  if (!IsKeyword(word)) {
    return std::nullopt;
  }
  return "write a blank between " + InBackticks(word) +
         " and `(`: without it KQL reads a plain word";
}

Hint KeywordAfterGroup(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kWord || e.HasUnquotedLiteral()) {
    return std::nullopt;
  }
  const std::string_view word = Leading(Rest(e), IsLetter);
  if (!IsKeyword(word)) {
    return std::nullopt;
  }
  if (Lowercase(word) == "not") {
    return "join the two conditions with `and not` or `or not`, with blanks around the words";
  }
  const std::string_view after = Rest(e).substr(word.size());
  if (BlankLength(after) == 0 && !e.IsGlued()) {
    return after.empty() ? "write a condition after " + InBackticks(word)
                         : "write a blank after " + InBackticks(word);
  }
  return "write a blank before " + InBackticks(word) +
         (BlankLength(after) == 0 ? " and after it" : "");
}

std::string Where(const SyntaxError& e, std::size_t token) {
  const LineColumn at = e.source.Locate(e.before[token].span.begin);
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

// ---- groups ---------------------------------------------------------------------------------

Hint EmptyGroup(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kClose && e.Previous() == TokenKind::kOpen) {
    return e.IsInList()
               ? "write at least one value between the parentheses; `*` asks only that the "
                 "field exists"
               : "write a condition between the parentheses, or remove them";
  }
  if (e.found.kind == TokenKind::kBraceClose && e.Previous() == TokenKind::kBraceOpen) {
    return "write at least one condition on the nested fields between the braces";
  }
  return std::nullopt;
}

Hint NothingToClose(const SyntaxError& e) {
  const bool is_brace = e.found.kind == TokenKind::kBraceClose;
  if (!is_brace && e.found.kind != TokenKind::kClose) {
    return std::nullopt;
  }
  const std::string sign = is_brace ? "`}`" : "`)`";
  if (e.open.empty()) {
    return "nothing is open here: remove the " + sign +
           ", or put the value in quotes if it belongs to it";
  }
  const bool is_brace_open = e.before[e.open.back().token].kind == TokenKind::kBraceOpen;
  if (is_brace_open != is_brace) {
    return std::string("first close the ") + (is_brace_open ? "`{`" : "`(`") + " at " +
           Where(e, e.open.back().token);
  }
  return std::nullopt;
}

Hint MissingOperand(const SyntaxError& e) {
  const bool is_end = e.found.kind == TokenKind::kEnd || e.found.kind == TokenKind::kClose ||
                      e.found.kind == TokenKind::kBraceClose;
  if (!is_end) {
    return std::nullopt;
  }
  switch (e.Previous()) {
    case TokenKind::kOr:
    case TokenKind::kAnd:
    case TokenKind::kNot: {
      const std::string_view word = e.TextOf(e.before.last(1));
      const auto begin = std::ranges::find_if(word, IsLetter);
      return "write a " + std::string(e.IsInList() ? "value" : "condition") + " after " +
             InBackticks(Leading({begin, word.end()}, IsLetter)) + ", or remove it";
    }
    case TokenKind::kColon:
      return "write a value after " + InBackticks(FieldName(e) + ":") +
             "; `*` asks only that the field exists, `\"\"` is the empty text";
    case TokenKind::kRange:
      return "write the value to compare " + InBackticks(FieldName(e)) + " with";
    default:
      return std::nullopt;
  }
}

Hint NeverClosed(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kEnd || e.open.empty()) {
    return std::nullopt;
  }
  const bool is_brace = e.before[e.open.back().token].kind == TokenKind::kBraceOpen;
  return std::string(is_brace ? "close the `{` at " : "close the `(` at ") +
         Where(e, e.open.back().token) + (is_brace ? " with a `}`" : " with a `)`");
}

Hint Braces(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kBraceOpen) {
    return std::nullopt;
  }
  switch (e.place) {
    case Place::kAfterName:
      return "write a colon between the nested path and its group: " +
             InBackticks(std::string(e.TextOf(e.literal)) + ": {");
    case Place::kOperand:
      return "a nested group needs the path in front: `path: { field: value }`; put a value with a "
             "brace in quotes";
    case Place::kListOperand:
    case Place::kAfterRange:
    case Place::kAfterValue:
    case Place::kAfterColon:
    case Place::kAfterGroup:
      return "put a value with a brace in quotes, or write `\\{`";
  }
  return std::nullopt;
}

// ---- what is left ---------------------------------------------------------------------------

Hint Parenthesis(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kOpen) {
    return std::nullopt;
  }
  if (e.place == Place::kAfterRange) {
    return "a comparison takes one value, without parentheses";
  }
  if (e.place == Place::kAfterName && LooksLikeField(e.TextOf(e.literal))) {
    return "write a colon before a list of values, " +
           InBackticks(std::string(e.TextOf(e.literal)) + ": (a or b)") +
           ", or `and` or `or` between two conditions";
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    return "put a value with a parenthesis in quotes, or write `\\(`; a list of values follows a "
           "colon: `field: (a or b)`";
  }
  return std::nullopt;
}

Hint MissingOperator(const SyntaxError& e) {
  switch (e.place) {
    case Place::kAfterName:
    case Place::kAfterValue:
    case Place::kAfterGroup:
      return e.IsInList() ? "write `or` or `and` between two values"
                          : "write `and` or `or` between two conditions";
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterColon:
    case Place::kAfterRange:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string HintFor(const SyntaxError& error) {
  static constexpr HintRule kRules[] = {
      HabitHint,           DoubleNot,         NotBeforeValue, NotInsideValue,
      KeywordGluedToGroup, KeywordAfterGroup, EmptyGroup,     NothingToClose,
      MissingOperand,      NeverClosed,       Braces,         ValueHint,
      Parenthesis,         MissingOperator,
  };
  return FirstHint(kRules, error)
      .value_or("write conditions as `field: value`, joined by `and`, `or` and `not`");
}

}  // namespace tripline::grammar
