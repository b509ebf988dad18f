#include "base/source_text.h"

#include <algorithm>
#include <iterator>

namespace tripline {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

LineColumn SourceText::Locate(std::size_t offset) const {
  const std::size_t end = std::min(offset, text.size());
  const auto next = std::ranges::upper_bound(anchors, end, {}, &SourceAnchor::offset);
  const bool is_anchored = next != anchors.begin();
  LineColumn at = is_anchored ? std::prev(next)->at : origin;
  for (std::size_t i = is_anchored ? std::prev(next)->offset : 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else if (!IsContinuation(text[i])) {
      ++at.column;
    }
  }
  return at;
}

std::size_t SourceText::LineStart(std::size_t offset) const {
  const std::size_t at = std::min(offset, text.size());
  const std::size_t line_break = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  return line_break == std::string::npos ? 0 : line_break + 1;
}

std::string_view SourceText::LineAt(std::size_t offset) const {
  const std::size_t begin = LineStart(offset);
  const std::size_t end = text.find('\n', begin);
  return std::string_view(text).substr(begin, end == std::string::npos ? end : end - begin);
}

}  // namespace tripline
