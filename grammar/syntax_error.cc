// Kibana's parser tries alternatives in order and lists what it had tried at the furthest place
// where it failed. Two details of that machinery show in the lists: attempts inside a named rule
// are silent, and a rule that has once failed at a place is remembered there and not listed again.
// Hence "whitespace", "AND" and "OR" are listed at some places and not at others that would accept
// them just as well. tests/grammar/peg_oracle.cc is that machinery itself and judges this file.
#include "grammar/syntax_error.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "grammar/hint_text.h"
#include "grammar/hints.h"
#include "grammar/token.h"

namespace tripline::grammar {
namespace {

bool IsLiteralPiece(TokenKind kind) {
  return kind == TokenKind::kQuoted || kind == TokenKind::kWord || kind == TokenKind::kEscape;
}

// Follows the fitting tokens through the grammar.
void Advance(SyntaxError& error, std::size_t index) {
  const TokenKind kind = error.before[index].kind;
  switch (kind) {
    case TokenKind::kOpen:
      error.open.push_back(
          {index, error.place == Place::kAfterColon || error.place == Place::kListOperand});
      break;
    case TokenKind::kBraceOpen:
      error.open.push_back({index, false});
      break;
    case TokenKind::kClose:
    case TokenKind::kBraceClose:
      error.open.pop_back();
      error.place = Place::kAfterGroup;
      return;
    case TokenKind::kColon:
      error.place = Place::kAfterColon;
      error.field = error.literal;
      return;
    case TokenKind::kRange:
      error.place = Place::kAfterRange;
      error.field = error.literal;
      return;
    case TokenKind::kQuoted:
    case TokenKind::kWord:
    case TokenKind::kEscape:
      if (error.place == Place::kAfterName || error.place == Place::kAfterValue) {
        error.literal = {error.literal.data(), error.literal.size() + 1};
        return;
      }
      error.literal = error.before.subspan(index, 1);
      error.place = error.place == Place::kOperand ? Place::kAfterName : Place::kAfterValue;
      return;
    case TokenKind::kOr:
    case TokenKind::kAnd:
    case TokenKind::kNot:
    case TokenKind::kUnexpected:
    case TokenKind::kEnd:
      break;
  }
  error.place = error.IsInList() ? Place::kListOperand : Place::kOperand;
  if (!error.IsInList()) {
    error.field = {};
  }
}

// True if an unquoted literal ends in what would be a keyword if a blank followed. The reference
// has then already looked for that blank, silently.
bool EndsInHalfKeyword(const SyntaxError& error) {
  const std::span<const Token> last = error.literal.last(1);
  if (last[0].kind == TokenKind::kWord && Lowercase(error.TextOf(last)) == "not") {
    return true;
  }
  const std::string literal = Lowercase(error.TextOf(error.literal));
  for (const std::string_view keyword : {"or", "and"}) {
    const std::size_t at = literal.size() - std::min(literal.size(), keyword.size());
    if (at > 0 && literal.ends_with(keyword) &&
        (IsBlank(literal[at - 1]) || literal.substr(0, at).ends_with("\xC2\xA0"))) {
      return true;
    }
  }
  return false;
}

bool ListsWhitespace(const SyntaxError& error) {
  switch (error.place) {
    case Place::kOperand:
    case Place::kListOperand:
      return error.Previous() == TokenKind::kEnd || error.Previous() == TokenKind::kOpen ||
             error.Previous() == TokenKind::kBraceOpen;
    case Place::kAfterColon:
    case Place::kAfterRange:
      return true;
    case Place::kAfterName:
      if (!error.HasUnquotedLiteral()) {
        return true;
      }
      return error.found.kind != TokenKind::kEnd && error.found.kind != TokenKind::kNot &&
             !(error.IsGlued() && EndsInHalfKeyword(error));
    case Place::kAfterValue:
    case Place::kAfterGroup:
      return false;
  }
  return false;
}

void ListOperand(const SyntaxError& error, std::vector<std::string>& expected) {
  expected.insert(expected.end(), {"\"(\"", "value"});
  if (error.place == Place::kOperand) {
    expected.emplace_back("field name");
  }
  if (error.Previous() != TokenKind::kNot) {
    expected.emplace_back("NOT");
  }
  if (error.before.empty()) {
    expected.emplace_back("end of input");
  }
}

void ListFollowers(const SyntaxError& error, std::vector<std::string>& expected) {
  if (error.place == Place::kAfterName) {
    expected.insert(expected.end(), {"\":\"", "\"<\"", "\"<=\"", "\">\"", "\">=\""});
  }
  // An unquoted literal takes the blanks behind it; after all else, operators are looked for before
  // the blanks.
  if (error.HasUnquotedLiteral() || error.IsGlued()) {
    expected.insert(expected.end(), {"AND", "OR"});
  }
  if (error.open.empty()) {
    expected.emplace_back("end of input");
  } else {
    const bool is_brace = error.before[error.open.back().token].kind == TokenKind::kBraceOpen;
    expected.emplace_back(is_brace ? "\"}\"" : "\")\"");
  }
}

std::vector<std::string> Expected(const SyntaxError& error) {
  std::vector<std::string> expected;
  switch (error.place) {
    case Place::kOperand:
    case Place::kListOperand:
      ListOperand(error, expected);
      break;
    case Place::kAfterColon:
      expected = {"\"(\"", "\"{\"", "value"};
      break;
    case Place::kAfterRange:
      expected = {"literal"};
      break;
    case Place::kAfterName:
    case Place::kAfterValue:
    case Place::kAfterGroup:
      ListFollowers(error, expected);
      break;
  }
  if (ListsWhitespace(error)) {
    expected.emplace_back("whitespace");
  }
  std::ranges::sort(expected);
  return expected;
}

// The offending character, as it is but for control characters, since a message has one line. The
// reference shows half of a character beyond U+FFFF.
std::string FoundText(const SyntaxError& error) {
  if (error.found.kind == TokenKind::kEnd) {
    return "end of input";
  }
  const std::string_view rest = std::string_view(error.source.text).substr(error.found.span.begin);
  std::size_t length = 1;
  while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(rest[0]);
  if (byte < 0x20U || byte == 0x7FU) {
    return std::string("\"\\u00") + kHex[byte >> 4U] + kHex[byte & 0xFU] + "\"";
  }
  return "\"" + std::string(rest.substr(0, length)) + "\"";
}

// What the caret marks: a word as a whole, other tokens without the blanks that they own.
Span VisibleSpan(const SyntaxError& error) {
  Span span = error.found.span;
  const std::string_view text = error.source.text;
  if (error.found.kind == TokenKind::kWord || error.found.kind == TokenKind::kEscape) {
    while (span.end < text.size() && !IsStop(text[span.end]) && text[span.end] != ':') {
      ++span.end;
    }
    return span;
  }
  const std::string_view token = text.substr(span.begin, span.end - span.begin);
  if (error.found.kind == TokenKind::kQuoted) {
    return span;
  }
  const std::string_view shown =
      token.substr(0, std::min(token.find_first_of(" \t\r\n"), token.find("\xC2\xA0")));
  span.end = span.begin + static_cast<std::uint32_t>(shown.size());
  return span;
}

}  // namespace

TokenKind SyntaxError::Previous() const {
  return before.empty() ? TokenKind::kEnd : before.back().kind;
}

bool SyntaxError::IsGlued() const {
  return !before.empty() && before.back().span.end == found.span.begin;
}

bool SyntaxError::HasUnquotedLiteral() const {
  return !literal.empty() && literal.front().kind != TokenKind::kQuoted;
}

bool SyntaxError::IsBound() const {
  // The sign stands right after the field, and the field is one of the fitting tokens.
  return !field.empty() && (field.data() + field.size())->kind == TokenKind::kRange;
}

std::string_view SyntaxError::TextOf(std::span<const Token> tokens) const {
  if (tokens.empty()) {
    return {};
  }
  const std::uint32_t begin = tokens.front().span.begin;
  return std::string_view(source.text).substr(begin, tokens.back().span.end - begin);
}

SyntaxError LocateSyntaxError(const SourceText& source, std::span<const Token> tokens) {
  SyntaxError error{.source = source,
                    .before = tokens.first(tokens.size() - 1),
                    .found = tokens.back(),
                    .place = Place::kOperand,
                    .open = {},
                    .literal = {},
                    .field = {}};
  for (std::size_t i = 0; i < error.before.size(); ++i) {
    Advance(error, i);
    if (!IsLiteralPiece(error.before[i].kind)) {
      error.literal = {};
    }
  }
  return error;
}

Diagnostic ExplainSyntaxError(const SyntaxError& error) {
  std::string message = "Expected ";
  for (const std::string& item : Expected(error)) {
    message += (message.ends_with(' ') ? "" : ", ") + item;
  }
  message += " but " + FoundText(error) + " found";
  return MakeDiagnostic(error.source, VisibleSpan(error), Severity::kError, "kql.syntax",
                        std::move(message), HintFor(error));
}

}  // namespace tripline::grammar
