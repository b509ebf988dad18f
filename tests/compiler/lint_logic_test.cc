// Lints that compare conditions: always true, always false, superfluous, blocks inside blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/compiler/lint_cases.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LintAlwaysTrue, AConditionOrItsContraryIsSaid) {
  EXPECT_THAT(Found("user.name : x or not user.name : x"),
              ElementsAre("always_true: user.name : x"));
  EXPECT_THAT(Found("not user.name : x or user.name : (x or y)"),
              ElementsAre("always_true: user.name : x"));
  EXPECT_THAT(Found("not user.name : x or user.name : *"),
              ElementsAre("always_true: user.name : x"));
  EXPECT_THAT(Found("process.name : a and (not source.port : 5 or source.port >= 5)"),
              ElementsAre("always_true: source.port : 5"));
  EXPECT_THAT(Found("not (user.name : x and not user.name : x)"),
              ElementsAre("always_false: user.name : x"));
  EXPECT_THAT(Found("process.name : a or *:*"), ElementsAre("always_true: *:*"));
}

TEST(LintAlwaysTrue, TheMessageNamesBothPartsAsTheyStandInTheQuery) {
  EXPECT_THAT(LintsOf("user.name : * or not user.name : *").at(0).message,
              HasSubstr("satisfies `not user.name : *` or `user.name : *`:"));
  EXPECT_THAT(LintsOf("not user.name : x or user.name : *").at(0).message,
              HasSubstr("satisfies `user.name : *` or `not user.name : x`:"));
}

TEST(LintAlwaysTrue, AlternativesThatLeaveEventsOutAreNotSaid) {
  EXPECT_THAT(Found("user.name : x or not user.name : *"), IsEmpty());
  EXPECT_THAT(Found("user.name : x* or not user.name : y*"), IsEmpty());
  EXPECT_THAT(Found("user.name : x or not user.id : x"), IsEmpty());
  EXPECT_THAT(Found("*:*"), IsEmpty());
  EXPECT_THAT(Found("*"), IsEmpty());
  EXPECT_THAT(Found("process.name : a and *:*"), IsEmpty());
}

TEST(LintAlwaysFalse, AConditionAndItsContraryAreSaid) {
  EXPECT_THAT(Found("user.name : x and not user.name : x"),
              ElementsAre("always_false: user.name : x"));
  EXPECT_THAT(Found("user.name : x and not user.name : *"),
              ElementsAre("always_false: user.name : x"));
  EXPECT_THAT(Found("user.name : x and process.name : a and not user.name : (y or x*)"),
              ElementsAre("always_false: user.name : x"));
  EXPECT_THAT(Found("source.ip : 10.1.0.0/16 and not source.ip : 10.0.0.0/8"),
              ElementsAre("always_false: source.ip : 10.1.0.0/16"));
  EXPECT_THAT(Found("not *:*"), ElementsAre("always_false: not *:*"));
  EXPECT_THAT(LintsOf("user.name : x and not user.name : *").at(0).message,
              HasSubstr("no event satisfies this part"));
}

TEST(LintAlwaysFalse, TheMessageNamesBothPartsAsTheyStandInTheQuery) {
  EXPECT_THAT(LintsOf("user.name : x and not user.name : *").at(0).message,
              HasSubstr("`not user.name : *` and `user.name : x` exclude each other"));
  EXPECT_THAT(LintsOf("not (user.name : x and not user.name : x)").at(0).message,
              HasSubstr("`not user.name : x` and `user.name : x` exclude each other"));
  EXPECT_THAT(LintsOf("user.name : (x or y) and not user.name : x").at(0).message,
              HasSubstr("`not user.name : x` and `user.name : x` exclude each other"));
}

TEST(LintAlwaysFalse, AnAlternativeThatWhatStandsAroundExcludesIsSaid) {
  EXPECT_THAT(Found("user.name : (x or y) and not user.name : x"), ElementsAre("always_false: x"));
  EXPECT_THAT(Found("file.path : (*/a/*mcp* or */b/*) and not file.path : (*/c/* or */a/*)"),
              ElementsAre("always_false: */a/*mcp*"));
  EXPECT_THAT(
      Found("not user.name : x and (process.name : a or (process.name : b and user.name : x))"),
      ElementsAre("always_false: user.name : x"));
}

TEST(LintAlwaysFalse, FieldsWithSeveralValuesCanHaveBoth) {
  EXPECT_THAT(Found("process.args : a and process.args : b"), IsEmpty());
  EXPECT_THAT(Found("process.args : (a and b)"), IsEmpty());
  EXPECT_THAT(Found("user.name : x and not user.name : y"), IsEmpty());
  EXPECT_THAT(Found("user.name : x* and not user.name : xy*"), IsEmpty());
  EXPECT_THAT(Found("user.name : * and not user.name : x"), IsEmpty());
}

