// One pass over the literal decodes escapes into pieces, with a new piece after every star that is
// not escaped. Then, as in the reference, the decoded text is trimmed of what JavaScript calls
// whitespace, and only then compared with null, true and false: `\u0074rue` is a boolean.
#include "grammar/literal.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
#include "base/source_text.h"
#include "grammar/ast.h"

namespace tripline::grammar {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// An output and how it takes surrogates.
struct Decoded {
  std::string& text;
  LoneSurrogates surrogates;
};

// What String.prototype.trim of JavaScript removes, as UTF-8.
constexpr std::array<std::string_view, 25> kWhitespace = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89",
    "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80",
    "\xEF\xBB\xBF"};

void TrimLeft(std::string& text) {
  std::string_view rest = text;
  for (bool is_trimming = true; is_trimming;) {
    is_trimming = false;
    for (const std::string_view blank : kWhitespace) {
      if (rest.starts_with(blank)) {
        rest.remove_prefix(blank.size());
        is_trimming = true;
      }
    }
  }
  text.erase(0, text.size() - rest.size());
}

void TrimRight(std::string& text) {
  std::string_view rest = text;
  for (bool is_trimming = true; is_trimming;) {
    is_trimming = false;
    for (const std::string_view blank : kWhitespace) {
      if (rest.ends_with(blank)) {
        rest.remove_suffix(blank.size());
        is_trimming = true;
      }
    }
  }
  text.resize(rest.size());
}

void AppendUtf8(std::string& text, char32_t c) {
  const auto append = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    append(c);
  } else if (c < 0x800) {
    append(0xC0 | (c >> 6U));
    append(0x80 | (c & 0x3FU));
  } else if (c < 0x10000) {
    append(0xE0 | (c >> 12U));
    append(0x80 | ((c >> 6U) & 0x3FU));
    append(0x80 | (c & 0x3FU));
  } else {
    append(0xF0 | (c >> 18U));
    append(0x80 | ((c >> 12U) & 0x3FU));
    append(0x80 | ((c >> 6U) & 0x3FU));
    append(0x80 | (c & 0x3FU));
  }
}

