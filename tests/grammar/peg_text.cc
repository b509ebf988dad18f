#include "peg_text.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tripline::grammar {
namespace {

std::u16string TextOf(const std::vector<int>& units) {
  std::u16string text;
  for (const int unit : units) {
    text += unit == kStar ? u'*' : static_cast<char16_t>(unit);
  }
  return text;
}

bool HasStar(const Decoded& literal) {
  for (const int unit : literal.units) {
    if (unit == kStar) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::u16string ToUtf16(std::string_view utf8) {
  std::u16string units;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      c = (c << 6U) | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    }
    if (c >= 0x10000) {
      units += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10U));
      units += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FFU));
    } else {
      units += static_cast<char16_t>(c);
    }
    i += length;
  }
  return units;
}

std::string ToUtf8(std::u16string_view units) {
  std::string utf8;
  for (std::size_t i = 0; i < units.size(); ++i) {
    char32_t c = units[i];
    const bool is_high = c >= 0xD800 && c < 0xDC00;
    if (is_high && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10U) + (units[++i] - 0xDC00U);
    } else if (c >= 0xD800 && c < 0xE000) {
      c = 0xFFFD;
    }
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr std::array<std::uint32_t, 4> kLead = {0, 0xC0, 0xE0, 0xF0};
    utf8 += static_cast<char>(kLead[static_cast<std::size_t>(more)] | (c >> (6 * more)));
    for (int k = more - 1; k >= 0; --k) {
      utf8 += static_cast<char>(0x80U | ((c >> (6 * k)) & 0x3FU));
    }
  }
  return utf8;
}

char16_t Lower(char16_t c) { return c >= u'A' && c <= u'Z' ? static_cast<char16_t>(c + 32) : c; }

bool IsJavaScriptWhitespace(int unit) {
  return (unit >= 0x09 && unit <= 0x0D) || unit == 0x20 || unit == 0xA0 || unit == 0x1680 ||
         (unit >= 0x2000 && unit <= 0x200A) || unit == 0x2028 || unit == 0x2029 || unit == 0x202F ||
         unit == 0x205F || unit == 0x3000 || unit == 0xFEFF;
}

std::string InQuotes(std::u16string_view text, char mark) {
  std::string quoted(1, mark);
  for (const char c : ToUtf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      constexpr const char* kHex = "0123456789abcdef";
      quoted += std::string("\\x") + kHex[byte / 16] + kHex[byte % 16];
    } else {
      quoted += c == mark || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
  }
  return quoted + mark;
}

std::string PrintDecoded(const Decoded& literal) {
  const std::u16string text = TextOf(literal.units);
  if (literal.is_quoted) {
    return InQuotes(text, '"');
  }
  if (!HasStar(literal)) {
    const bool is_word = text == u"null" || text == u"true" || text == u"false";
    return is_word ? ToUtf8(text) : InQuotes(text, '\'');
  }
  std::string printed;
  std::u16string piece;
  const auto end_piece = [&] {
    printed += piece.empty() ? "" : InQuotes(piece, '\'');
    piece.clear();
  };
  for (const int unit : literal.units) {
    if (unit == kStar) {
      end_piece();
      printed += '*';
    } else {
      piece += static_cast<char16_t>(unit);
    }
  }
  end_piece();
  return printed;
}

std::string PrintBound(Decoded literal) {
  for (int& unit : literal.units) {
    unit = unit == kStar ? u'*' : unit;
  }
  return PrintDecoded(literal);
}

}  // namespace tripline::grammar
