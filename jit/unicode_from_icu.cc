// Writes the tables of jit/unicode.cc out of ICU's properties of every code point; runs while the
// project is built:  unicode_from_icu unicode_tables.inc
//
// So ICU is asked once and for all: neither the programs nor the plugin's shared library carry its
// 30 MB of data, and both have the same tables (docs/decisions/008-text-by-icu-properties.md).
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/uversion.h>

#include <array>
#include <fstream>
#include <ios>
#include <utility>

#include "jit/unicode.h"

namespace tripline::jit {
namespace {

using Bits = WordClass::Bits;

constexpr UChar32 kLastCodePoint = 0x10FFFF;

// What became part of words, or Han, only after Unicode 12.1.
constexpr std::array<std::pair<UChar32, UChar32>, 6> kLaterThanTokenizer = {{{0x2E5, 0x2EB},
                                                                             {0x55A, 0x55A},
                                                                             {0x55F, 0x55F},
                                                                             {0x58A, 0x58A},
                                                                             {0xA708, 0xA716},
                                                                             {0x16FE2, 0x16FE2}}};

// Lucene's standard tokenizer is generated from Unicode 12.1: what came later is no letter to it.
bool IsInTokenizersUnicode(UChar32 c) {
  for (const auto& [first, last] : kLaterThanTokenizer) {
    if (c >= first && c <= last) return false;
  }
  UVersionInfo age{};
  u_charAge(c, age);
  return age[0] > 0 && (age[0] < 12 || (age[0] == 12 && age[1] <= 1));
}

Bits BreakBits(UChar32 c) {
  switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
    case U_WB_ALETTER:
      return WordClass::kLetter;
    case U_WB_HEBREW_LETTER:
      return WordClass::kHebrew;
    case U_WB_NUMERIC:
      return WordClass::kNumeric;
    case U_WB_KATAKANA:
      return WordClass::kKatakana;
    case U_WB_EXTENDNUMLET:
      return WordClass::kExtendNumLet;
    case U_WB_MIDLETTER:
      return WordClass::kMidLetter;
    case U_WB_MIDNUM:
      return WordClass::kMidNum;
    case U_WB_MIDNUMLET:
      return WordClass::kMidNumLet;
    case U_WB_SINGLE_QUOTE:
      return WordClass::kSingleQuote;
    case U_WB_DOUBLE_QUOTE:
      return WordClass::kDoubleQuote;
    case U_WB_EXTEND:
    case U_WB_FORMAT:
    case U_WB_ZWJ:
      return WordClass::kExtend;
    case U_WB_REGIONAL_INDICATOR:
      return WordClass::kRegional;
    default:
      return 0;
  }
}

Bits ScriptBits(UChar32 c) {
  UErrorCode problem = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &problem);
  if (script == USCRIPT_HAN) return WordClass::kHan;
  return script == USCRIPT_HIRAGANA ? WordClass::kHiragana : Bits{0};
}

// Key caps, flags and skin tones have rules of their own; the five signs are no emoji by
// themselves.
bool IsOtherEmoji(UChar32 c, Bits classes) {
  const bool is_apart = (classes & WordClass::kRegional) != 0 || c < 0x80 || c == 0xA9 ||
                        c == 0xAE || c == 0x2122 || c == 0x3030 || c == 0x303D ||
                        u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) != 0;
  return !is_apart && u_hasBinaryProperty(c, UCHAR_EMOJI) != 0;
}

Bits ClassesOf(UChar32 c) {
  Bits classes = u_isalpha(c) != 0 ? WordClass::kAlphabetic : Bits{0};
  // Code points that are kept free for pictographs are pictographs already.
  const bool is_kept_free = c >= 0x1FB00 && c <= 0x1FBFF;  // until Unicode 12.1
  if (is_kept_free || u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) != 0) {
    classes |= WordClass::kPictograph;
  }
  if (!IsInTokenizersUnicode(c)) return classes;
  classes |= BreakBits(c) | ScriptBits(c);
  const bool is_wide_digit = c >= 0xFF00 && c <= 0xFFEF && u_isdigit(c) != 0;
  if (is_wide_digit) classes |= WordClass::kNumeric;
  if (u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT) {
    classes |= WordClass::kComplex;
  }
  if (IsOtherEmoji(c, classes)) classes |= WordClass::kPictograph;
  if (u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) != 0) classes |= WordClass::kSkinTone;
  return classes;
}

void WriteClasses(std::ostream& out) {
  out << "constexpr WordClassRange kWordClassRanges[] = {\n";
  for (UChar32 first = 0; first <= kLastCodePoint;) {
    const Bits classes = ClassesOf(first);
    UChar32 last = first;
    while (last < kLastCodePoint && ClassesOf(last + 1) == classes) ++last;
    if (classes != 0) {
      out << "{0x" << first << ", 0x" << last << ", 0x" << classes << "},\n";
    }
    first = last + 1;
  }
  out << "};\n";
}

// Runs of code points at distances of one or two whose lower cases are equally far away.
void WriteLowercase(std::ostream& out) {
  const auto distance = [](UChar32 c) {
    return c <= kLastCodePoint ? u_tolower(c) - c : UChar32{0};
  };
  out << "constexpr LowercaseRange kLowercaseRanges[] = {\n";
  for (UChar32 first = 0; first <= kLastCodePoint;) {
    const UChar32 far = distance(first);
    if (far == 0) {
      ++first;
      continue;
    }
    const UChar32 step = distance(first + 1) == far ? 1 : 2;
    UChar32 last = first;
    while (distance(last + step) == far && (step == 1 || distance(last + 1) == 0)) last += step;
    out << "{0x" << first << ", 0x" << last << ", " << step << ", " << std::dec << far << std::hex
        << "},\n";
    first = last + 1;
  }
  out << "};\n";
}

int Run(const char* path) {
  std::ofstream out(path);
  out << "// Generated by jit/unicode_from_icu.cc from ICU " << U_ICU_VERSION << ", Unicode "
      << U_UNICODE_VERSION << ".\n"
      << std::hex;
  WriteClasses(out);
  WriteLowercase(out);
  out.flush();
  return out ? 0 : 1;
}

}  // namespace
}  // namespace tripline::jit

int main(int argc, char** argv) { return argc == 2 ? tripline::jit::Run(argv[1]) : 2; }
