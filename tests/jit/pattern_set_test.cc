#include "jit/pattern_set.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jit/glob.h"
#include "tests/jit/glob_cases.h"

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PatternSet Compile(std::vector<Glob> globs, const PatternLimits& limits = {}) {
  auto set = PatternSet::Make(std::move(globs), limits);
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

PatternScratch FittedTo(const PatternSet& set) {
  PatternScratch scratch;
  const auto fitted = scratch.Fit(set);
  EXPECT_TRUE(fitted) << fitted.error().message;
  return scratch;
}

std::vector<std::uint32_t> Hits(const PatternSet& set, std::string_view value,
                                PatternScratch& scratch) {
  std::vector<std::uint32_t> hits;
  set.Match(value, scratch, &hits);
  std::ranges::sort(hits);
  return hits;
}

std::vector<std::uint32_t> Hits(const PatternSet& set, std::string_view value) {
  PatternScratch scratch = FittedTo(set);
  return Hits(set, value, scratch);
}

std::vector<std::uint32_t> TwinHits(const std::vector<Glob>& globs, std::string_view value) {
  std::vector<std::uint32_t> hits;
  for (std::uint32_t i = 0; i < globs.size(); ++i) {
    if (GlobMatches(globs[i], value)) hits.push_back(i);
  }
  return hits;
}

bool HasAvx2() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

TEST(PatternSet, ReportsAllGlobsThatMatchTheWholeValue) {
  const PatternSet set = Compile({GlobOf("*\\temp\\*"), GlobOf("c:*.exe"), GlobOf("*cmd*.exe"),
                                  GlobOf("c:*.dll"), GlobOf("cmd")});

  EXPECT_THAT(Hits(set, "c:\\temp\\cmd.exe"), ElementsAre(0, 1, 2));
  EXPECT_THAT(Hits(set, "c:\\temp\\cmd.exe\n"), ElementsAre(0));
  EXPECT_THAT(Hits(set, "nothing"), IsEmpty());
  EXPECT_THAT(set.fallbacks(), IsEmpty());
  EXPECT_GT(set.database_bytes(), 0U);
}

TEST(PatternSet, OfNoGlobsMatchesNothing) {
  const PatternSet set = Compile({});

  EXPECT_THAT(Hits(set, ""), IsEmpty());
  EXPECT_THAT(Hits(set, "abc"), IsEmpty());
  EXPECT_EQ(set.size(), 0U);
}

TEST(PatternSet, TreatsEmptyValuesAndNulBytesLikeOthers) {
  const PatternSet set =
      Compile({GlobOf("*"), GlobOf(""), GlobOf("a*"), Glob{{"", std::string("\0", 1), ""}},
               Glob{{std::string("\0\0", 2)}}, Glob{{"?"}, false, true}});

  EXPECT_THAT(Hits(set, ""), ElementsAre(0, 1));
  EXPECT_THAT(Hits(set, std::string_view()), ElementsAre(0, 1)) << "a view without memory";
  EXPECT_THAT(Hits(set, std::string_view("\0", 1)), ElementsAre(0, 3, 5));
  EXPECT_THAT(Hits(set, std::string_view("\0\0", 2)), ElementsAre(0, 3, 4));
  EXPECT_THAT(Hits(set, std::string_view("a\0b", 3)), ElementsAre(0, 2, 3));
}

TEST(PatternSet, TakesEveryByteLiterally) {
  std::vector<Glob> globs;
  for (int byte = 0; byte < 256; ++byte) {
    globs.push_back(Glob{{"", std::string(4, static_cast<char>(byte)), ""}});
  }
  const PatternSet set = Compile(globs);
  ASSERT_THAT(set.fallbacks(), IsEmpty());
  PatternScratch scratch = FittedTo(set);

  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    EXPECT_THAT(Hits(set, std::string(5, static_cast<char>(byte)), scratch), ElementsAre(byte));
  }
}

TEST(PatternSet, FoldsAsciiLettersAlone) {
  std::vector<Glob> globs;
  for (int byte = 0; byte < 256; ++byte) {
    globs.push_back(Glob{{"", std::string("xy") + static_cast<char>(byte), ""}, true});
  }
  const PatternSet set = Compile(globs);
  ASSERT_THAT(set.fallbacks(), IsEmpty());
  PatternScratch scratch = FittedTo(set);

  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = std::string(".XY") + static_cast<char>(byte) + ".";
    EXPECT_EQ(Hits(set, value, scratch), TwinHits(globs, value)) << "byte " << byte;
  }
}

