#include "base/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tripline {
namespace {

TEST(Text, InvalidUtf8IsFoundAtItsFirstByte) {
  EXPECT_EQ(FindInvalidUtf8("a\xC3\xA9z"), std::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8("ab\xFFz"), 2U);
  EXPECT_EQ(FindInvalidUtf8("\xC0\xAF"), 0U) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xED\xA0\x80"), 0U) << "surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0U) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8("ab\xE2\x82"), 2U) << "cut";
}

TEST(Text, SequenceLengthIsZeroWhereNoneBegins) {
  const std::string_view text = "a\xC3\xA9\xF0\x9F\x98\x80\xE2\x82";
  EXPECT_EQ(Utf8LengthAt(text, 0), 1U);
  EXPECT_EQ(Utf8LengthAt(text, 1), 2U);
  EXPECT_EQ(Utf8LengthAt(text, 2), 0U) << "inside a sequence";
  EXPECT_EQ(Utf8LengthAt(text, 3), 4U);
  EXPECT_EQ(Utf8LengthAt(text, 7), 0U) << "cut";
  EXPECT_EQ(Utf8LengthAt(text, text.size()), 0U) << "the end";
}

TEST(Text, LengthsCountCodePointsAndUtf16Units) {
  EXPECT_EQ(CodePointCount("a\xC3\xA9\xF0\x9F\x98\x80"), 3U);
  EXPECT_EQ(Utf16Length("a\xC3\xA9\xF0\x9F\x98\x80"), 4U);
}

TEST(Text, NearestFindsTheFewestEdits) {
  const std::array<std::string_view, 3> names = {"process.name", "process.pid", "parent.name"};
  EXPECT_EQ(Nearest("proces.name", names, 2), "process.name");
  EXPECT_EQ(Nearest("process.nmae", names, 2), "process.name") << "a swap is one edit";
  EXPECT_EQ(Nearest("something", names, 2), "");
  EXPECT_EQ(EditDistance("kitten", "sitting", 9), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting", 2), 3U) << "limit + 1";
}

TEST(EditDistance, ALimitChangesNothingBelowItself) {
  std::vector<std::string> words = {""};
  for (std::size_t i = 0; words[i].size() < 4; ++i) {
    for (const char c : {'a', 'b', 'c'}) {
      words.push_back(words[i] + c);
    }
  }
  for (const std::string& a : words) {
    for (const std::string& b : words) {
      const std::size_t distance = EditDistance(a, b, 9);
      for (std::size_t limit = 0; limit < 4; ++limit) {
        ASSERT_EQ(EditDistance(a, b, limit), std::min(distance, limit + 1)) << a << " " << b;
      }
    }
  }
}

}  // namespace
}  // namespace tripline
