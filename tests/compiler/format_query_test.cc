#include "compiler/format_query.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "grammar/ast.h"
#include "grammar/parse.h"

namespace tripline::compiler {
namespace {

std::string Format(const std::string& query, std::size_t width = 100) {
  return FormatQuery({"query", query, {}}, width).value_or("none");
}

std::string TreeOf(const std::string& query) {
  const auto ast = grammar::Parse({"query", query, {}});
  return ast ? Print(*ast) : "no query: " + query;
}

TEST(FormatQuery, WritesOneLineWhereItHoldsAll) {
  EXPECT_EQ(Format("a:1 AND (b : (x OR y))"), "a : 1 and b : (x or y)");
  EXPECT_EQ(Format("not   a:\"x  y\""), "not a : \"x  y\"");
  EXPECT_EQ(Format("a.b:*  and  c>=5"), "a.b : * and c >= 5");
  EXPECT_EQ(Format("n:{a:1 and b:2}"), "n : { a : 1 and b : 2 }");
  EXPECT_EQ(Format("not f:(a or not b)"), "not f : (a or not b)");
  EXPECT_EQ(Format("bare \"word s\""), Format(Format("bare \"word s\"")));
}

TEST(FormatQuery, GivesEveryOperandALineWhereOneDoesNotHoldAll) {
  EXPECT_EQ(Format("alpha:(one or two or three) and not (beta:1 or gamma:2)", 20),
            "alpha : (\n"
            "  one or\n"
            "  two or\n"
            "  three\n"
            ") and\n"
            "not (\n"
            "  beta : 1 or\n"
            "  gamma : 2\n"
            ")");
}

TEST(FormatQuery, GivesNothingForWhatIsNoQuery) {
  EXPECT_EQ(Format("a : (b"), "none");
  EXPECT_EQ(Format("a : "), "none");
}

// Trees of every shape, at every width.
TEST(FormatQuery, KeepsTheTreeAndIsAFixedPoint) {
  std::mt19937_64 random(21);
  const auto any = [&random](std::size_t size) { return random() % size; };
  const auto leaf = [&]() -> std::string {
    switch (any(6)) {
      case 0:
        return "f" + std::to_string(any(3)) + ">" + std::to_string(any(9));
      case 1:
        return "f" + std::to_string(any(3)) + ":(v1 or \"v 2\" and not v*3)";
      case 2:
        return "word" + std::to_string(any(3));
      case 3:
        return "p:{ c :1 or d: (x and y) }";
      default:
        return "f" + std::to_string(any(3)) + " : v\\:" + std::to_string(any(9));
    }
  };
  for (int trial = 0; trial < 3000; ++trial) {
    std::string query = leaf();
    for (std::size_t i = any(12); i > 0; --i) {
      const std::string word = any(2) == 0 ? " and " : "\n OR ";
      switch (any(4)) {
        case 0:
          query = "(" + query + ")" + word + leaf();
          break;
        case 1:
          query = "NOT (" + query + ")";
          break;
        case 2:
          query = leaf() + word + "(" + query + word + leaf() + ")";
          break;
        default:
          query += word + leaf();
      }
    }
    const std::size_t width = 10 + any(100);
    const std::string formatted = Format(query, width);
    ASSERT_NE(formatted, "none") << query;
    ASSERT_EQ(TreeOf(formatted), TreeOf(query)) << query << "\n" << formatted;
    ASSERT_EQ(Format(formatted, width), formatted) << query;
  }
}

TEST(FormatQuery, IsQuickHoweverDeepAndWide) {
  std::string deep = "a : 1";
  for (int i = 0; i < 60; ++i) {
    deep = "(" + deep + " and b : 2) or c : 3";
  }
  EXPECT_EQ(TreeOf(Format(deep)), TreeOf(deep));
  std::string wide = "f : (v0";
  for (int i = 1; i < 20'000; ++i) {
    wide += " or v" + std::to_string(i);
  }
  wide += ")";
  EXPECT_EQ(TreeOf(Format(wide)), TreeOf(wide));
}

}  // namespace
}  // namespace tripline::compiler
