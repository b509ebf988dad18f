// One token at a time, the longest of four readings that begin at a place: a word, a run of a
// script without blanks, one ideograph, one pictograph. A word is read by a small automaton over
// units, where a unit is a code point with the marks that follow it (UAX #29, WB4); the only
// look-ahead is over a character that joins two others (a dot between letters).
#include "jit/tokens.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "jit/unicode.h"

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
constexpr char32_t kEmojiPresentation = 0xFE0F;
constexpr char32_t kKeycap = 0x20E3;

bool Has(Bits classes, Bits wanted) { return (classes & wanted) != 0; }

struct Unit {
  char32_t value;
  Bits classes;
  std::size_t num_bytes;
  std::size_t num_utf16;
};

/// A place in the text, and how much of the token's length is used up there.
struct Cursor {
  std::size_t at;
  std::size_t num_utf16 = 0;
};

/// What the last unit of a word was.
enum class Last : std::uint8_t {
  kOnlyJoiners,  // nothing but '_' so far: not yet a token
  kLetter,
  kHebrew,
  kNumber,
  kKatakana,
  kQuoted,  // Hebrew with its quote
  kJoiner,
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// Where the token that begins at `begin` ends, or `begin` if none does.
  [[nodiscard]] std::size_t TokenEnd(std::size_t begin) const;
  /// Where to look next if no token begins at `at`.
  [[nodiscard]] std::size_t Skip(std::size_t at) const;

 private:
  /// The code point at the cursor; none at the end of the text or of the longest token.
  [[nodiscard]] std::optional<Unit> Peek(Cursor cursor) const;
  [[nodiscard]] static Cursor Step(Cursor cursor, const Unit& unit) {
    return {cursor.at + unit.num_bytes, cursor.num_utf16 + unit.num_utf16};
  }
  /// Past `unit` and its marks.
  [[nodiscard]] Cursor After(Cursor cursor, const Unit& unit) const;
  [[nodiscard]] std::optional<Last> JoinAcross(Last last, Bits middle, Cursor* after) const;
  [[nodiscard]] std::size_t WordEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t ComplexEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t IdeographEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t PictographEnd(std::size_t begin) const;
  [[nodiscard]] std::size_t KeycapEnd(std::size_t begin) const;

  std::string_view text_;
};

std::optional<Unit> Reader::Peek(Cursor cursor) const {
  if (cursor.at >= text_.size()) return std::nullopt;
  const CodePoint point = DecodeAt(text_, cursor.at);
  const std::size_t num_utf16 = point.num_bytes == 4 ? 2 : 1;
  if (cursor.num_utf16 + num_utf16 > kMaxTokenUnits) return std::nullopt;
  const Bits classes = point.is_valid ? WordClassesOf(point.value) : Bits{0};
  return Unit{point.value, classes, point.num_bytes, num_utf16};
}

Cursor Reader::After(Cursor cursor, const Unit& unit) const {
  Cursor after = Step(cursor, unit);
  for (auto mark = Peek(after); mark && Has(mark->classes, WordClass::kExtend);
       mark = Peek(after)) {
    after = Step(after, *mark);
  }
  return after;
}

