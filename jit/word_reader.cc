// The longest of the readings that begin at a place: letters and digits, a run of a script without
// blanks, one ideograph, a flag, an emoji sequence. Letters are read by a small automaton over
// units, where a unit is a code point with the marks that follow it (UAX #29, WB4); the only
// look-ahead is over a character that joins two others (a dot between letters).
#include "jit/word_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tripline::jit {
namespace {

using Bits = WordClass::Bits;

constexpr Bits kAnyLetter = WordClass::kLetter | WordClass::kHebrew;
constexpr Bits kBetweenLetters =
    WordClass::kMidLetter | WordClass::kMidNumLet | WordClass::kSingleQuote;
constexpr Bits kBetweenNumbers =
    WordClass::kMidNum | WordClass::kMidNumLet | WordClass::kSingleQuote;
constexpr Bits kAnyMiddle = kBetweenLetters | kBetweenNumbers | WordClass::kDoubleQuote;
constexpr char32_t kZeroWidthJoiner = 0x200D;
constexpr char32_t kTextPresentation = 0xFE0E;
constexpr char32_t kEmojiPresentation = 0xFE0F;
constexpr char32_t kKeycap = 0x20E3;
constexpr char32_t kFirstTag = 0xE0020;
constexpr char32_t kLastTag = 0xE007E;
constexpr char32_t kEndOfTags = 0xE007F;

bool Has(Bits classes, Bits wanted) { return (classes & wanted) != 0; }

}  // namespace

struct WordReader::Unit {
  char32_t value;
  Bits classes;
  std::size_t num_bytes;
  std::size_t num_utf16;

  // Marks that emoji take with them; the two presentation selectors say how one looks.
  [[nodiscard]] bool IsPlainMark() const {
    return Has(classes, WordClass::kExtend) && value != kTextPresentation &&
           value != kEmojiPresentation;
  }
  // A word can begin at such a mark.
  [[nodiscard]] bool IsMarkThatBegins() const {
    return value == kZeroWidthJoiner || Has(classes, WordClass::kComplex | WordClass::kSkinTone);
  }
};

/// What the last unit of a word was.
enum class WordReader::Last : std::uint8_t {
  kOnlyJoiners,  // nothing but '_' so far: not yet a word
  kLetter,       // also a Hebrew one behind a dot: no quote follows it
  kHebrew,
  kNumber,
  kKatakana,
  kQuoted,  // Hebrew with its quote
  kJoiner,
};

std::optional<WordReader::Unit> WordReader::Peek(Cursor cursor) const {
  if (cursor.at >= text_.size()) return std::nullopt;
  const CodePoint point = DecodeAt(text_, cursor.at);
  const std::size_t num_utf16 = point.num_bytes == 4 ? 2 : 1;
  if (cursor.num_utf16 + num_utf16 > kMaxTokenUnits) return std::nullopt;
  const Bits classes = point.is_valid ? WordClassesOf(point.value) : Bits{0};
  return Unit{point.value, classes, point.num_bytes, num_utf16};
}

WordReader::Cursor WordReader::Step(Cursor cursor, const Unit& unit) {
  return {cursor.at + unit.num_bytes, cursor.num_utf16 + unit.num_utf16};
}

WordReader::Cursor WordReader::After(Cursor cursor, const Unit& unit) const {
  Cursor after = Step(cursor, unit);
  for (auto mark = Peek(after); mark && Has(mark->classes, WordClass::kExtend);
       mark = Peek(after)) {
    after = Step(after, *mark);
  }
  return after;
}

/// What the word ends in if a unit of these classes may stand right behind `last` (WB5, WB8-WB10,
/// WB13).
std::optional<WordReader::Last> WordReader::Join(Last last, Bits classes) {
  const bool takes_katakana =
      last == Last::kOnlyJoiners || last == Last::kJoiner || last == Last::kKatakana;
  if (Has(classes, WordClass::kExtendNumLet)) {
    return last == Last::kOnlyJoiners ? Last::kOnlyJoiners : Last::kJoiner;
  }
  if (Has(classes, WordClass::kKatakana)) {
    return takes_katakana ? std::optional(Last::kKatakana) : std::nullopt;
  }
  if (last == Last::kKatakana) return std::nullopt;
  if (Has(classes, WordClass::kHebrew)) return Last::kHebrew;
  if (Has(classes, WordClass::kLetter)) return Last::kLetter;
  if (Has(classes, WordClass::kNumeric)) return Last::kNumber;
  return std::nullopt;
}

