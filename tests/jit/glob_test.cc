#include "jit/glob.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/jit/glob_cases.h"

namespace tripline::jit {
namespace {

TEST(Glob, WithoutStarsIsTheWholeValue) {
  EXPECT_TRUE(GlobMatches(Glob{{"abc"}}, "abc"));
  EXPECT_FALSE(GlobMatches(Glob{{"abc"}}, "abcd"));
  EXPECT_FALSE(GlobMatches(Glob{{"abc"}}, "xabc"));
  EXPECT_FALSE(GlobMatches(Glob{{"abc"}}, "ab"));
  EXPECT_TRUE(GlobMatches(Glob{{""}}, ""));
  EXPECT_FALSE(GlobMatches(Glob{{""}}, "a"));
}

TEST(Glob, StarsCrossEverything) {
  EXPECT_TRUE(GlobMatches(Glob{{"", ""}}, ""));
  EXPECT_TRUE(GlobMatches(Glob{{"a", "b"}}, std::string_view("a\n\0\r\xFF/b", 7)));
  EXPECT_TRUE(GlobMatches(Glob{{"a", "b"}}, "ab"));
  EXPECT_FALSE(GlobMatches(Glob{{"a", "b"}}, "abc"));
  EXPECT_FALSE(GlobMatches(Glob{{"a", "b"}}, "ab\n")) << "a trailing newline is a byte like others";
}

TEST(Glob, PiecesMayNotOverlap) {
  EXPECT_FALSE(GlobMatches(Glob{{"aba", "aba"}}, "ababa"));
  EXPECT_TRUE(GlobMatches(Glob{{"aba", "aba"}}, "abaaba"));
  EXPECT_FALSE(GlobMatches(Glob{{"a", "aa", "a"}}, "aaa"));
  EXPECT_TRUE(GlobMatches(Glob{{"", "ab", "ab", ""}}, "xabyab"));
  EXPECT_FALSE(GlobMatches(Glob{{"", "ab", "ab", ""}}, "xaby"));
}

TEST(Glob, WithoutPiecesMatchesNothing) {
  EXPECT_FALSE(GlobMatches(Glob{}, ""));
  EXPECT_FALSE(GlobMatches(Glob{}, "a"));
}

TEST(Glob, FoldsAsciiLettersAlone) {
  const Glob glob{{"C:\\Temp\\", ".EXE"}, true};
  EXPECT_TRUE(GlobMatches(glob, "c:\\tEMP\\x.exe"));
  EXPECT_FALSE(GlobMatches(Glob{{"C:\\Temp\\", ".EXE"}}, "c:\\tEMP\\x.exe"));
  EXPECT_FALSE(GlobMatches(Glob{{"É"}, true}, "é"));
  EXPECT_TRUE(GlobMatches(Glob{{"", "xYz", ""}, true}, "--XyZ--"));
  EXPECT_FALSE(GlobMatches(Glob{{"["}, true}, "{")) << "not a letter, though 0x20 apart";
}

TEST(Glob, QuestionIsOneCodePoint) {
  const Glob glob{{"a?b"}, false, true};
  EXPECT_TRUE(GlobMatches(glob, "axb"));
  EXPECT_TRUE(GlobMatches(glob, "aéb"));
  EXPECT_TRUE(GlobMatches(glob, "a😀b"));
  EXPECT_TRUE(GlobMatches(glob, "a\nb"));
  EXPECT_FALSE(GlobMatches(glob, "ab"));
  EXPECT_FALSE(GlobMatches(glob, "axxb"));
  EXPECT_FALSE(GlobMatches(glob, "a\xFF\x62")) << "a stray byte is no code point";
  EXPECT_FALSE(GlobMatches(Glob{{"a?b"}}, "axb")) << "without the flag it is a question mark";
  EXPECT_TRUE(GlobMatches(Glob{{"a?b"}}, "a?b"));
  EXPECT_TRUE(GlobMatches(Glob{{"", "??"}, false, true}, "xé😀"));
  EXPECT_FALSE(GlobMatches(Glob{{"", "??"}, false, true}, "😀"));
  EXPECT_TRUE(GlobMatches(Glob{{"?", "?"}, false, true}, "é😀"));
  EXPECT_FALSE(GlobMatches(Glob{{"?", "?"}, false, true}, "é"));
  EXPECT_TRUE(GlobMatches(Glob{{"", "A?", ""}, true, true}, "xaé"));
}

TEST(Glob, ShapesAreTold) {
  const auto shape = [](std::vector<std::string> pieces) {
    return Classify(Glob{std::move(pieces)});
  };
  EXPECT_EQ(shape({"a"}), GlobShape::kExact);
  EXPECT_EQ(shape({""}), GlobShape::kExact);
  EXPECT_EQ(shape({"a", ""}), GlobShape::kPrefix);
  EXPECT_EQ(shape({"a", "", ""}), GlobShape::kPrefix);
  EXPECT_EQ(shape({"", "a"}), GlobShape::kSuffix);
  EXPECT_EQ(shape({"", "a", ""}), GlobShape::kContains);
  EXPECT_EQ(shape({"", "", "a", ""}), GlobShape::kContains);
  EXPECT_EQ(shape({"", ""}), GlobShape::kEverything);
  EXPECT_EQ(shape({"", "", ""}), GlobShape::kEverything);
  EXPECT_EQ(shape({"a", "b"}), GlobShape::kGeneral);
  EXPECT_EQ(shape({"a", "b", ""}), GlobShape::kGeneral);
  EXPECT_EQ(shape({"", "a", "b", ""}), GlobShape::kGeneral);
  EXPECT_EQ(shape({}), GlobShape::kGeneral);
  EXPECT_EQ(Classify(Glob{{"a"}, true}), GlobShape::kGeneral);
  EXPECT_EQ(Classify(Glob{{"", ""}, true, true}), GlobShape::kEverything);
  EXPECT_EQ(Classify(Glob{{"a?"}, false, true}), GlobShape::kGeneral);
  EXPECT_EQ(Classify(Glob{{"a", ""}, false, true}), GlobShape::kPrefix);
}

TEST(Glob, LiteralIsWhatTheShapeSpeaksOf) {
  EXPECT_EQ(LiteralOf(Glob{{"ab"}}), "ab");
  EXPECT_EQ(LiteralOf(Glob{{"ab", ""}}), "ab");
  EXPECT_EQ(LiteralOf(Glob{{"", "ab"}}), "ab");
  EXPECT_EQ(LiteralOf(Glob{{"", "", "ab", ""}}), "ab");
  EXPECT_EQ(LiteralOf(Glob{{"a", "b"}}), "");
}

TEST(Glob, AgreesWithTheTextbookOnAllSmallCases) {
  const auto values = AllStrings("ab", 6);
  for (const std::string& pattern : AllStrings("ab*", 4)) {
    const Glob glob = GlobOf(pattern);
    for (const std::string& value : values) {
      ASSERT_EQ(GlobMatches(glob, value), TextbookMatches(glob, value))
          << pattern << " on " << value;
    }
  }
}

TEST(Glob, AgreesWithTheTextbookOnRandomBytes) {
  RandomGlobs random(11);
  for (int round = 0; round < 100'000; ++round) {
    const Glob glob = random.NextGlob();
    const std::string value = random.NextValue();
    ASSERT_EQ(GlobMatches(glob, value), TextbookMatches(glob, value))
        << "round " << round << ": " << Show(glob) << " on " << ::testing::PrintToString(value);
  }
}

TEST(Glob, NeedsNoMoreThanLinearTimeForLiteralPieces) {
  // Piece by piece from every byte would be 2^40 steps.
  const std::string value(1U << 20U, 'a');
  const std::string piece(1U << 19U, 'a');
  EXPECT_TRUE(GlobMatches(Glob{{"", piece, ""}}, value));
  EXPECT_FALSE(GlobMatches(Glob{{"", piece + "b", ""}}, value));
  EXPECT_FALSE(GlobMatches(Glob{{"", "b" + piece, ""}}, value));
}

}  // namespace
}  // namespace tripline::jit
