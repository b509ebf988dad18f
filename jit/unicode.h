// Facts about code points that text analysis needs: what they do to a word, their lower case, their
// UTF-8. Only jit/tokens.cc asks.
//
// The tables are ICU's properties, written out while the project is built
// (jit/unicode_from_icu.cc). Everything here is pure and safe on any number and any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tripline::jit {

/// Word_Break properties of UAX #29, and what Lucene's standard tokenizer treats apart, of the code
/// points that Unicode 12.1 has, as that tokenizer does; kAlphabetic is of all. A code point may
/// have several.
struct WordClass {
  using Bits = std::uint32_t;
  static constexpr Bits kLetter = 1U << 0U;
  static constexpr Bits kHebrew = 1U << 1U;
  static constexpr Bits kNumeric = 1U << 2U;
  static constexpr Bits kKatakana = 1U << 3U;
  static constexpr Bits kExtendNumLet = 1U << 4U;  // '_' and its relatives
  static constexpr Bits kMidLetter = 1U << 5U;     // ':'
  static constexpr Bits kMidNum = 1U << 6U;        // ',' ';'
  static constexpr Bits kMidNumLet = 1U << 7U;     // '.'
  static constexpr Bits kSingleQuote = 1U << 8U;
  static constexpr Bits kDoubleQuote = 1U << 9U;
  static constexpr Bits kExtend = 1U << 10U;  // Extend, Format and ZWJ: part of what stands before
  static constexpr Bits kHan = 1U << 11U;
  static constexpr Bits kHiragana = 1U << 12U;
  static constexpr Bits kComplex = 1U << 13U;  // Thai, Lao, Khmer, Myanmar: written without blanks
  static constexpr Bits kPictograph = 1U << 14U;  // what is an emoji by itself
  static constexpr Bits kRegional = 1U << 15U;
  static constexpr Bits kSkinTone = 1U << 16U;    // emoji modifiers
  static constexpr Bits kAlphabetic = 1U << 17U;  // a letter to Java's Character.isLetter
};

struct CodePoint {
  char32_t value = 0;
  std::uint8_t num_bytes = 1;
  bool is_valid = false;
};

/// The code point that begins at `at`; a broken byte is one invalid code point of one byte.
/// Requires at < text.size().
[[nodiscard]] CodePoint DecodeAt(std::string_view text, std::size_t at);

void AppendUtf8(char32_t code_point, std::string* out);

[[nodiscard]] WordClass::Bits WordClassesOf(char32_t code_point);

/// Unicode's simple lower case, one code point to one, as Java's Character.toLowerCase.
[[nodiscard]] char32_t LowercaseOf(char32_t code_point);

/// As OpenSearch's normalizer `lowercase` does: one code point to one. Broken bytes stay.
[[nodiscard]] std::string LowerCased(std::string_view text);

}  // namespace tripline::jit
