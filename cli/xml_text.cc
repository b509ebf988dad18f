#include "cli/xml_text.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace tripline::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool IsNoCharacter(std::string_view sequence) {
  return sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF" ||
         (sequence.size() == 1 && static_cast<unsigned char>(sequence[0]) < 0x20);
}

std::string_view Escaped(std::string_view sequence) {
  switch (sequence[0]) {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\r':
      return "&#13;";
    case '\n':
    case '\t':
      return sequence;
    default:
      return IsNoCharacter(sequence) ? kReplacement : sequence;
  }
}

}  // namespace

std::string XmlEscaped(std::string_view text) {
  std::string escaped;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = Utf8LengthAt(text, at);
    escaped += length == 0 ? kReplacement : Escaped(text.substr(at, length));
    at += std::max<std::size_t>(length, 1);
  }
  return escaped;
}

}  // namespace tripline::cli