/// What the word ends in if a unit of these classes may stand right behind `last` (WB5, WB8-WB10,
/// WB13).
std::optional<Last> Join(Last last, Bits classes) {
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
std::optional<Last> Reader::JoinAcross(Last last, Bits middle, Cursor* after) const {
  const auto right = Peek(*after);
  const Bits classes = right ? right->classes : Bits{0};
  const bool is_after_letter = last == Last::kLetter || last == Last::kHebrew;
  std::optional<Last> joined;
  if (is_after_letter && Has(middle, kBetweenLetters) && Has(classes, kAnyLetter)) {
    joined = Has(classes, WordClass::kHebrew) ? Last::kHebrew : Last::kLetter;
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

std::size_t Reader::WordEnd(std::size_t begin) const {
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

std::size_t Reader::ComplexEnd(std::size_t begin) const {
  Cursor cursor{begin};
  for (auto unit = Peek(cursor); unit && Has(unit->classes, WordClass::kComplex);
       unit = Peek(cursor)) {
    cursor = After(cursor, *unit);
  }
  return cursor.at;
}

std::size_t Reader::IdeographEnd(std::size_t begin) const {
  const auto unit = Peek({begin});
  if (!unit || !Has(unit->classes, WordClass::kHan | WordClass::kHiragana)) return begin;
  return After({begin}, *unit).at;
}

// Pictographs joined by ZWJ, or two regional indicators (a flag).
std::size_t Reader::PictographEnd(std::size_t begin) const {
  Cursor cursor{begin};
  const auto first = Peek(cursor);
  if (first && Has(first->classes, WordClass::kRegional)) {
    const Cursor middle = After(cursor, *first);
    const auto second = Peek(middle);
    const bool is_flag = second && Has(second->classes, WordClass::kRegional);
    return is_flag ? After(middle, *second).at : begin;
  }
  bool is_joined = true;
  for (auto unit = first; is_joined && unit && Has(unit->classes, WordClass::kPictograph);
       unit = Peek(cursor)) {
    cursor = Step(cursor, *unit);
    is_joined = false;
    for (auto mark = Peek(cursor); mark && Has(mark->classes, WordClass::kExtend);
         mark = Peek(cursor)) {
      is_joined = mark->value == kZeroWidthJoiner;
      cursor = Step(cursor, *mark);
    }
  }
  return cursor.at;
}

// "#" or "*" in a key cap; digits are words with marks anyway.
std::size_t Reader::KeycapEnd(std::size_t begin) const {
  const Cursor cap{begin + 1, 1};
  const auto first = Peek(cap);
  if (!first) return begin;
  const bool is_selected = first->value == kEmojiPresentation;
  const Cursor last = is_selected ? Step(cap, *first) : cap;
  const auto unit = is_selected ? Peek(last) : first;
  return unit && unit->value == kKeycap ? After(last, *unit).at : begin;
}

std::size_t Reader::TokenEnd(std::size_t begin) const {
  const auto first = static_cast<unsigned char>(text_[begin]);
  if (first == '#' || first == '*') return KeycapEnd(begin);
  if (first < 0x80U) return WordEnd(begin);
  return std::max({WordEnd(begin), ComplexEnd(begin), IdeographEnd(begin), PictographEnd(begin)});
}

// Underscores alone are no token, but many before a letter are part of its token, as many as fit:
// a run of them is crossed in one go, so that no text costs more than its length.
std::size_t Reader::Skip(std::size_t at) const {
  std::size_t begin = at;
  std::size_t num_utf16 = 0;
  std::size_t end = at;
  for (auto unit = Peek({end}); unit; unit = Peek({end})) {
    const bool is_in_run = Has(unit->classes, WordClass::kExtendNumLet) ||
                           (end != at && Has(unit->classes, WordClass::kExtend));
    num_utf16 += unit->num_utf16;
    while (num_utf16 > kMaxTokenUnits) {
      const auto dropped = *Peek({begin});
      begin += dropped.num_bytes;
      num_utf16 -= dropped.num_utf16;
    }
    if (!is_in_run) {
      if (end == at) return at + unit->num_bytes;
      return Join(Last::kOnlyJoiners, unit->classes) ? std::max(begin, at + 1) : end;
    }
    end += unit->num_bytes;
  }
  return end;
}

void AppendLowercase(std::string_view text, std::string* out) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    if (point.is_valid) {
      AppendUtf8(LowercaseOf(point.value), out);
    } else {
      out->push_back(text[at]);
    }
    at += point.num_bytes;
  }
}

// The words that Lucene's English stop set has.
bool IsStopWord(std::string_view word) {
  static constexpr std::array<std::string_view, 33> kWords = {
      "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
      "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
      "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};
  return std::ranges::binary_search(kWords, word);
}

// As Java's Character.isWhitespace: no-break spaces do not separate.
bool IsBlank(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A && c != 0x2007) || c == 0x2028 || c == 0x2029 || c == 0x205F ||
         c == 0x3000;
}

bool IsLetter(char32_t c) {
  return Has(WordClassesOf(c), kAnyLetter | WordClass::kKatakana | WordClass::kHan |
                                   WordClass::kHiragana | WordClass::kComplex);
}

}  // namespace

void TokenBuffer::Assign(std::string_view text, Analysis analysis) {
  folded_.clear();
  ends_.clear();
  switch (analysis) {
    case Analysis::kStandard:
      AssignWords(text);
      break;
    case Analysis::kSimple:
    case Analysis::kStop:
    case Analysis::kWhitespace:
      AssignRuns(text, analysis);
      break;
    case Analysis::kKeyword:
      folded_ = text;
      ends_.push_back(folded_.size());
      break;
  }
}

void TokenBuffer::AssignWords(std::string_view text) {
  const Reader reader(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = reader.TokenEnd(at);
    if (end == at) {
      at = reader.Skip(at);
      continue;
    }
    AppendLowercase(text.substr(at, end - at), &folded_);
    ends_.push_back(folded_.size());
    at = end;
  }
}

void TokenBuffer::AssignRuns(std::string_view text, Analysis analysis) {
  const bool is_whitespace = analysis == Analysis::kWhitespace;
  std::size_t begin = 0;
  std::size_t num_utf16 = 0;
  const auto finish = [&](std::size_t end) {
    if (begin < end) {
      const std::size_t folded = folded_.size();
      if (is_whitespace) {
        folded_ += text.substr(begin, end - begin);
      } else {
        AppendLowercase(text.substr(begin, end - begin), &folded_);
      }
      if (analysis == Analysis::kStop && IsStopWord(std::string_view(folded_).substr(folded))) {
        folded_.resize(folded);
      }
      ends_.push_back(folded_.size());
    }
    num_utf16 = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    const std::size_t units = point.num_bytes == 4 ? 2 : 1;
    const bool is_inside =
        point.is_valid && (is_whitespace ? !IsBlank(point.value) : IsLetter(point.value));
    if (!is_inside) {
      finish(at);
      begin = at + point.num_bytes;
    } else if (num_utf16 + units > kMaxTokenUnits) {
      finish(at);
      begin = at;
      num_utf16 = units;
    } else {
      num_utf16 += units;
    }
    at += point.num_bytes;
  }
  finish(text.size());
}

std::string_view TokenBuffer::operator[](std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(folded_).substr(begin, ends_[i] - begin);
}

std::vector<std::string> Tokens(std::string_view text, Analysis analysis) {
  TokenBuffer buffer;
  buffer.Assign(text, analysis);
  std::vector<std::string> tokens;
  tokens.reserve(buffer.size());
  for (std::size_t i = 0; i < buffer.size(); ++i) tokens.emplace_back(buffer[i]);
  return tokens;
}

std::string LowercaseToken(std::string_view text) {
  std::string lowercase;
  AppendLowercase(text, &lowercase);
  return lowercase;
}

std::string NormalizedToken(std::string_view text, Analysis analysis) {
  const bool keeps_case = analysis == Analysis::kWhitespace || analysis == Analysis::kKeyword;
  return keeps_case ? std::string(text) : LowercaseToken(text);
}

}  // namespace tripline::jit
