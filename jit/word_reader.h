// WordReader: where the words of a text begin and end, as Lucene's standard tokenizer has them: the
// word breaks of UAX #29, emoji sequences of UTS #51, and no word of more than 255 UTF-16 units.
// jit/tokens.cc makes tokens of them.
//
//   WordReader reader("ab c");  reader.WordEnd(0) == 2;  reader.WordEnd(2) == 2 (none);  Skip(2) ==
//   3
//
// Broken UTF-8 separates words. No text costs more than a few looks at each of its bytes, however
// it is made. A reader is a view of its text, and pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "jit/unicode.h"

namespace tripline::jit {

/// UTF-16 units of a token at most.
inline constexpr std::size_t kMaxTokenUnits = 255;

class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  /// Where the word that begins at `begin` ends, or `begin` if none does. Requires begin < size.
  [[nodiscard]] std::size_t WordEnd(std::size_t begin) const;
  /// Where to look next if no word begins at `at`.
  [[nodiscard]] std::size_t Skip(std::size_t at) const;

 private:
  struct Unit;
  /// A place in the text, and how much of the word's length is used up there.
  struct Cursor {
    std::size_t at;
    std::size_t num_utf16 = 0;
  };
  enum class Last : std::uint8_t;

  /// The code point at the cursor; none at the end of the text or of the longest word.
  [[nodiscard]] std::optional<Unit> Peek(Cursor cursor) const;
  [[nodiscard]] static Cursor Step(Cursor cursor, const Unit& unit);
  /// Past `unit` and its marks.
  [[nodiscard]] Cursor After(Cursor cursor, const Unit& unit) const;
  [[nodiscard]] static std::optional<Last> Join(Last last, WordClass::Bits classes);
  [[nodiscard]] std::optional<Last> JoinAcross(Last last, WordClass::Bits middle,
                                               Cursor* after) const;
  [[nodiscard]] std::optional<std::size_t> AsciiLettersEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t LettersEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t ComplexEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t IdeographEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t FlagEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t EmojiEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t KeycapEnd(std::size_t begin) const;
  [[nodiscard]] Cursor AfterMarks(Cursor cursor) const;
  [[nodiscard]] Cursor AfterRun(Cursor cursor, char32_t first, char32_t last) const;
  [[nodiscard]] std::size_t SkipJoiners(std::size_t at) const;
  [[nodiscard]] std::size_t SkipZeroWidthJoiners(std::size_t at) const;

  std::string_view text_;
};

}  // namespace tripline::jit