/// The same for a `middle` that needs a fitting unit on both sides (WB6, WB7, WB11, WB12);
/// `*after` stands behind the middle and is moved behind the right side.
std::optional<WordReader::Last> WordReader::JoinAcross(Last last, Bits middle,
                                                       Cursor* after) const {
  const auto right = Peek(*after);
  const Bits classes = right ? right->classes : Bits{0};
  const bool is_after_letter = last == Last::kLetter || last == Last::kHebrew;
  std::optional<Last> joined;
  if (is_after_letter && Has(middle, kBetweenLetters) && Has(classes, kAnyLetter)) {
    joined = Last::kLetter;
  } else if (last == Last::kNumber && Has(middle, kBetweenNumbers) &&
             Has(classes, WordClass::kNumeric)) {
    joined = Last::kNumber;
  } else if (last == Last::kHebrew && Has(middle, WordClass::kDoubleQuote) &&
             Has(classes, WordClass::kHebrew)) {
    joined = Last::kQuoted;
  } else if (last == Last::kHebrew && Has(middle, WordClass::kSingleQuote)) {
    return Last::kQuoted;
  }
  if (joined) *after = After(*after, *right);
  return joined;
}

/// LettersEnd where the word and what it is told from are ASCII, and it is not too long: no marks
/// then, and a byte is a unit. None where they are not.
std::optional<std::size_t> WordReader::AsciiLettersEnd(std::size_t begin) const {
  const auto classes_at = [this](std::size_t at) -> Bits {
    return at < text_.size() ? WordClassesOf(static_cast<unsigned char>(text_[at])) : Bits{0};
  };
  const auto is_foreign = [this](std::size_t at) {
    return at < text_.size() && static_cast<unsigned char>(text_[at]) >= 0x80U;
  };
  const std::size_t limit = begin + kMaxTokenUnits - 2;
  std::size_t end = begin;
  Last last = Last::kOnlyJoiners;
  for (std::size_t at = begin; at < limit; ++at) {
    if (is_foreign(at)) return std::nullopt;
    const Bits classes = classes_at(at);
    if (Has(classes, WordClass::kLetter)) {
      last = Last::kLetter;
    } else if (Has(classes, WordClass::kNumeric)) {
      last = Last::kNumber;
    } else if (Has(classes, WordClass::kExtendNumLet)) {
      if (last == Last::kOnlyJoiners) continue;
      last = Last::kJoiner;
    } else {
      const bool may_join = (last == Last::kLetter && Has(classes, kBetweenLetters)) ||
                            (last == Last::kNumber && Has(classes, kBetweenNumbers));
      if (!may_join) return end;
      ++at;
      if (is_foreign(at)) return std::nullopt;
      const Bits wanted = last == Last::kLetter ? kAnyLetter : Bits{WordClass::kNumeric};
      if (!Has(classes_at(at), wanted)) return end;
    }
    end = at + 1;
  }
  return std::nullopt;
}

std::size_t WordReader::LettersEnd(std::size_t begin) const {
  if (const auto ascii_end = AsciiLettersEnd(begin)) return *ascii_end;
  std::size_t end = begin;
  Last last = Last::kOnlyJoiners;
  Cursor cursor{begin};
  for (auto unit = Peek(cursor); unit; unit = Peek(cursor)) {
    auto joined = Join(last, unit->classes);
    Cursor after = cursor;
    if (joined || Has(unit->classes, kAnyMiddle)) after = After(cursor, *unit);
    if (!joined) joined = JoinAcross(last, unit->classes, &after);
    if (!joined) break;
    last = *joined;
    cursor = after;
    if (last != Last::kOnlyJoiners) end = cursor.at;
  }
  return end;
}

std::size_t WordReader::ComplexEnd(std::size_t begin) const {
  Cursor cursor{begin};
  for (auto unit = Peek(cursor); unit && Has(unit->classes, WordClass::kComplex);
       unit = Peek(cursor)) {
    cursor = After(cursor, *unit);
  }
  return cursor.at;
}

std::size_t WordReader::IdeographEnd(std::size_t begin) const {
  const auto unit = Peek({begin});
  if (!unit || !Has(unit->classes, WordClass::kHan | WordClass::kHiragana)) return begin;
  return After({begin}, *unit).at;
}

std::size_t WordReader::FlagEnd(std::size_t begin) const {
  const auto first = Peek({begin});
  if (!first || !Has(first->classes, WordClass::kRegional)) return begin;
  const Cursor middle = After({begin}, *first);
  const auto second = Peek(middle);
  const bool is_flag = second && Has(second->classes, WordClass::kRegional);
  return is_flag ? After(middle, *second).at : begin;
}

WordReader::Cursor WordReader::AfterMarks(Cursor cursor) const {
  for (auto unit = Peek(cursor); unit && unit->IsPlainMark(); unit = Peek(cursor)) {
    cursor = Step(cursor, *unit);
  }
  return cursor;
}

WordReader::Cursor WordReader::AfterRun(Cursor cursor, char32_t first, char32_t last) const {
  for (auto unit = Peek(cursor); unit && unit->value >= first && unit->value <= last;
       unit = Peek(cursor)) {
    cursor = Step(cursor, *unit);
  }
  return cursor;
}

