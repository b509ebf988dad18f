#include "jit/tokens.h"

#include <chrono>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jit/word_reader.h"

namespace tripline::jit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tokens, AreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_THAT(Tokens("The QUICK brown-fox, 42nd!"),
              ElementsAre("the", "quick", "brown", "fox", "42nd"));
  EXPECT_THAT(Tokens("C:\\Windows\\System32\\cmd.exe /c whoami"),
              ElementsAre("c", "windows", "system32", "cmd.exe", "c", "whoami"));
  EXPECT_THAT(Tokens("a@b.com https://x.y/z?q=1&r=2"),
              ElementsAre("a", "b.com", "https", "x.y", "z", "q", "1", "r", "2"));
}

TEST(Tokens, OfNothingButPunctuationAreNone) {
  EXPECT_THAT(Tokens(""), IsEmpty());
  EXPECT_THAT(Tokens(" \t\r\n-+*/\\()[]{}<>!?@#$%^&=~`|"), IsEmpty());
  EXPECT_THAT(Tokens("... ::: ''' ;;;"), IsEmpty());
  EXPECT_THAT(Tokens("___ _"), IsEmpty()) << "joiners alone are no word";
}

TEST(Tokens, AreJoinedByUnderscores) {
  EXPECT_THAT(Tokens("foo_bar __x__ 1_000 a_1"), ElementsAre("foo_bar", "__x__", "1_000", "a_1"));
}

TEST(Tokens, KeepDotsAndQuotesBetweenTwoLettersOrTwoDigits) {
  EXPECT_THAT(Tokens("can't O'Neil's rock'n'roll"),
              ElementsAre("can't", "o'neil's", "rock'n'roll"));
  EXPECT_THAT(Tokens("a.b 1.2 a.1 1.a a..b .a. 'a'"),
              ElementsAre("a.b", "1.2", "a", "1", "1", "a", "a", "b", "a", "a"));
  EXPECT_THAT(Tokens("1'000"), ElementsAre("1'000"));
  EXPECT_THAT(Tokens("a_.b"), ElementsAre("a_", "b"));
  EXPECT_THAT(Tokens("192.168.0.1"), ElementsAre("192.168.0.1"));
}

TEST(Tokens, KeepColonsBetweenLettersAndCommasBetweenDigits) {
  EXPECT_THAT(Tokens("a:b 1:2 a:1"), ElementsAre("a:b", "1", "2", "a", "1"));
  EXPECT_THAT(Tokens("1,024 1;2 a,b a;b 1,a"),
              ElementsAre("1,024", "1;2", "a", "b", "a", "b", "1", "a"));
}

TEST(Tokens, FoldLettersOfAllAlphabets) {
  EXPECT_THAT(Tokens("STRASSE Größe ΑΒΓ ПРИВЕТ Ǆ"),
              ElementsAre("strasse", "größe", "αβγ", "привет", "ǆ"));
  EXPECT_THAT(Tokens("\xC4\xB0X \xE2\x84\xAA"), ElementsAre("ix", "k"))
      << "I with dot, Kelvin sign";
  EXPECT_EQ(LowercaseToken("ÀB*?\xFF_Ω"), "àb*?\xFF_ω");
}

TEST(Tokens, SplitIdeographsAndHiraganaButNotKatakanaHangulOrThai) {
  EXPECT_THAT(Tokens("漢字ひらカタカナ"), ElementsAre("漢", "字", "ひ", "ら", "カタカナ"));
  EXPECT_THAT(Tokens("한국어 말"), ElementsAre("한국어", "말"));
  EXPECT_THAT(Tokens("ภาษาไทย ok"), ElementsAre("ภาษาไทย", "ok"));
  EXPECT_THAT(Tokens("カタaカ"), ElementsAre("カタ", "a", "カ"));
  EXPECT_THAT(Tokens("カ_a"), ElementsAre("カ_a"));
}

TEST(Tokens, HoldMarksWithTheirLetter) {
  EXPECT_THAT(Tokens("cafe\xCC\x81 x"), ElementsAre("cafe\xCC\x81", "x"));
  EXPECT_THAT(Tokens("a\xC2\xAD\x62"), ElementsAre("a\xC2\xAD\x62")) << "soft hyphen";
  EXPECT_THAT(Tokens("\xCC\x81"), IsEmpty()) << "a mark without a letter";
  EXPECT_THAT(Tokens("a.\xCC\x81\x62"), ElementsAre("a.\xCC\x81\x62"));
}

