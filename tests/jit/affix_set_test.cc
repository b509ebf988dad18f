#include "jit/affix_set.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/jit/glob_cases.h"

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint32_t> Found(const AffixSet& set, std::string_view value) {
  std::string reversed;
  PositionSet found;
  found.Reserve(1000);
  set.Find(value, &reversed, &found);
  std::vector<std::uint32_t> positions;
  found.MoveTo(&positions);
  return positions;
}

TEST(AffixSet, FindsEveryFront) {
  const AffixSet set(
      AffixSet::Side::kFront,
      {{"C:\\", 0}, {"C:\\Windows\\", 1}, {"D:\\", 2}, {"C:\\Users", 3}, {"C:\\", 4}});

  EXPECT_THAT(Found(set, "C:\\Windows\\notepad.exe"), ElementsAre(0, 1, 4));
  EXPECT_THAT(Found(set, "C:\\Windowz"), ElementsAre(0, 4));
  EXPECT_THAT(Found(set, "C:\\"), ElementsAre(0, 4));
  EXPECT_THAT(Found(set, "C:"), IsEmpty());
  EXPECT_THAT(Found(set, ""), IsEmpty());
}

TEST(AffixSet, OfNothingFindsNothing) {
  EXPECT_THAT(Found(AffixSet(), "a"), IsEmpty());
  EXPECT_THAT(Found(AffixSet(AffixSet::Side::kBack, {}), ""), IsEmpty());
}

TEST(AffixSet, AgreesWithTheDefinitionOnAllSmallCases) {
  // Every subset of a few words would be many; every residue class of them is enough to mix depths.
  const auto words = AllStrings("ab", 4);
  const auto values = AllStrings("ab", 6);
  for (std::size_t step = 1; step < 12; ++step) {
    std::vector<KeyedPosition> entries;
    for (std::uint32_t i = 0; i < words.size(); i += static_cast<std::uint32_t>(step)) {
      entries.emplace_back(words[i], i);
    }
    const AffixSet fronts(AffixSet::Side::kFront, entries);
    const AffixSet backs(AffixSet::Side::kBack, entries);
    for (const std::string& value : values) {
      std::vector<std::uint32_t> begins;
      std::vector<std::uint32_t> ends;
      for (const auto& [word, position] : entries) {
        if (value.starts_with(word)) begins.push_back(position);
        if (value.ends_with(word)) ends.push_back(position);
      }
      ASSERT_EQ(Found(fronts, value), begins) << value;
      ASSERT_EQ(Found(backs, value), ends) << value;
    }
  }
}

}  // namespace
}  // namespace tripline::jit