bool IsHighSurrogate(char32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
bool IsLowSurrogate(char32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

// The UTF-16 unit of the \uXXXX that `rest` begins with.
std::optional<char32_t> UnicodeEscape(std::string_view rest) {
  if (rest.size() < 6 || !rest.starts_with("\\u")) {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  const char* const end = rest.data() + 6;
  if (const auto [at, error] = std::from_chars(rest.data() + 2, end, unit, 16);
      error != std::errc() || at != end) {
    return std::nullopt;
  }
  return unit;
}

// Appends the character of one \uXXXX, or of two that form a surrogate pair, and returns the bytes
// used; 0 if there is none.
std::size_t ReadUnicodeEscape(std::string_view rest, Decoded decoded) {
  const std::optional<char32_t> first = UnicodeEscape(rest);
  if (!first) {
    return 0;
  }
  if (IsHighSurrogate(*first)) {
    if (const auto second = UnicodeEscape(rest.substr(6)); second && IsLowSurrogate(*second)) {
      AppendUtf8(decoded.text, 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00));
      return 12;
    }
  }
  const bool is_lost = decoded.surrogates == LoneSurrogates::kReplaced &&
                       (IsHighSurrogate(*first) || IsLowSurrogate(*first));
  AppendUtf8(decoded.text, is_lost ? kReplacement : *first);
  return 6;
}

std::optional<char> WhitespaceEscape(char c) {
  switch (c) {
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    default:
      return std::nullopt;
  }
}

// Appends what the escape at the start of `rest` stands for and returns its length. An escaped
// special character and the first letter of an escaped keyword are taken as they are.
std::size_t ReadEscape(std::string_view rest, Decoded decoded) {
  if (const std::size_t length = ReadUnicodeEscape(rest, decoded); length > 0) {
    return length;
  }
  decoded.text += WhitespaceEscape(rest[1]).value_or(rest[1]);
  return 2;
}

std::string DecodeQuoted(std::string_view inner, LoneSurrogates surrogates) {
  std::string text;
  while (!inner.empty()) {
    std::size_t length = 1;
    if (inner.size() > 1 && inner[0] == '\\' &&
        (std::string_view("trn\\\"").find(inner[1]) != std::string_view::npos ||
         UnicodeEscape(inner))) {
      length = ReadEscape(inner, {text, surrogates});
    } else {
      text += inner[0];  // also a backslash that escapes nothing
    }
    inner.remove_prefix(length);
  }
  return text;
}

// The text of a literal without quotes, each star in it as kStarMark; and whether it has one.
std::pair<std::string, bool> DecodeUnquoted(std::string_view source, LoneSurrogates surrogates) {
  std::string text;
  bool has_star = false;
  while (!source.empty()) {
    std::size_t length = 1;
    if (source[0] == '\\') {
      length = ReadEscape(source, {text, surrogates});
    } else if (source[0] == '*') {
      text += kStarMark;
      has_star = true;
    } else {
      text += source[0];
    }
    source.remove_prefix(length);
  }
  TrimLeft(text);
  TrimRight(text);
  return {std::move(text), has_star};
}

// What stands around the marks, also around one that the query spells out itself.
std::vector<std::string> SplitAtMarks(std::string_view text) {
  std::vector<std::string> pieces;
  for (std::size_t mark = 0; (mark = text.find(kStarMark)) != std::string_view::npos;) {
    pieces.emplace_back(text.substr(0, mark));
    text.remove_prefix(mark + kStarMark.size());
  }
  pieces.emplace_back(text);
  return pieces;
}

}  // namespace

std::size_t BlankLength(std::string_view text) {
  if (text.starts_with("\xC2\xA0")) {
    return 2;
  }
  return !text.empty() && std::string_view(" \t\r\n").find(text[0]) != std::string_view::npos ? 1
                                                                                              : 0;
}

std::size_t LeadingBlanks(std::string_view text) {
  std::size_t length = 0;
  while (const std::size_t blank = BlankLength(text.substr(length))) {
    length += blank;
  }
  return length;
}

Literal ReadLiteral(std::string_view text, Span span, LoneSurrogates surrogates) {
  const std::string_view source = text.substr(span.begin, span.end - span.begin);
  Literal literal;
  literal.span = span;
  if (source.starts_with('"')) {
    literal.kind = Literal::Kind::kString;
    literal.is_quoted = true;
    literal.text = DecodeQuoted(source.substr(1, source.size() - 2), surrogates);
    return literal;
  }
  auto [decoded, has_star] = DecodeUnquoted(source, surrogates);
  if (has_star) {
    literal.kind = Literal::Kind::kWildcard;
    literal.pieces = SplitAtMarks(decoded);
  } else if (decoded == "true" || decoded == "false") {
    literal.kind = Literal::Kind::kBoolean;
    literal.boolean = decoded == "true";
  } else if (decoded != "null") {
    literal.kind = Literal::Kind::kString;
    literal.text = std::move(decoded);
  }
  return literal;
}

Literal ReadBound(std::string_view text, Span span, LoneSurrogates surrogates) {
  Literal literal = ReadLiteral(text, span, surrogates);
  for (std::size_t i = 0; i < literal.pieces.size(); ++i) {
    literal.kind = Literal::Kind::kString;
    literal.text += (i > 0 ? "*" : "") + literal.pieces[i];
  }
  return literal;
}

RangeOperator ReadRangeOperator(std::string_view text) {
  const bool has_equal = text.substr(1).starts_with('=');
  if (text.starts_with('<')) {
    return has_equal ? RangeOperator::kLte : RangeOperator::kLt;
  }
  return has_equal ? RangeOperator::kGte : RangeOperator::kGt;
}

}  // namespace tripline::grammar