TEST(Tokens, KnowHebrewQuotes) {
  EXPECT_THAT(Tokens("צה\"ל ג' a\"b"), ElementsAre("צה\"ל", "ג'", "a", "b"));
  EXPECT_THAT(Tokens("a.א\"א"), ElementsAre("a.א", "א")) << "not behind a dot";
}

TEST(Tokens, AreEmojiWithTheirSequences) {
  EXPECT_THAT(Tokens("ok👍🏽 👩‍💻 🇩🇪🇫🇷 😀😀"),
              ElementsAre("ok", "👍🏽", "👩‍💻", "🇩🇪", "🇫🇷", "😀", "😀"));
  EXPECT_THAT(Tokens("1️⃣ #️⃣ # *⃣"), ElementsAre("1️⃣", "#️⃣", "*⃣"));
  EXPECT_THAT(Tokens("\u200D\u200D👩"), ElementsAre("\u200D\u200D👩")) << "joiners before it";
  EXPECT_THAT(Tokens("❤\uFE0F\u200D🔥"), ElementsAre("❤\uFE0F\u200D🔥"));
  EXPECT_THAT(Tokens("❤\uFE0F\u200D\u0301🔥"), ElementsAre("❤\uFE0F", "🔥"));
  EXPECT_THAT(Tokens("❤\uFE0E😀"), ElementsAre("❤", "😀")) << "shown as text";
  EXPECT_THAT(Tokens("🏴\uFE0F\U000E0067\U000E007F"), ElementsAre("🏴\uFE0F\U000E0067\U000E007F"));
  EXPECT_THAT(Tokens("🏴\uFE0F\U000E0067"), ElementsAre("🏴\uFE0F")) << "tags without their end";
  EXPECT_THAT(Tokens("🏽 _🏽"), ElementsAre("🏽", "🏽")) << "a skin tone alone";
  EXPECT_THAT(Tokens("🇩 🇩\u0301🇪"), ElementsAre("🇩\u0301🇪"));
}

TEST(Tokens, KnowWhatUnicodeTheTokenizerHas) {
  EXPECT_THAT(Tokens("a\u02E5b a\u055Ab"), ElementsAre("a", "b", "a", "b")) << "no letters to it";
  EXPECT_THAT(Tokens("a\u0870b"), ElementsAre("a", "b")) << "a letter of Unicode 14";
  EXPECT_THAT(Tokens("\U0001F6DC\U0001F02C"), ElementsAre("\U0001F6DC", "\U0001F02C"))
      << "a pictograph of Unicode 15, and a place for one";
  EXPECT_THAT(Tokens("\u0870", Analysis::kSimple), ElementsAre("\u0870"));
}

TEST(Tokens, AreCutAt255Utf16Units) {
  const std::string letters(600, 'a');
  EXPECT_THAT(Tokens(letters),
              ElementsAre(letters.substr(0, 255), letters.substr(0, 255), letters.substr(0, 90)));
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "𝒳";  // two units each
  const auto tokens = Tokens(wide);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0].size(), 127U * 4U) << "a pair is not torn apart";
  EXPECT_THAT(Tokens(letters.substr(0, 254) + ".b"), ElementsAre(letters.substr(0, 254), "b"));
}

TEST(Tokens, TakeAsManyLeadingUnderscoresAsFit) {
  EXPECT_THAT(Tokens(std::string(300, '_') + "a b"), ElementsAre(std::string(254, '_') + "a", "b"));
  EXPECT_THAT(Tokens(std::string(300, '_') + "-b"), ElementsAre("b"));
}