TEST(PatternSet, LeavesShortAndSurplusGlobsToTheTwin) {
  PatternLimits limits;
  limits.literals = 2;
  const PatternSet set =
      Compile({GlobOf("*ab*"), GlobOf("*bcd*"), GlobOf("x*bcd*"), GlobOf("*cde*"), GlobOf("*def*"),
               Glob{{"ab?cd", ""}, false, true}, Glob{}},
              limits);

  ASSERT_EQ(set.fallbacks().size(), 4U);
  EXPECT_EQ(set.fallbacks()[0].pattern, 0U);
  EXPECT_EQ(set.fallbacks()[0].reason, "its longest literal is too short");
  EXPECT_EQ(set.fallbacks()[1].pattern, 4U) << "two globs share a literal";
  EXPECT_EQ(set.fallbacks()[1].reason, "there are too many literals");
  EXPECT_EQ(set.fallbacks()[2].pattern, 5U);
  EXPECT_EQ(set.fallbacks()[3].pattern, 6U);
  EXPECT_THAT(Hits(set, "abcdef"), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(Hits(set, "abxcd"), ElementsAre(0, 5));
}

TEST(PatternSet, LeavesAllToTheTwinIfTheDatabaseIsTooLarge) {
  PatternLimits limits;
  limits.database_bytes = 10;
  const PatternSet set = Compile({GlobOf("*abc*"), GlobOf("*bcd*")}, limits);

  EXPECT_EQ(set.fallbacks().size(), 2U);
  EXPECT_EQ(set.database_bytes(), 0U);
  EXPECT_THAT(Hits(set, "abcd"), ElementsAre(0, 1));
}

TEST(PatternSet, AnswersByTheTwinIfTheScratchWasNotFitted) {
  const PatternSet set = Compile({GlobOf("*abc*"), GlobOf("bab*c")});
  PatternScratch unfitted;

  EXPECT_THAT(Hits(set, "babc", unfitted), ElementsAre(0, 1));
  EXPECT_THAT(Hits(set, "x", unfitted), IsEmpty());
}

TEST(PatternSet, SharesOneScratchWithOtherSets) {
  const PatternSet one = Compile({GlobOf("*aaa*")});
  std::vector<Glob> many;
  for (int i = 0; i < 200; ++i) many.push_back(GlobOf("x*" + std::to_string(i + 100) + "*y"));
  const PatternSet two = Compile(many);
  PatternScratch scratch = FittedTo(one);
  ASSERT_TRUE(scratch.Fit(two));
  ASSERT_TRUE(scratch.Fit(one));

  EXPECT_THAT(Hits(one, "aaa", scratch), ElementsAre(0));
  EXPECT_THAT(Hits(two, "x 1001 y", scratch), ElementsAre(0));
  EXPECT_THAT(Hits(two, "x 12345 y", scratch), ElementsAre(23, 134));
  EXPECT_THAT(Hits(one, "b", scratch), IsEmpty());
}

TEST(PatternSet, MatchesOnManyThreadsAtOnce) {
  const std::vector<Glob> globs = {GlobOf("*aba*b*"), GlobOf("abb*"), GlobOf("*bab")};
  const PatternSet set = Compile(globs);
  const auto values = AllStrings("ab", 8);
  std::vector<int> num_wrong(4);
  {
    std::vector<std::jthread> threads;
    for (int& wrong : num_wrong) {
      threads.emplace_back([&] {
        PatternScratch scratch = FittedTo(set);
        for (const std::string& value : values) {
          wrong += Hits(set, value, scratch) == TwinHits(globs, value) ? 0 : 1;
        }
      });
    }
  }
  EXPECT_THAT(num_wrong, ElementsAre(0, 0, 0, 0));
}

TEST(PatternSet, AgreesWithTheTwinOnLongValues) {
  const std::vector<Glob> globs = {GlobOf("*needle*"), GlobOf("x*needle"), GlobOf("*\n*z*"),
                                   Glob{{"", "NEEDLE", ""}, true}, Glob{{"x?", "e"}, false, true}};
  const PatternSet set = Compile(globs);
  std::string value(5U << 20U, 'x');
  value += "needle";

  EXPECT_THAT(Hits(set, value), ElementsAre(0, 1, 3, 4));
  EXPECT_EQ(Hits(set, value), TwinHits(globs, value));
}

TEST(PatternSet, AgreesWithTheTwinOnAllSmallCases) {
  // Letters become three bytes, so that every literal is worth looking for.
  const auto stretch = [](std::string_view text) {
    std::string stretched;
    for (const char c : text) stretched += c == '*' ? "*" : std::string("xy") + c;
    return stretched;
  };
  std::vector<Glob> globs;
  for (const std::string& pattern : AllStrings("ab*", 4)) globs.push_back(GlobOf(stretch(pattern)));
  const PatternSet set = Compile(globs);
  ASSERT_EQ(set.fallbacks().size(), 5U) << "nothing and one to four stars";
  PatternScratch scratch = FittedTo(set);

  for (const std::string& letters : AllStrings("ab", 6)) {
    const std::string value = stretch(letters);
    ASSERT_EQ(Hits(set, value, scratch), TwinHits(globs, value)) << value;
  }
}

TEST(PatternSet, AgreesWithTheTextbookOnRandomBytes) {
  for (const auto alphabet : {RandomGlobs::Alphabet::kBytes, RandomGlobs::Alphabet::kChunks}) {
    RandomGlobs random(23, alphabet);
    for (int round = 0; round < 20; ++round) {
      std::vector<Glob> globs;
      for (int i = 0; i < 60; ++i) globs.push_back(random.NextGlob());
      const PatternSet set = Compile(globs);
      PatternScratch scratch = FittedTo(set);
      for (int i = 0; i < 200; ++i) {
        const std::string value = random.NextValue();
        std::vector<std::uint32_t> expected;
        for (std::uint32_t glob = 0; glob < globs.size(); ++glob) {
          if (TextbookMatches(globs[glob], value)) expected.push_back(glob);
        }
        ASSERT_EQ(Hits(set, value, scratch), expected) << ::testing::PrintToString(value);
      }
    }
  }
}

TEST(PatternSet, LooksForTheFrontOfLongLiterals) {
  std::vector<Glob> globs;
  for (const std::size_t size : {60U, 63U, 64U, 65U, 100U, 4000U}) {
    globs.push_back(Glob{{"", std::string(size, 'a') + "b", ""}});
    globs.push_back(Glob{{"", std::string(size, 'a'), std::string(size, 'B'), ""}, true});
  }
  const PatternSet set = Compile(globs);
  EXPECT_THAT(set.fallbacks(), IsEmpty());
  PatternScratch scratch = FittedTo(set);

  for (const std::size_t size : {10U, 62U, 64U, 66U, 3990U, 4000U, 9000U}) {
    const std::string value = std::string(size, 'a') + std::string(size, 'b') + "c";
    EXPECT_EQ(Hits(set, value, scratch), TwinHits(globs, value)) << size;
  }
}

TEST(PatternSet, TakesADatabaseInThePlaceOfCompiling) {
  const std::vector<Glob> globs = {GlobOf("*abc*"), GlobOf("bab*c"), Glob{{"", "ABD", ""}, true}};
  const PatternSet compiled = Compile(globs);
  PatternDatabases kept;
  ASSERT_TRUE(compiled.AddTo(&kept));
  ASSERT_EQ(kept.size(), 1U);

  const PatternSet ready = Compile(globs, {.ready = &kept});

  EXPECT_TRUE(compiled.was_compiled());
  EXPECT_FALSE(ready.was_compiled());
  EXPECT_EQ(ready.database_bytes(), compiled.database_bytes());
  PatternDatabases again;
  ASSERT_TRUE(ready.AddTo(&again));
  EXPECT_EQ(again, kept);
  for (const std::string value : {"", "xabcx", "babxc", "zzAbDzz", "babc"}) {
    EXPECT_EQ(Hits(ready, value), TwinHits(globs, value)) << value;
  }
}

TEST(PatternSet, CompilesWhereTheDatabaseIsOfOtherLiteralsOrDamaged) {
  PatternDatabases kept;
  ASSERT_TRUE(Compile({GlobOf("*abc*")}).AddTo(&kept));

  EXPECT_TRUE(Compile({GlobOf("*abd*")}, {.ready = &kept}).was_compiled());
  EXPECT_TRUE(Compile({Glob{{"", "abc", ""}, true}}, {.ready = &kept}).was_compiled());
  EXPECT_FALSE(Compile({GlobOf("*abc*"), GlobOf("ab")}, {.ready = &kept}).was_compiled());
  const std::string whole = kept.begin()->second;
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    kept.begin()->second = whole.substr(0, size);
    const PatternSet set = Compile({GlobOf("*abc*")}, {.ready = &kept});
    EXPECT_TRUE(set.was_compiled()) << size;
    EXPECT_THAT(Hits(set, "xabc"), ElementsAre(0));
  }
}

TEST(PatternSet, OfALesserPlatformIsTakenHere) {
  const std::vector<Glob> globs = {GlobOf("*needle*"), GlobOf("x*needle")};
  for (const PatternPlatform platform : {PatternPlatform::kBaseline, PatternPlatform::kAvx2}) {
    PatternDatabases kept;
    ASSERT_TRUE(Compile(globs, {.platform = platform}).AddTo(&kept));
    const bool is_known = platform == PatternPlatform::kBaseline || HasAvx2();

    const PatternSet set = Compile(globs, {.ready = &kept});

    EXPECT_EQ(set.was_compiled(), !is_known);
    EXPECT_THAT(Hits(set, "x needle"), ElementsAre(0, 1));
  }
}

}  // namespace
}  // namespace tripline::jit
