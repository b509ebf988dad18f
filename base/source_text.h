// SourceText: a piece of text that came out of a file, and the way back from an offset to file,
// line and column.
//
// A query inside a TOML document is a SourceText of its own whose origin is where its first byte
// stands in the document, so that a diagnostic about the query points into the rule file. Where the
// document spells the text with escapes (`\n` and `\"` in a JSON string), anchors say where it goes
// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripline {

/// Half-open byte range [begin, end) of a SourceText.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

/// 1-based; the column counts Unicode code points.
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend bool operator==(const LineColumn&, const LineColumn&) = default;
};

/// From text[offset] on, positions are counted anew from `at`.
struct SourceAnchor {
  std::uint32_t offset = 0;
  LineColumn at;

  friend bool operator==(const SourceAnchor&, const SourceAnchor&) = default;
};

struct SourceText {
  std::string name;                        // path of the file, or a word such as "--query"
  std::string text;                        // UTF-8
  LineColumn origin;                       // where text[0] stands in that file
  std::vector<SourceAnchor> anchors = {};  // by rising offset; empty where the file has no escapes

  /// Position of a byte offset in the file; an offset past the end is the end.
  [[nodiscard]] LineColumn Locate(std::size_t offset) const;
  /// The whole line (without its line break) of `text` that holds the offset.
  [[nodiscard]] std::string_view LineAt(std::size_t offset) const;
  /// Byte offset in `text` at which that line begins.
  [[nodiscard]] std::size_t LineStart(std::size_t offset) const;
};

}  // namespace tripline
