// Text as the slow twin sees it: UTF-16 units, as the reference does, and the notation of Print().
// Written anew, so that a mistake in grammar/ is not repeated here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripline::grammar {

inline constexpr int kStar = -1;

// A literal after decoding: UTF-16 units and stars.
struct Decoded {
  std::vector<int> units;
  bool is_quoted = false;
};

/// Requires valid UTF-8.
[[nodiscard]] std::u16string ToUtf16(std::string_view utf8);
/// A surrogate without its other half becomes U+FFFD.
[[nodiscard]] std::string ToUtf8(std::u16string_view units);
/// Of ASCII letters.
[[nodiscard]] char16_t Lower(char16_t c);
/// What String.prototype.trim removes.
[[nodiscard]] bool IsJavaScriptWhitespace(int unit);
/// `text` between two marks, with escapes inside.
[[nodiscard]] std::string InQuotes(std::u16string_view text, char mark);
[[nodiscard]] std::string PrintDecoded(const Decoded& literal);
/// A comparison's value: stars are put back as characters.
[[nodiscard]] std::string PrintBound(Decoded literal);

}  // namespace tripline::grammar
