// SyntaxError: where a parse stopped and what could have followed, in the words of the language;
// made from the tokens up to the first one without a place.
//
// grammar/parse.cc finds that token, this file words the message as Kibana does, grammar/hints.h
// says what to write instead. Valid while the source text and the tokens live.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "grammar/token.h"

namespace tripline::grammar {

/// What stands directly before the offending token.
enum class Place : std::uint8_t {
  kOperand,      // nothing, an open group or an operator: a condition is due
  kListOperand,  // the same inside the parentheses of field:( ... )
  kAfterColon,
  kAfterRange,  // after < <= > >=
  kAfterName,   // a literal that may yet turn out to be a field
  kAfterValue,  // a literal that is a value
  kAfterGroup,  // a closing parenthesis or brace
};

/// A parenthesis or brace that is still open.
struct OpenGroup {
  std::size_t token;
  bool is_list;  // of values
};

struct SyntaxError {
  const SourceText& source;
  std::span<const Token> before;  // all fitting tokens
  Token found;                    // the first one that does not fit
  Place place = Place::kOperand;
  std::vector<OpenGroup> open;
  std::span<const Token> literal;  // the last literal's pieces, where the place is right after it
  std::span<const Token> field;    // the field of the current value; empty if it has none

  [[nodiscard]] bool IsInList() const { return !open.empty() && open.back().is_list; }
  /// Kind of the last fitting token; kEnd at the start of the query.
  [[nodiscard]] TokenKind Previous() const;
  /// True if no blank stands between the last fitting token and the offending one.
  [[nodiscard]] bool IsGlued() const;
  [[nodiscard]] bool HasUnquotedLiteral() const;
  /// True if the value at hand is compared with its field by < <= > or >=.
  [[nodiscard]] bool IsBound() const;
  /// Source text of some tokens, blanks between them included.
  [[nodiscard]] std::string_view TextOf(std::span<const Token> tokens) const;
};

/// Requires valid UTF-8 in `source`, and `tokens` that fit the grammar but for the last one.
[[nodiscard]] SyntaxError LocateSyntaxError(const SourceText& source,
                                            std::span<const Token> tokens);

/// The kql.syntax diagnostic: Kibana's sentence and offset, and a hint.
[[nodiscard]] Diagnostic ExplainSyntaxError(const SyntaxError& error);

}  // namespace tripline::grammar
