#include "runtime/term.h"

#include <gtest/gtest.h>

#include "base/ip.h"

namespace tripline::runtime {
namespace {

TEST(Term, BecomesTypedJson) {
  const std::string term = StringTerm("/tmp/\"x\"\n") + IntegerTerm(-443) + BooleanTerm(true);

  EXPECT_EQ(TermToJson(term), R"(["/tmp/\"x\"\n",-443,true])");
}

TEST(Term, ShowsFloatsDatesAndAddressesInTheirUsualForm) {
  const std::string term = FloatTerm(0.5) + DateTerm(*ParseDate("2026-05-01T00:00:00.250Z")) +
                           AddressTerm(*ParseIpAddress("10.0.0.1"));

  EXPECT_EQ(TermToJson(term), R"([0.5,"2026-05-01T00:00:00.250Z","10.0.0.1"])");
}

TEST(Term, OfOtherKindOrOtherCutIsAnotherTerm) {
  EXPECT_NE(StringTerm("1"), IntegerTerm(1));
  EXPECT_NE(StringTerm("ab") + StringTerm("c"), StringTerm("a") + StringTerm("bc"));
  EXPECT_NE(StringTerm(""), std::string());
}

TEST(Term, KnowsOneZero) { EXPECT_EQ(FloatTerm(-0.0), FloatTerm(0.0)); }

TEST(Term, KeepsEveryByteOfAString) {
  const std::string nul("a\0b", 3);

  EXPECT_EQ(TermToJson(StringTerm(nul)), R"(["a\u0000b"])");
  EXPECT_EQ(TermToJson(StringTerm("\xC3\xA4")), "[\"\xC3\xA4\"]");
}

TEST(Term, PrintsBytesThatAreNotUtf8AsReplacementCharacters) {
  EXPECT_EQ(TermToJson(StringTerm("\xFF")), "[\"\xEF\xBF\xBD\"]");
}

TEST(Term, CountsItsValuesAndRefusesHalfOnes) {
  const std::string term = StringTerm("abc") + IntegerTerm(7);

  EXPECT_EQ(NumTermValues(term), 2U);
  EXPECT_EQ(NumTermValues(""), 0U);
  EXPECT_EQ(NumTermValues("?"), 0U);
  for (std::size_t size = 1; size < term.size(); ++size) {
    EXPECT_EQ(NumTermValues(std::string_view(term).substr(0, size)),
              size == StringTerm("abc").size() ? 1U : 0U);
  }
}

}  // namespace
}  // namespace tripline::runtime
