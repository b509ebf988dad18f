// What Parse() accepts, and the tree it gives: every production and every oddity of the language.
#include "grammar/parse.h"
#include "base/source_text.h"
#include "grammar/ast.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::grammar {
namespace {

// The printed tree, or "offset N" of the error.
std::string TreeOf(std::string_view query) {
  const auto ast = Parse({"query", std::string(query), {}, {}});
  return ast ? Print(*ast) : "offset " + std::to_string(ast.error()[0].utf16_offset);
}

struct Row {
  std::string_view query;
  std::string_view tree;
};

template <std::size_t n>
void ExpectTrees(const Row (&rows)[n]) {
  for (const Row& row : rows) {
    EXPECT_EQ(TreeOf(row.query), row.tree) << "query: [" << row.query << "]";
  }
}

TEST(Parse, ReadsEveryKindOfCondition) {
  ExpectTrees({
      {"a: b", "(is 'a' 'b')"},
      {"a : b", "(is 'a' 'b')"},
      {"a:b", "(is 'a' 'b')"},
      {R"("a":"b")", R"((is "a" "b"))"},
      {"\"a\" :b", "(is \"a\" 'b')"},
      {"b", "(is null 'b')"},
      {"\"b\"", "(is null \"b\")"},
      {"a < 5", "(range 'a' < '5')"},
      {"a <= 5", "(range 'a' <= '5')"},
      {"a > 5", "(range 'a' > '5')"},
      {"a >= 5", "(range 'a' >= '5')"},
      {"a>\"5\"", "(range 'a' > \"5\")"},
      {"a: (b)", "(is 'a' 'b')"},
      {"a: (b or c)", "(or (is 'a' 'b') (is 'a' 'c'))"},
      {"a: (b and c)", "(and (is 'a' 'b') (is 'a' 'c'))"},
      {"a: (not b)", "(not (is 'a' 'b'))"},
      {"n: { a: b }", "(nested 'n' (is 'a' 'b'))"},
      {"n:{a:b}", "(nested 'n' (is 'a' 'b'))"},
      {"(a: b)", "(is 'a' 'b')"},
      {"not a: b", "(not (is 'a' 'b'))"},
      {"not (a: b)", "(not (is 'a' 'b'))"},
  });
}

TEST(Parse, BindsNotBeforeAndBeforeOr) {
  ExpectTrees({
      {"a and b or c", "(or (and (is null 'a') (is null 'b')) (is null 'c'))"},
      {"a or b and c", "(or (is null 'a') (and (is null 'b') (is null 'c')))"},
      {"not a and b", "(and (not (is null 'a')) (is null 'b'))"},
      {"not a or not b", "(or (not (is null 'a')) (not (is null 'b')))"},
      {"a: (b and c or d)", "(or (and (is 'a' 'b') (is 'a' 'c')) (is 'a' 'd'))"},
      {"a: (not b or c)", "(or (not (is 'a' 'b')) (is 'a' 'c'))"},
  });
}

TEST(Parse, KeepsRowsFlatAndGroupsNested) {
  ExpectTrees({
      {"a or b or c or d", "(or (is null 'a') (is null 'b') (is null 'c') (is null 'd'))"},
      {"a and b and c", "(and (is null 'a') (is null 'b') (is null 'c'))"},
      {"(a or b) or c", "(or (or (is null 'a') (is null 'b')) (is null 'c'))"},
      {"a and (b and c)", "(and (is null 'a') (and (is null 'b') (is null 'c')))"},
      {"((a))", "(is null 'a')"},
      {"a: ((b or c) or d)", "(or (or (is 'a' 'b') (is 'a' 'c')) (is 'a' 'd'))"},
      {"a: (not (b or c))", "(not (or (is 'a' 'b') (is 'a' 'c')))"},
      {"not (not a)", "(not (not (is null 'a')))"},
      {"n: { a: (b or c) and not d: e }",
       "(nested 'n' (and (or (is 'a' 'b') (is 'a' 'c')) (not (is 'd' 'e'))))"},
      {"n: { m: { a > 1 } }", "(nested 'n' (nested 'm' (range 'a' > '1')))"},
  });
}

TEST(Parse, KeywordsIgnoreCaseAndTakeAnyBlanks) {
  ExpectTrees({
      {"a OR b", "(or (is null 'a') (is null 'b'))"},
      {"a Or b", "(or (is null 'a') (is null 'b'))"},
      {"a aNd b", "(and (is null 'a') (is null 'b'))"},
      {"NoT a", "(not (is null 'a'))"},
      {"a\nor\tb", "(or (is null 'a') (is null 'b'))"},
      {"a \r\n and \t b", "(and (is null 'a') (is null 'b'))"},
      {"a\u00A0or\u00A0b", "(or (is null 'a') (is null 'b'))"},
      {"not\u00A0 a", "(not (is null 'a'))"},
      {" \n\u00A0 a : b\t ", "(is 'a' 'b')"},
      {"(\u00A0a\n)", "(is null 'a')"},
      // No other character is a blank to a keyword.
      {"a\u3000or\u3000b", "(is null 'a\u3000or\u3000b')"},
      {"a\vor\vb", "(is null 'a\\x0bor\\x0bb')"},
  });
}

TEST(Parse, AnEmptyQueryMatchesEverything) {
  ExpectTrees({{"", "(is * *)"}, {" ", "(is * *)"}, {"\n\t \u00A0", "(is * *)"}});
}

TEST(Parse, AKeywordWithoutItsBlanksIsAWord) {
  ExpectTrees({
      {"a:not", "(is 'a' 'not')"},
      {"a:or", "(is 'a' 'or')"},
      {"and", "(is null 'and')"},
      {"not", "(is null 'not')"},
      {"a:foo not", "(is 'a' 'foo not')"},
      {"foo:bar or", "(is 'foo' 'bar or')"},
      {"or:a", "(is 'or' 'a')"},
      {"or b", "(is null 'or b')"},
      {" or b", "(is null 'or b')"},
      {"a: or b", "(is 'a' 'or b')"},
      {"a: (or b)", "(is 'a' 'or b')"},
      {"( and b)", "(is null 'and b')"},
      {"a or or b", "(or (is null 'a') (is null 'or b'))"},
      {"a and or b", "(and (is null 'a') (is null 'or b'))"},
      {"a > or b", "(range 'a' > 'or b')"},
      {"order and candy", "(and (is null 'order') (is null 'candy'))"},
      {"not:a", "(is 'not' 'a')"},
      {"a and: b", "(is 'a and' 'b')"},
      {"notes: knots", "(is 'notes' 'knots')"},
  });
}

TEST(Parse, NotNeedsNoWordBoundaryBeforeIt) {
  ExpectTrees({
      {"a:cannot open", "offset 5"},
      {"a:knot b", "offset 3"},
      {"cannot open", "offset 3"},
      {"a:nnot x", "offset 3"},
      {"a:foo not b", "offset 6"},
      {"a:cannot", "(is 'a' 'cannot')"},
      {"a:\"cannot open\"", "(is 'a' \"cannot open\")"},
      {"a:can\\NOT open", "(is 'a' 'canNOT open')"},
  });
}

TEST(Parse, KeywordsNeedBlanksBesideGroups) {
  ExpectTrees({
      {"not(a:b)", "offset 3"},
      {"a:b and(c:d)", "offset 7"},
      {"a:(b)or c:d", "offset 5"},
      {"(a) or(b)", "offset 4"},
      {"(a)and (b)", "offset 3"},
      {"n:{a:b}or c", "offset 7"},
      {"a:\"x\"and b", "offset 5"},
      {"(a) or (b)", "(or (is null 'a') (is null 'b'))"},
  });
}

TEST(Parse, RefusesWhatKibanaRefuses) {
  ExpectTrees({
      {"not not a:b", "offset 4"},
      {"a:not b", "offset 2"},
      {"a:(not not b)", "offset 7"},
      {"a:(> 5)", "offset 3"},
      {"a:>5", "offset 2"},
      {"a : > 5", "offset 4"},
      {"a > (5)", "offset 4"},
      {"a > 5 < 6", "offset 6"},
      {"a:(b or c:d)", "offset 9"},
      {"a:()", "offset 3"},
      {"()", "offset 1"},
      {"( )", "offset 2"},
      {"a:{}", "offset 3"},
      {"a:2001:db8::1", "offset 6"},
      {"a:b:c", "offset 3"},
      {"a:\"x\" y", "offset 6"},
      {"a:\"x\"y", "offset 5"},
      {"a \"x\"", "offset 2"},
      {"n:(y:{a:b})", "offset 4"},
      {"{a:b}", "offset 0"},
      {"n {a:b}", "offset 2"},
      {"(a:b", "offset 4"},
      {"a:b)", "offset 3"},
      {"(a:b}", "offset 4"},
      {"n:{a:b", "offset 6"},
      {"n:{a:b)", "offset 6"},
      {"a:", "offset 2"},
      {"a:  ", "offset 4"},
      {"a >", "offset 3"},
      {":b", "offset 0"},
      {"> 5", "offset 0"},
      {"a::b", "offset 2"},
      {"a:b and ", "offset 8"},
      {"not ", "offset 4"},
      {"(a):b", "offset 3"},
      {"a:<b>", "offset 2"},
  });
}

TEST(Parse, CommentsAndForeignOperatorsAreOrdinaryText) {
  ExpectTrees({
      {"//x a: b", "(is '//x a' 'b')"},
      {"a:[1 to 5]", "(is 'a' '[1 to 5]')"},
      {"a:/re.*/", "(is 'a' '/re.'*'/')"},
      {"a:b?c", "(is 'a' 'b?c')"},
      {"a = 5", "(is null 'a = 5')"},
      {"a:!b", "(is 'a' '!b')"},
      {"a > = 5", "(range 'a' > '= 5')"},
      {"a && b", "(is null 'a && b')"},
      {"a:1,000", "(is 'a' '1,000')"},
      {"n:{1 TO 5}", "(nested 'n' (is null '1 TO 5'))"},
  });
}

TEST(Parse, GivesLeavesTheirFieldAndSpan) {
  const std::string query = "x: y and (a : (\"b\" or c*)) and d > 5";
  const auto ast = Parse({"query", query, {}, {}});
  ASSERT_TRUE(ast);
  const auto text = [&query](Span span) { return query.substr(span.begin, span.end - span.begin); };

  const Node& quoted = ast->nodes.at(1);
  const Node& list = ast->nodes.at(3);
  const Node& range = ast->nodes.at(4);

  EXPECT_EQ(text(std::get<IsNode>(quoted.data).field.span), "a");
  EXPECT_EQ(text(std::get<IsNode>(quoted.data).value.span), "\"b\"");
  EXPECT_EQ(text(quoted.span), "\"b\"");
  EXPECT_EQ(text(list.span), "a : (\"b\" or c*)");
  EXPECT_EQ(std::get<OrNode>(list.data).operands, (std::vector<NodeId>{1, 2}));
  EXPECT_EQ(text(range.span), "d > 5");
  EXPECT_EQ(text(std::get<RangeNode>(range.data).value.span), "5");
  EXPECT_EQ(text(ast->nodes.at(ast->root).span), query);
  EXPECT_EQ(ast->root, ast->nodes.size() - 1);
}

TEST(Parse, TheFieldOfABareValueIsNullAndNowhere) {
  const auto ast = Parse({"query", "not  curl", {}, {}});
  ASSERT_TRUE(ast);

  const auto& leaf = std::get<IsNode>(ast->nodes.at(0).data);

  EXPECT_EQ(leaf.field.kind, Literal::Kind::kNull);
  EXPECT_EQ(leaf.field.span, (Span{5, 5}));
  EXPECT_EQ(leaf.value.span, (Span{5, 9}));
  EXPECT_EQ(ast->nodes.at(1).span, (Span{0, 9}));
}

}  // namespace
}  // namespace tripline::grammar