TEST(LintRedundant, ValuesThatAnotherCoversAreSaid) {
  EXPECT_THAT(Found("user.name : (x or x*)"), ElementsAre("redundant: x"));
  EXPECT_THAT(Found("user.name : (*.a.com or *b.a.com or c)"), ElementsAre("redundant: *b.a.com"));
  EXPECT_THAT(Found("user.name : (x or y or x)"), ElementsAre("redundant: x"));
  EXPECT_THAT(Found("user.name : x or user.name : *"), ElementsAre("redundant: user.name : x"));
  EXPECT_THAT(Found("not user.name : x and not user.name : x*"),
              ElementsAre("redundant: user.name : x"));
  EXPECT_THAT(Found("source.port : 5 or source.port > 4"),
              ElementsAre("redundant: source.port : 5"));
  EXPECT_THAT(Found("message : geth or message : op-geth"),
              ElementsAre("redundant: message : geth"));
  EXPECT_THAT(LintsOf("user.name : (x or y or \"x\")").at(0).message,
              HasSubstr("beside `user.name : x`"));
}

TEST(LintRedundant, GroupsThatAnotherConditionDecidesAreSaid) {
  EXPECT_THAT(Found("user.name : x or (user.name : x and process.name : a)"),
              ElementsAre("redundant: user.name : x and process.name : a"));
  EXPECT_THAT(Found("user.name : x and (user.name : x or process.name : a)"),
              ElementsAre("redundant: user.name : x or process.name : a"));
  EXPECT_THAT(Found("user.name : (x or y or z*) or (user.name : (x or zz) and process.name : a)"),
              ElementsAre("redundant: user.name : (x or zz)"));
}

TEST(LintRedundant, ConditionsThatDecideSomethingAreNotSaid) {
  EXPECT_THAT(Found("user.name : (x or X or xy or *y*z*)"), IsEmpty());
  EXPECT_THAT(Found("aws.enabled : (true or \"true\")"), IsEmpty());
  EXPECT_THAT(Found("user.name : x or user.id : x"), IsEmpty());
  EXPECT_THAT(Found("user.name : * and user.name : x"), IsEmpty());
  EXPECT_THAT(Found("(user.name : x and process.name : a) or (user.name : x and process.name : b)"),
              IsEmpty());
  EXPECT_THAT(Found("user.name : x or (user.name : (x or y) and process.name : b)"), IsEmpty());
  EXPECT_THAT(Found("event.type : start and not (event.type : start and not user.name : x)"),
              ElementsAre("redundant: event.type : start"));
}

TEST(LintSubnetInside, BlocksAndAddressesInsideABlockAreSaidTogether) {
  EXPECT_THAT(Found("source.ip : (10.0.0.0/8 or 10.1.0.0/16)"),
              ElementsAre("subnet_inside: 10.1.0.0/16"));
  EXPECT_THAT(
      Found("not source.ip : (10.1.2.3 or 192.168.0.0/16 or 10.0.0.0/8 or \"10.2.0.0/16\")"),
      ElementsAre("subnet_inside: 10.1.2.3"));
  EXPECT_THAT(LintsOf("source.ip : (10.1.2.3 or \"10.0.0.0/8\" or 10.2.0.0/16)").at(0).message,
              HasSubstr("10.1.2.3, 10.2.0.0/16 lie inside of `source.ip : \"10.0.0.0/8\"`"));
  EXPECT_THAT(Found("source.ip : (10.0.0.1 or 10.0.0.1)"), ElementsAre("redundant: 10.0.0.1"));
}

TEST(LintSubnetInside, OfBlocksThatMustBothHoldTheWiderOneIsRedundant) {
  EXPECT_THAT(Found("source.ip : (10.0.0.0/8 and 10.1.0.0/16)"),
              ElementsAre("redundant: 10.0.0.0/8"));
  EXPECT_THAT(LintsOf("source.ip : (10.0.0.0/8 and 10.1.0.0/16)").at(0).message,
              HasSubstr("changes nothing beside `source.ip : 10.1.0.0/16`"));
}

TEST(LintSubnetInside, OtherBlocksAndOtherFieldsAreNotSaid) {
  EXPECT_THAT(Found("source.ip : (10.0.0.0/8 or 172.16.0.0/12 or \"fe80::/10\")"), IsEmpty());
  EXPECT_THAT(Found("source.ip : 10.0.0.0/8 or destination.ip : 10.1.0.0/16"), IsEmpty());
  EXPECT_THAT(Found("source.ip : 10.0.0.0/8 and not source.ip : 10.1.0.0/16"), IsEmpty());
}

TEST(LintLogic, AHugeListIsReadInReasonableTimeAndItsDoublesAreFound) {
  std::string query = "user.name : (first or first";
  for (int i = 0; i < 20'000; ++i) {
    query += " or a" + std::to_string(i) + "*b";
  }

  EXPECT_THAT(Found(query + ")"), ElementsAre("redundant: first"));
}

}  // namespace
}  // namespace tripline::compiler
