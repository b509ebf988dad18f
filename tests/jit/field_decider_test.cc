#include "jit/field_decider.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jit/atoms.h"
#include "tests/jit/leaf_cases.h"

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Program OneField(ColumnKind kind, std::vector<std::vector<Atom>> leaves,
                 std::uint32_t ignore_above = 0) {
  Program program;
  program.fields.push_back({"field", kind, ignore_above});
  for (auto& atoms : leaves) program.leaves.push_back({0, std::move(atoms)});
  return program;
}

/// A decider with its scratch; every answer is held against the judge.
class Decided {
 public:
  explicit Decided(Program program, const PatternLimits& limits = {})
      : program_(std::move(program)), decider_(*FieldDecider::Make(program_, 0, limits)) {
    EXPECT_TRUE(decider_.Fit(scratch_));
  }

  std::vector<std::uint32_t> Bytes(std::string_view value) {
    std::vector<std::uint32_t> positions = {99};
    decider_.DecideBytes(value, scratch_, &positions);
    EXPECT_EQ(positions, DecideSlowly(program_, 0, value)) << ::testing::PrintToString(value);
    return positions;
  }
  std::vector<std::uint32_t> Address(const char* text) {
    return Bytes(BytesOf(*ParseIpAddress(text)));
  }
  std::vector<std::uint32_t> Integer(std::int64_t value) {
    std::vector<std::uint32_t> positions = {99};
    decider_.DecideInteger(value, scratch_, &positions);
    EXPECT_EQ(positions, DecideSlowly(program_, 0, value)) << value;
    return positions;
  }
  std::vector<std::uint32_t> Float(double value) {
    std::vector<std::uint32_t> positions = {99};
    decider_.DecideFloat(value, scratch_, &positions);
    EXPECT_EQ(positions, DecideSlowly(program_, 0, value)) << value;
    return positions;
  }
  [[nodiscard]] const FieldDecider& decider() const { return decider_; }

 private:
  Program program_;
  FieldDecider decider_;
  FieldDecider::Scratch scratch_;
};

TEST(FieldDecider, AnswersPlacesAmongTheLeavesOfItsField) {
  Program program;
  program.fields = {{"a"}, {"b"}};
  program.leaves = {{0, {Term{"x"}}}, {1, {Term{"x"}}}, {0, {Term{"y"}}}, {1, {Exists{}}}};
  const auto decider = FieldDecider::Make(program, 1);
  ASSERT_TRUE(decider);
  FieldDecider::Scratch scratch;
  ASSERT_TRUE(decider->Fit(scratch));
  std::vector<std::uint32_t> positions;

  decider->DecideBytes("x", scratch, &positions);

  EXPECT_THAT(decider->leaves(), ElementsAre(1, 3));
  EXPECT_THAT(positions, ElementsAre(0, 1));
}

