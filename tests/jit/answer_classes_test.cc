#include "jit/answer_classes.h"

#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Positions = std::vector<std::uint32_t>;

TEST(AnswerClasses, BeginWithTheClassOfNoLeaf) {
  AnswerClasses classes;

  EXPECT_EQ(classes.num_classes(), 1U);
  EXPECT_THAT(classes.PositionsOf(kNoLeafClass), IsEmpty());
  EXPECT_EQ(classes.Intern({}), kNoLeafClass);
  EXPECT_EQ(classes.num_classes(), 1U);
}

TEST(AnswerClasses, GiveEqualAnswersOneNumber) {
  AnswerClasses classes;

  const auto one = classes.Intern(Positions{1, 5});
  const auto two = classes.Intern(Positions{1});
  const auto again = classes.Intern(Positions{1, 5});

  ASSERT_TRUE(one && two && again);
  EXPECT_EQ(*one, *again);
  EXPECT_NE(*one, *two);
  EXPECT_THAT(classes.PositionsOf(*one), ElementsAre(1, 5));
  EXPECT_THAT(classes.PositionsOf(*two), ElementsAre(1));
}

TEST(AnswerClasses, SayWhenThereAreTooMany) {
  AnswerClasses classes({.classes = 3, .positions = 100});

  const auto one = classes.Intern(Positions{1});
  ASSERT_TRUE(one && classes.Intern(Positions{2}));

  EXPECT_FALSE(classes.Intern(Positions{3}));
  EXPECT_EQ(classes.Intern(Positions{1}), *one) << "what is known stays known";
  EXPECT_EQ(classes.Intern({}), kNoLeafClass);
  EXPECT_EQ(classes.num_classes(), 3U);
}

TEST(AnswerClasses, SayWhenTheyHoldTooManyPositions) {
  AnswerClasses classes({.classes = 100, .positions = 5});

  ASSERT_TRUE(classes.Intern(Positions{1, 2, 3}));
  EXPECT_FALSE(classes.Intern(Positions{1, 2, 4}));
  EXPECT_TRUE(classes.Intern(Positions{7, 8}));
  EXPECT_FALSE(classes.Intern(Positions{9}));
}

TEST(AnswerClasses, AgreeWithAMapOnRandomAnswers) {
  std::mt19937 random(5);
  AnswerClasses classes;
  std::map<Positions, ClassId> expected = {{{}, kNoLeafClass}};
  for (int round = 0; round < 10'000; ++round) {
    Positions positions;
    for (std::uint32_t position = 0; position < 200; ++position) {
      if (random() % 100 == 0) positions.push_back(position);
    }
    const auto id = classes.Intern(positions);
    ASSERT_TRUE(id);
    const auto [entry, is_new] = expected.emplace(positions, *id);
    ASSERT_EQ(entry->second, *id);
    ASSERT_EQ(classes.num_classes(), expected.size()) << (is_new ? "new" : "known");
  }
  for (const auto& [positions, id] : expected) {
    ASSERT_TRUE(std::ranges::equal(classes.PositionsOf(id), positions));
  }
}

}  // namespace
}  // namespace tripline::jit
