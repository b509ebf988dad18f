// Values end where their authors do not expect it: at colons, comparison signs, quotes and
// backslashes.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "grammar/hint_text.h"
#include "grammar/syntax_error.h"
#include "grammar/token.h"

namespace tripline::grammar {
namespace {

// ---- colons and comparisons -----------------------------------------------------------------

Hint AddressWithColons(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon ||
      (e.place != Place::kAfterColon && e.place != Place::kAfterValue)) {
    return std::nullopt;
  }
  const std::string address(Leading(ValueText(e), [](char c) { return !IsStop(c); }));
  if (!ParseIpAddress(address) && !ParseIpPrefix(address)) {
    return std::nullopt;
  }
  return "put an IPv6 address in quotes: " + InBackticks("\"" + address + "\"");
}

Hint ColonInList(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon || e.place != Place::kAfterValue || !e.IsInList()) {
    return std::nullopt;
  }
  const std::string_view word = LastWord(e.TextOf(e.literal));
  const std::string_view after = Rest(e).substr(e.found.span.end - e.found.span.begin);
  if (after.starts_with('{')) {
    return "a nested group cannot stand in a list of values: write " +
           InBackticks(FieldName(e) + ": { " + std::string(word) + ": { ... } }");
  }
  if (LooksLikeField(word)) {
    return "a list of values names no field: close it before " +
           InBackticks(std::string(word) + ":") +
           ", or put the value in quotes if the colon belongs to it";
  }
  return std::nullopt;
}

Hint ColonInValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon || e.place != Place::kAfterValue) {
    return std::nullopt;
  }
  const std::string_view literal = e.TextOf(e.literal);
  const std::string_view first = Leading(literal, IsLetter);
  if (IsKeyword(first) && first.size() < literal.size() && IsBlank(literal[first.size()])) {
    return "write a value between " + InBackticks(FieldName(e) + ":") + " and " +
           InBackticks(first);
  }
  if (const std::string_view word = LastOfSeveralWords(literal); LooksLikeField(word)) {
    return "write `and` or `or` before " + InBackticks(std::string(word) + ":");
  }
  if (!e.HasUnquotedLiteral()) {
    return "write `and` or `or` between the two conditions";
  }
  const std::string_view value = Leading(ValueText(e), [](char c) { return !IsStop(c); });
  if (value.find_first_of("*\\") != std::string_view::npos) {
    return "a colon ends a value: write `\\:` for it and `\\\\` for each backslash, or put a value "
           "without wildcards in quotes, with `\\\\` too";
  }
  return "a colon ends a value: put the value in quotes, " +
         InBackticks("\"" + std::string(value) + "\"") + ", or write `\\:`";
}

Hint ColonElsewhere(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon) {
    return std::nullopt;
  }
  switch (e.place) {
    case Place::kAfterGroup:
      return "a field name stands without parentheses: `field: value`";
    case Place::kAfterColon:
      return "write one colon; if the second belongs to the value, put the value in quotes";
    case Place::kAfterRange:
      return "a comparison takes no colon: " + InBackticks(FieldName(e) + " > value");
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterName:
    case Place::kAfterValue:
      return "write a field name before the colon";
  }
  return std::nullopt;
}

Hint Comparison(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kRange) {
    return std::nullopt;
  }
  const std::string op(Leading(Rest(e), [](char c) { return c == '<' || c == '>' || c == '='; }));
  const std::string comparison = InBackticks(FieldName(e) + " " + op + " ...");
  if (e.IsInList() || e.place == Place::kListOperand) {
    return "a comparison cannot stand in a list of values: write " + comparison +
           " as a condition of its own";
  }
  switch (e.place) {
    case Place::kAfterColon:
      return "a comparison takes no colon: write " + comparison +
             "; if the sign belongs to the value, put the value in quotes";
    case Place::kAfterRange:
      return e.IsGlued() && op == ">"
                 ? "KQL has no `<>`: write " + InBackticks("not " + FieldName(e) + ": ...")
                 : "write one of <, <=, > and >= once";
    case Place::kAfterValue:
      return e.IsBound() ? "write `and` between two comparisons: " +
                               InBackticks(FieldName(e) + " > ... and " + FieldName(e) + " < ...")
                         : "put a value with `" + op + "` in quotes, or write `\\" + op + "`";
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterName:
    case Place::kAfterGroup:
      return "a comparison needs a field in front: `field " + op + " value`";
  }
  return std::nullopt;
}

// ---- quotes and backslashes -----------------------------------------------------------------

constexpr std::string_view kQuoteInWord =
    "a value that begins without quotes cannot hold one: put all of it in quotes, or write `\\\"`";

Hint StarBesideQuotes(const SyntaxError& e) {
  const bool is_before = e.found.kind == TokenKind::kQuoted && e.HasUnquotedLiteral() &&
                         e.TextOf(e.literal).ends_with('*');
  const bool is_after = e.Previous() == TokenKind::kQuoted && Rest(e).starts_with('*');
  if (e.IsGlued() && (is_before || is_after)) {
    return "a wildcard goes without quotes: write `*some text*`, with `\\` before each of \\ ( ) : "
           "< > \" { }";
  }
  return std::nullopt;
}

Hint QuoteNeverClosed(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kUnexpected || !Rest(e).starts_with('"')) {
    return std::nullopt;
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    return std::string(kQuoteInWord);
  }
  if (const std::size_t last = Rest(e).rfind('"'); last > 0) {
    return "the value is never closed, since `\\\"` is a quote inside it: write `\\\\\"` where it "
           "ends in a backslash";
  }
  return "close the value with another `\"`";
}

Hint Backslash(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kUnexpected) {
    return std::nullopt;
  }
  if (Rest(e).starts_with("\\u")) {
    return "`\\u` takes four hexadecimal digits, as in `\\u00e9`; write `\\\\` for a plain "
           "backslash";
  }
  return "write `\\\\` for a plain backslash, in quotes too";
}

Hint QuoteInsideValue(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kQuoted && e.HasUnquotedLiteral()) {
    return e.IsGlued()
               ? std::string(kQuoteInWord)
               : "write `and` or `or` before the quote; if the value goes on, put all of it in "
                 "quotes, with `\\\"` for each quote inside";
  }
  if (e.IsGlued() && e.Previous() == TokenKind::kQuoted &&
      (e.found.kind == TokenKind::kWord || e.found.kind == TokenKind::kQuoted)) {
    return "the value ends at its second `\"`: write `\\\"` for a quote inside it, and `and` or "
           "`or` "
           "before the next condition";
  }
  return std::nullopt;
}

}  // namespace

Hint ValueHint(const SyntaxError& error) {
  static constexpr HintRule kRules[] = {AddressWithColons, ColonInList, ColonInValue,
                                        ColonElsewhere,    Comparison,  StarBesideQuotes,
                                        QuoteNeverClosed,  Backslash,   QuoteInsideValue};
  return FirstHint(kRules, error);
}

}  // namespace tripline::grammar