TEST(Tokens, AreSeparatedByBrokenBytes) {
  EXPECT_THAT(Tokens("a\xFF\x62 \xE2\x82 c\xC3"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Tokens(std::string("a\0b", 3)), ElementsAre("a", "b"));
}

TEST(Tokens, OfLongHostileTextsAreFoundInLinearTime) {
  // A scan of the longest token from every byte would take a minute here.
  constexpr std::size_t kSize = 1U << 18U;
  std::string marks = "a.";
  while (marks.size() < kSize) marks += "\xCC\x81";
  EXPECT_THAT(Tokens(marks), ElementsAre("a"));
  EXPECT_THAT(Tokens(std::string(kSize, '_')), IsEmpty());
  EXPECT_THAT(Tokens(std::string(kSize, '_') + "x"), ElementsAre(std::string(254, '_') + "x"));
  EXPECT_EQ(Tokens(std::string(kSize, 'x')).size(), (kSize + 254) / 255);
  std::string joiners;
  while (joiners.size() < kSize) joiners += "\u200D";
  EXPECT_THAT(Tokens(joiners), IsEmpty());
  EXPECT_EQ(Tokens(joiners + "👩").front().size(), 253U * 3U + 4U);
  std::string mixed;
  while (mixed.size() < kSize) mixed += "_\u0301\u200D";
  EXPECT_THAT(Tokens(mixed), IsEmpty());
}

TEST(Tokens, OfRandomBytesAreLowerCasePiecesOfBoundedLength) {
  std::mt19937 random(7);
  TokenBuffer buffer;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = random() % 400; i > 0; --i) {
      text +=
          static_cast<char>(random() % 4 == 0 ? random() % 256 : "aB1_.'\xCC\x81"[random() % 8]);
    }
    buffer.Assign(text);
    for (std::size_t i = 0; i < buffer.size(); ++i) {
      EXPECT_FALSE(buffer[i].empty());
      EXPECT_EQ(buffer[i].find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ "), std::string_view::npos);
      EXPECT_LE(buffer[i].size(), 4 * kMaxTokenUnits);
    }
  }
}

// ASCII words are read by a shorter way. A mark behind every letter, digit and underscore takes the
// long one, and changes nothing else.
TEST(Tokens, OfAsciiAreThoseOfTheLongWay) {
  constexpr std::string_view kBytes = "abZ09__..::,;''\"\" #*-/\t";
  constexpr std::string_view kMark = "\xCC\x81";
  std::mt19937 random(29);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    std::string marked;
    for (auto length = random() % 24; length > 0; --length) {
      const char byte = kBytes[random() % kBytes.size()];
      text.push_back(byte);
      marked.push_back(byte);
      if (byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'z')) {
        marked += kMark;
      }
    }

    std::vector<std::string> expected = Tokens(marked);
    for (std::string& token : expected) {
      for (std::size_t at = token.find(kMark); at != std::string::npos; at = token.find(kMark)) {
        token.erase(at, kMark.size());
      }
    }
    ASSERT_EQ(Tokens(text), expected) << text;
  }
}

TEST(Tokens, OfTheSimpleAnalyzerAreRunsOfLetters) {
  EXPECT_THAT(Tokens("Cmd.EXE /c 42nd r\xC3\xA9SUM\xC3\x89", Analysis::kSimple),
              ElementsAre("cmd", "exe", "c", "nd", "r\xC3\xA9sum\xC3\xA9"));
  EXPECT_THAT(Tokens("1 2 3", Analysis::kSimple), IsEmpty());
}

TEST(Tokens, OfTheWhitespaceAnalyzerKeepTheirCase) {
  EXPECT_THAT(Tokens(" Cmd.EXE\t/c  A-b ", Analysis::kWhitespace),
              ElementsAre("Cmd.EXE", "/c", "A-b"));
  EXPECT_THAT(Tokens(std::string(300, 'x'), Analysis::kWhitespace),
              ElementsAre(std::string(255, 'x'), std::string(45, 'x')));
  std::string wide;
  for (int i = 0; i < 130; ++i) wide += "𝒳";  // two units each
  EXPECT_EQ(Tokens(wide, Analysis::kWhitespace).front().size(), 128U * 4U) << "one unit too many";
}

TEST(Tokens, OfTheStopAnalyzerLeaveAPlaceWhereAWordWas) {
  EXPECT_THAT(Tokens("The quick and the dead", Analysis::kStop),
              ElementsAre("", "quick", "", "", "dead"));
}

TEST(Tokens, OfTheKeywordAnalyzerAreTheWholeText) {
  EXPECT_THAT(Tokens(" Foo bar", Analysis::kKeyword), ElementsAre(" Foo bar"));
  EXPECT_EQ(NormalizedToken("FoO", Analysis::kKeyword), "FoO");
  EXPECT_EQ(NormalizedToken("FoO", Analysis::kStop), "foo");
}

}  // namespace
}  // namespace tripline::jit