TEST(FieldDecider, DecidesEachKindOfStringAtom) {
  Decided field(OneField(ColumnKind::kString, {{Term{"cmd.exe"}, Term{"sh"}},
                                               {Glob{{"cmd", ""}}},
                                               {Glob{{"", ".exe"}}},
                                               {Glob{{"", "md.e", ""}}},
                                               {Glob{{"c", "d", "e"}}},
                                               {Glob{{"", ""}}},
                                               {Glob{{"CMD.EXE"}, true}},
                                               {StringRange{"c", "d", true, false}},
                                               {Exists{}},
                                               {StringRange{"9", std::nullopt, true, false, true}},
                                               {Glob{{"cmd.ex?"}, false, true}}}));

  EXPECT_THAT(field.Bytes("cmd.exe"), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(field.Bytes("sh"), ElementsAre(0, 5, 8, 9));
  EXPECT_THAT(field.Bytes("Cmd.Exe"), ElementsAre(5, 6, 8, 9));
  EXPECT_THAT(field.Bytes("10"), ElementsAre(5, 8, 9)) << "numbers compare as numbers";
  EXPECT_THAT(field.Bytes("8.5"), ElementsAre(5, 8));
  EXPECT_THAT(field.Bytes(""), ElementsAre(5, 8)) << "an empty value exists";
}

TEST(FieldDecider, SharesHitsAmongLeavesAndNamesEachOnce) {
  Decided field(
      OneField(ColumnKind::kString, {{Glob{{"", "abc", ""}}, Glob{{"abc", ""}}, Term{"abc"}},
                                     {Glob{{"", "abc", ""}}},
                                     {Term{"abc"}, Term{"abc"}}}));

  EXPECT_THAT(field.Bytes("abc"), ElementsAre(0, 1, 2));
  EXPECT_THAT(field.Bytes("xabc"), ElementsAre(0, 1));
  EXPECT_EQ(field.decider().patterns()->size(), 1U);
}

TEST(FieldDecider, FindsAllFrontsAndEndsOfAValue) {
  Decided field(OneField(ColumnKind::kString, {{Glob{{"a", ""}}},
                                               {Glob{{"ab", ""}}},
                                               {Glob{{"abab", ""}}},
                                               {Glob{{"b", ""}}},
                                               {Glob{{"", "b"}}},
                                               {Glob{{"", "ab"}}},
                                               {Glob{{"", "aab"}}},
                                               {Glob{{std::string("a\0", 2), ""}}}}));

  EXPECT_THAT(field.Bytes("abab"), ElementsAre(0, 1, 2, 4, 5));
  EXPECT_THAT(field.Bytes("ab"), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(field.Bytes("aab"), ElementsAre(0, 4, 5, 6));
  EXPECT_THAT(field.Bytes("abz"), ElementsAre(0, 1));
  EXPECT_THAT(field.Bytes(std::string("a\0", 2)), ElementsAre(0, 7));
  EXPECT_THAT(field.Bytes(""), IsEmpty());
  EXPECT_THAT(field.Bytes("\xFF"), IsEmpty());
}

TEST(FieldDecider, SeesNoValueBeyondIgnoreAbove) {
  Decided field(OneField(ColumnKind::kString,
                         {{Exists{}}, {Glob{{"", ""}}}, {Term{"abcd"}}, {Glob{{"", "b", ""}}}}, 3));

  EXPECT_THAT(field.Bytes("abc"), ElementsAre(0, 1, 3));
  EXPECT_THAT(field.Bytes("abcd"), IsEmpty());
  EXPECT_THAT(field.Bytes("ééé"), ElementsAre(0, 1)) << "units, not bytes";
  EXPECT_THAT(field.Bytes("éééé"), IsEmpty());
  EXPECT_THAT(field.Bytes("😀a"), ElementsAre(0, 1)) << "a pair and a letter";
  EXPECT_THAT(field.Bytes("😀😀"), IsEmpty());
}

TEST(FieldDecider, DecidesTextByItsTokens) {
  Decided field(OneField(ColumnKind::kText, {{TextAny{{"failed", "denied"}}},
                                             {TextPhrase{{"login", "failed"}}},
                                             {TextPhrase{{"root"}}},
                                             {TextGlob{Glob{{"log", ""}}}},
                                             {TextGlob{Glob{{"", "og", ""}}}},
                                             {Exists{}},
                                             {TextGlob{Glob{{"", ""}}}}}));

  EXPECT_THAT(field.Bytes("LOGIN failed for Root"), ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_THAT(field.Bytes("failed login"), ElementsAre(0, 3, 4, 5, 6));
  EXPECT_THAT(field.Bytes("login login"), ElementsAre(3, 4, 5, 6)) << "the phrase is cut short";
  EXPECT_THAT(field.Bytes("a dog"), ElementsAre(4, 5, 6));
  EXPECT_THAT(field.Bytes("..."), ElementsAre(5)) << "a text without tokens exists";
}

TEST(FieldDecider, DecidesAddressesByPrefixAndRange) {
  Decided field(
      OneField(ColumnKind::kAddress,
               {{*ParseIpPrefix("10.0.0.0/8"), *ParseIpPrefix("192.168.0.0/16")},
                {*ParseIpPrefix("0.0.0.0/0")},
                {*ParseIpPrefix("::/0")},
                {SingleAddress(*ParseIpAddress("10.1.2.3"))},
                {*ParseIpPrefix("fe80::/10")},
                {AddressRange{*ParseIpAddress("10.1.2.3"), *ParseIpAddress("10.1.2.5")}},
                {AddressRange{*ParseIpAddress("ffff::"),
                              *ParseIpAddress("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}},
                {Exists{}}}));

  EXPECT_THAT(field.Address("10.1.2.3"), ElementsAre(0, 1, 2, 3, 5, 7));
  EXPECT_THAT(field.Address("::ffff:10.1.2.5"), ElementsAre(0, 1, 2, 5, 7)) << "mapped";
  EXPECT_THAT(field.Address("10.1.2.6"), ElementsAre(0, 1, 2, 7));
  EXPECT_THAT(field.Address("192.168.255.255"), ElementsAre(0, 1, 2, 7));
  EXPECT_THAT(field.Address("192.169.0.0"), ElementsAre(1, 2, 7));
  EXPECT_THAT(field.Address("febf::"), ElementsAre(2, 4, 7));
  EXPECT_THAT(field.Address("::"), ElementsAre(2, 7));
  EXPECT_THAT(field.Address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ElementsAre(2, 6, 7));
  EXPECT_THAT(field.Bytes("10.1.2.3"), ElementsAre(7)) << "not 16 bytes";
}

TEST(FieldDecider, DecidesIntegersUpToTheirEnds) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  Decided field(OneField(ColumnKind::kInteger, {{IntegerRange{kMin, kMax}},
                                                {IntegerRange{5, 5}, IntegerRange{7, 9}},
                                                {IntegerRange{kMax, kMax}},
                                                {IntegerRange{kMin, kMin}},
                                                {IntegerRange{9, 5}},
                                                {IntegerRange{8, kMax}}}));

  EXPECT_THAT(field.Integer(5), ElementsAre(0, 1));
  EXPECT_THAT(field.Integer(6), ElementsAre(0));
  EXPECT_THAT(field.Integer(9), ElementsAre(0, 1, 5));
  EXPECT_THAT(field.Integer(kMax), ElementsAre(0, 2, 5));
  EXPECT_THAT(field.Integer(kMin), ElementsAre(0, 3));
  EXPECT_THAT(field.Integer(kMax - 1), ElementsAre(0, 5));
}

TEST(FieldDecider, DecidesFloatsWithOpenAndClosedEnds) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Decided field(OneField(ColumnKind::kFloat, {{FloatRange{0, 1, true, true}},
                                              {FloatRange{0, 1, false, false}},
                                              {FloatRange{-kInfinity, kInfinity, true, true}},
                                              {FloatRange{-kInfinity, kInfinity, false, false}},
                                              {FloatRange{kInfinity, kInfinity, true, true}},
                                              {FloatRange{kInfinity, kInfinity, false, true}},
                                              {FloatRange{-0.0, 0.0, true, true}}}));

  EXPECT_THAT(field.Float(0), ElementsAre(0, 2, 3, 6));
  EXPECT_THAT(field.Float(-0.0), ElementsAre(0, 2, 3, 6));
  EXPECT_THAT(field.Float(0.5), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(field.Float(1), ElementsAre(0, 2, 3));
  EXPECT_THAT(field.Float(std::nextafter(1, 2)), ElementsAre(2, 3));
  EXPECT_THAT(field.Float(kInfinity), ElementsAre(2, 4));
  EXPECT_THAT(field.Float(-kInfinity), ElementsAre(2));
  EXPECT_THAT(field.Float(std::numeric_limits<double>::quiet_NaN()), IsEmpty());
}

TEST(FieldDecider, RefusesWhatItCannotDecide) {
  const auto delegated = FieldDecider::Make(OneField(ColumnKind::kDelegated, {{Exists{}}}), 0);
  ASSERT_FALSE(delegated);
  EXPECT_EQ(delegated.error().code, ErrorCode::kUsage);

  const auto wrong =
      FieldDecider::Make(OneField(ColumnKind::kInteger, {{Exists{}}, {Term{"x"}}}), 0);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(wrong.error().message, HasSubstr("leaf 1 asks field 'field'"));
}

TEST(FieldDecider, DecidesNothingForAFieldWithoutLeaves) {
  Decided field(OneField(ColumnKind::kString, {}));

  EXPECT_THAT(field.Bytes("x"), IsEmpty());
  EXPECT_THAT(field.decider().leaves(), IsEmpty());
}

TEST(FieldDecider, DecidesValuesOfManyMegabytes) {
  Decided field(OneField(ColumnKind::kString, {{Glob{{"", "needle", ""}}},
                                               {Glob{{"", "needle"}}},
                                               {Glob{{"xx", ""}}},
                                               {Term{"needle"}},
                                               {Glob{{"x", "need", "le"}}}}));
  std::string value(3U << 20U, 'x');

  EXPECT_THAT(field.Bytes(value), ElementsAre(2));
  EXPECT_THAT(field.Bytes(value + "needle"), ElementsAre(0, 1, 2, 4));
}

TEST(FieldDecider, DecidesTenThousandLeavesAtOnce) {
  std::vector<std::vector<Atom>> leaves;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    switch (i % 4) {
      case 0:
        leaves.push_back({Term{"value" + number}});
        break;
      case 1:
        leaves.push_back({Glob{{"value" + number, ""}}});
        break;
      case 2:
        leaves.push_back({Glob{{"", "e" + number}}});
        break;
      default:
        leaves.push_back({Glob{{"v", "lue" + number, ""}}});
        break;
    }
  }
  Decided field(OneField(ColumnKind::kString, std::move(leaves)));

  EXPECT_THAT(field.decider().patterns()->fallbacks(), IsEmpty());
  EXPECT_THAT(field.Bytes("value7777"), ElementsAre(7, 77, 777, 7777));
  EXPECT_THAT(field.Bytes("value8888"), ElementsAre(8888));
  EXPECT_THAT(field.Bytes("value9995"), ElementsAre(9, 99, 999, 9995));
}

TEST(FieldDecider, HoldsManyOverlappingRangesInLittleMemory) {
  // A list per elementary interval would be 400,000,000 positions.
  std::vector<std::vector<Atom>> leaves;
  for (std::int64_t i = 0; i < 20'000; ++i) leaves.push_back({IntegerRange{i, 1'000'000}});
  Decided field(OneField(ColumnKind::kInteger, std::move(leaves)));

  EXPECT_THAT(field.Integer(-1), IsEmpty());
  EXPECT_THAT(field.Integer(2), ElementsAre(0, 1, 2));
  EXPECT_EQ(field.Integer(1'000'000).size(), 20'000U);
  EXPECT_THAT(field.Integer(1'000'001), IsEmpty());
}

TEST(FieldDecider, AgreesWithTheJudgeOnRandomStrings) {
  RandomLeaves random(1);
  PatternLimits few;
  few.literals = 5;
  for (int round = 0; round < 24; ++round) {
    Decided field(random.NextProgram(ColumnKind::kString, 60),
                  round % 3 == 0 ? few : PatternLimits{});
    for (int i = 0; i < 250; ++i) field.Bytes(random.NextString());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST(FieldDecider, AgreesWithTheJudgeOnRandomTexts) {
  RandomLeaves random(2);
  for (int round = 0; round < 12; ++round) {
    Decided field(random.NextProgram(ColumnKind::kText, 40));
    for (int i = 0; i < 100; ++i) field.Bytes(random.NextText());
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST(FieldDecider, AgreesWithTheJudgeOnRandomAddresses) {
  RandomLeaves random(3);
  for (int round = 0; round < 20; ++round) {
    Decided field(random.NextProgram(ColumnKind::kAddress, 100));
    for (int i = 0; i < 150; ++i) field.Bytes(BytesOf(random.NextAddress()));
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST(FieldDecider, AgreesWithTheJudgeOnRandomNumbers) {
  RandomLeaves random(4);
  for (int round = 0; round < 20; ++round) {
    Decided integers(random.NextProgram(ColumnKind::kInteger, 50));
    Decided floats(random.NextProgram(ColumnKind::kFloat, 50));
    for (int i = 0; i < 250; ++i) {
      integers.Integer(random.NextInteger());
      floats.Float(random.NextFloat());
    }
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

}  // namespace
}  // namespace tripline::jit