// Pictographs with their marks (skin tones and tags among them), each joined to the next by a ZWJ
// right before it. A skin tone may stand alone; ZWJs may stand before the first.
std::size_t WordReader::EmojiEnd(std::size_t begin) const {
  Cursor cursor = AfterRun({begin}, kZeroWidthJoiner, kZeroWidthJoiner);
  auto unit = Peek(cursor);
  const bool begins = unit && (Has(unit->classes, WordClass::kPictograph) ||
                               (cursor.at == begin && Has(unit->classes, WordClass::kSkinTone)));
  if (!begins) return begin;
  for (bool is_first = true;; is_first = false) {
    const bool is_pictograph = Has(unit->classes, WordClass::kPictograph);
    cursor = Step(cursor, *unit);
    const std::size_t marks = cursor.at;
    cursor = AfterMarks(cursor);
    const std::string_view read = text_.substr(marks, cursor.at - marks);
    const std::size_t end = cursor.at;
    unit = Peek(cursor);
    if (unit && Has(unit->classes, WordClass::kPictograph) && read.ends_with("\xE2\x80\x8D")) {
      continue;
    }
    if (!is_pictograph || !unit || unit->value != kEmojiPresentation) return end;
    const Cursor shown = Step(cursor, *unit);
    cursor = AfterRun(shown, kZeroWidthJoiner, kZeroWidthJoiner);
    unit = Peek(cursor);
    const std::size_t num_joiners = cursor.num_utf16 - shown.num_utf16;
    const bool goes_on = unit && ((num_joiners > 0 && Has(unit->classes, WordClass::kPictograph)) ||
                                  (num_joiners == 1 && Has(unit->classes, WordClass::kSkinTone)));
    if (goes_on) continue;
    const Cursor tags = AfterRun(shown, kFirstTag, kLastTag);
    const auto last = Peek(tags);
    const bool is_tagged = is_first && tags.at != shown.at && last && last->value == kEndOfTags;
    return is_tagged ? Step(tags, *last).at : shown.at;
  }
}

// "#" or "*" in a key cap; digits are words with marks anyway. The cap is a mark itself.
std::size_t WordReader::KeycapEnd(std::size_t begin) const {
  const bool has_mark =
      begin + 1 < text_.size() && static_cast<unsigned char>(text_[begin + 1]) >= 0x80U;
  if (!has_mark) return begin;
  bool has_cap = false;
  Cursor cursor{begin + 1, 1};
  for (auto unit = Peek(cursor); unit && unit->IsPlainMark(); unit = Peek(cursor)) {
    has_cap = has_cap || unit->value == kKeycap;
    cursor = Step(cursor, *unit);
  }
  const auto unit = Peek(cursor);
  if (unit && unit->value == kEmojiPresentation) {
    const Cursor shown = Step(cursor, *unit);
    const auto cap = Peek(shown);
    if (cap && cap->value == kKeycap) return AfterMarks(shown).at;
  }
  return has_cap ? cursor.at : begin;
}

std::size_t WordReader::WordEnd(std::size_t begin) const {
  const auto first = static_cast<unsigned char>(text_[begin]);
  if (first == '#' || first == '*') return KeycapEnd(begin);
  if (first < 0x80U) return LettersEnd(begin);
  return std::max(
      {LettersEnd(begin), ComplexEnd(begin), IdeographEnd(begin), FlagEnd(begin), EmojiEnd(begin)});
}

std::size_t WordReader::Skip(std::size_t at) const {
  const auto unit = Peek({at});
  if (unit && Has(unit->classes, WordClass::kExtendNumLet)) return SkipJoiners(at);
  if (unit && unit->value == kZeroWidthJoiner) return SkipZeroWidthJoiners(at);
  return at + (unit ? unit->num_bytes : 1);
}

// Underscores alone are no word, but many before a letter are part of its word, as many as fit: a
// run of them is crossed in one go.
std::size_t WordReader::SkipJoiners(std::size_t at) const {
  std::size_t begin = at;
  std::size_t num_utf16 = 0;
  std::size_t end = at;
  for (auto unit = Peek({end}); unit; unit = Peek({end})) {
    const bool is_in_run = Has(unit->classes, WordClass::kExtendNumLet) ||
                           (Has(unit->classes, WordClass::kExtend) && !unit->IsMarkThatBegins());
    num_utf16 += unit->num_utf16;
    while (num_utf16 > kMaxTokenUnits) {
      const auto dropped = *Peek({begin});
      begin += dropped.num_bytes;
      num_utf16 -= dropped.num_utf16;
    }
    if (!is_in_run) {
      return Join(Last::kOnlyJoiners, unit->classes) ? std::max(begin, at + 1) : end;
    }
    end += unit->num_bytes;
  }
  return end;
}

// The same of ZWJs before a pictograph.
std::size_t WordReader::SkipZeroWidthJoiners(std::size_t at) const {
  constexpr std::size_t kBytes = 3;
  std::size_t end = at;
  auto unit = Peek({end});
  for (; unit && unit->value == kZeroWidthJoiner; unit = Peek({end})) end += kBytes;
  if (!unit || !Has(unit->classes, WordClass::kPictograph)) return end;
  const std::size_t fitting = (kMaxTokenUnits - unit->num_utf16) * kBytes;
  return std::max(at + kBytes, end - std::min(end - at, fitting));
}

}  // namespace tripline::jit
