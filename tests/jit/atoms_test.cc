#include "jit/atoms.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ip.h"
#include "tests/jit/leaf_cases.h"

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool Accepts(const Atom& atom, std::string_view value) { return AtomAccepts(atom, value); }
bool Accepts(const Atom& atom, std::int64_t value) { return AtomAccepts(atom, value); }
bool Accepts(const Atom& atom, double value) { return AtomAccepts(atom, value); }

TEST(Atoms, TermIsTheSameBytes) {
  EXPECT_TRUE(Accepts(Term{"é"}, "é"));
  EXPECT_FALSE(Accepts(Term{"a"}, "A"));
  EXPECT_FALSE(Accepts(Term{"a"}, std::string_view("a\0", 2)));
  EXPECT_TRUE(Accepts(Term{""}, ""));
}

TEST(Atoms, StringRangeIsInTheOrderOfBytes) {
  EXPECT_TRUE(Accepts(StringRange{"10", "9", true, true}, "5"));
  EXPECT_FALSE(Accepts(StringRange{"9", std::nullopt, true, false}, "10"));
  EXPECT_TRUE(Accepts(StringRange{"a", "b", false, false}, std::string_view("a\0", 2)));
  EXPECT_FALSE(Accepts(StringRange{"a", "b", false, false}, "a"));
  EXPECT_FALSE(Accepts(StringRange{"a", "b", true, false}, "b"));
  EXPECT_TRUE(Accepts(StringRange{"a", "b", true, true}, "b"));
  EXPECT_TRUE(Accepts(StringRange{"z", std::nullopt, true, false}, "\xFF")) << "unsigned bytes";
  EXPECT_TRUE(Accepts(StringRange{}, ""));
}

TEST(Atoms, NumericStringRangeComparesNumbersAsNumbers) {
  const StringRange atom{"9", "1e3", true, false, true};

  EXPECT_TRUE(Accepts(atom, "10"));
  EXPECT_TRUE(Accepts(atom, "9.0"));
  EXPECT_FALSE(Accepts(atom, "8.999"));
  EXPECT_FALSE(Accepts(atom, "1000"));
  EXPECT_FALSE(Accepts(atom, "9a")) << "no number: as bytes it is behind 1e3";
  EXPECT_TRUE(Accepts(StringRange{"9", std::nullopt, true, false, true}, "9a"));
  EXPECT_FALSE(Accepts(StringRange{"9", std::nullopt, true, false, true}, "1a"));
}

TEST(Atoms, AddressAtomsReadSixteenBytes) {
  const auto value = [](const char* text) { return BytesOf(*ParseIpAddress(text)); };

  EXPECT_TRUE(Accepts(*ParseIpPrefix("10.0.0.0/8"), value("10.255.0.1")));
  EXPECT_TRUE(Accepts(*ParseIpPrefix("10.0.0.0/8"), value("::ffff:10.255.0.1")));
  EXPECT_FALSE(Accepts(*ParseIpPrefix("10.0.0.0/8"), value("11.0.0.0")));
  EXPECT_TRUE(Accepts(*ParseIpPrefix("::ffff:0:0/96"), value("1.2.3.4")));
  EXPECT_FALSE(Accepts(*ParseIpPrefix("0.0.0.0/0"), value("::1")));
  EXPECT_TRUE(Accepts(AddressRange{*ParseIpAddress("1.0.0.1"), *ParseIpAddress("1.0.0.1")},
                      value("1.0.0.1")));
  EXPECT_FALSE(Accepts(*ParseIpPrefix("::/0"), "10.0.0.1")) << "not 16 bytes";
  EXPECT_FALSE(Accepts(*ParseIpPrefix("::/0"), ""));
}

TEST(Atoms, RangesHoldTheirEnds) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(Accepts(IntegerRange{kMax, kMax}, kMax));
  EXPECT_FALSE(Accepts(IntegerRange{2, 1}, std::int64_t{1}));
  EXPECT_TRUE(Accepts(FloatRange{0, 0, true, true}, -0.0));
  EXPECT_FALSE(Accepts(FloatRange{0, 1, false, true}, 0.0));
  EXPECT_TRUE(Accepts(FloatRange{0, 1, false, true}, 1.0));
  EXPECT_FALSE(Accepts(FloatRange{0, 1, true, true}, std::numeric_limits<double>::quiet_NaN()));
}

TEST(Atoms, TextAtomsAskTokens) {
  EXPECT_TRUE(Accepts(TextAny{{"x", "failed"}}, "Login FAILED."));
  EXPECT_FALSE(Accepts(TextAny{{"fail"}}, "Login FAILED."));
  EXPECT_TRUE(Accepts(TextPhrase{{"a", "b"}}, "x a, b y"));
  EXPECT_FALSE(Accepts(TextPhrase{{"a", "b"}}, "a x b"));
  EXPECT_FALSE(Accepts(TextPhrase{}, "a"));
  EXPECT_TRUE(Accepts(TextGlob{Glob{{"fail", ""}}}, "Login FAILED."));
  EXPECT_FALSE(Accepts(TextGlob{Glob{{"login", "failed"}}}, "login failed")) << "one token";
}

TEST(Atoms, OfAnotherKindAcceptNothing) {
  EXPECT_FALSE(Accepts(IntegerRange{0, 9}, "5"));
  EXPECT_FALSE(Accepts(Term{"5"}, std::int64_t{5}));
  EXPECT_FALSE(Accepts(FloatRange{0, 9}, std::int64_t{5}));
  EXPECT_FALSE(Accepts(IntegerRange{0, 9}, 5.0));
  EXPECT_TRUE(Accepts(Exists{}, ""));
  EXPECT_TRUE(Accepts(Exists{}, std::int64_t{0}));
  EXPECT_TRUE(Accepts(Exists{}, 0.0));
}

TEST(Atoms, ValuesBeyondIgnoreAboveDoNotExist) {
  const Field field{"f", ColumnKind::kString, 2};

  EXPECT_TRUE(ValueExists(field, ""));
  EXPECT_TRUE(ValueExists(field, "éé"));
  EXPECT_FALSE(ValueExists(field, "abc"));
  EXPECT_TRUE(ValueExists(field, "😀"));
  EXPECT_FALSE(ValueExists(field, "😀a"));
  EXPECT_TRUE(ValueExists(Field{"f", ColumnKind::kString, 0}, std::string(1000, 'a')));
  EXPECT_TRUE(ValueExists(Field{"f", ColumnKind::kText, 2}, "abc")) << "keywords alone";
}

TEST(Atoms, DecideSlowlyAnswersPlacesAmongTheLeavesOfTheField) {
  Program program;
  program.fields = {{"a", ColumnKind::kString, 3}, {"b", ColumnKind::kInteger, 0}};
  program.leaves = {{1, {IntegerRange{1, 2}}}, {0, {Term{"x"}, Exists{}}}, {0, {Term{"y"}}}};

  EXPECT_THAT(LeavesOf(program, 0), ElementsAre(1, 2));
  EXPECT_THAT(DecideSlowly(program, 0, "y"), ElementsAre(0, 1));
  EXPECT_THAT(DecideSlowly(program, 0, "yyyy"), IsEmpty());
  EXPECT_THAT(DecideSlowly(program, 1, std::int64_t{2}), ElementsAre(0));
}

}  // namespace
}  // namespace tripline::jit
