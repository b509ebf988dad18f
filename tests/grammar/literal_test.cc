// Literals as Parse() gives them: escapes, quotes, wildcards, words, trimming.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_text.h"
#include "grammar/ast.h"
#include "grammar/parse.h"

namespace tripline::grammar {
namespace {

struct Row {
  std::string_view query;
  std::string_view tree;  // or "offset N"
};

template <std::size_t n>
void ExpectTrees(const Row (&rows)[n]) {
  for (const Row& row : rows) {
    const auto ast = Parse({"query", std::string(row.query), {}, {}});
    EXPECT_EQ(ast ? Print(*ast) : "offset " + std::to_string(ast.error()[0].utf16_offset), row.tree)
        << "query: [" << row.query << "]";
  }
}

Literal ValueOf(std::string_view query) {
  const auto ast = Parse({"query", std::string(query), {}, {}});
  EXPECT_TRUE(ast) << query;
  return ast ? std::get<IsNode>(ast->nodes.at(0).data).value : Literal();
}

TEST(Literal, AnUnquotedOneRunsToTheNextSignAndIsTrimmed) {
  ExpectTrees({
      {"field: foo bar ", "(is 'field' 'foo bar')"},
      {"a:(b  c)", "(is 'a' 'b  c')"},
      {"a b : c\nd", "(is 'a b' 'c\\x0ad')"},
      {"a:\u3000b\u2003", "(is 'a' 'b')"},
      {"a:\uFEFFb\u2028\u2029", "(is 'a' 'b')"},
      {"a:\u1680\u200A\u202F\u205Fb\v\f", "(is 'a' 'b')"},
      // The zero width space is no whitespace.
      {"a:\u200Bb", "(is 'a' '\u200Bb')"},
      // Trimming follows decoding.
      {"a:\\tb\\n", "(is 'a' 'b')"},
      {"a:\\u0020b\\u00a0", "(is 'a' 'b')"},
      {"a:\\t", "(is 'a' '')"},
      {"a: \u3000 *", "(is 'a' *)"},
  });
}

TEST(Literal, NullTrueAndFalseAreTypedInLowerCaseOnly) {
  ExpectTrees({
      {"a: null", "(is 'a' null)"},
      {"a: true", "(is 'a' true)"},
      {"a: false", "(is 'a' false)"},
      {"a: True", "(is 'a' 'True')"},
      {"a: NULL", "(is 'a' 'NULL')"},
      {"a: \"true\"", "(is 'a' \"true\")"},
      {"a: \"null\"", "(is 'a' \"null\")"},
      {"a: nulls", "(is 'a' 'nulls')"},
      {"a: \\u0074rue", "(is 'a' true)"},
      {"a > true", "(range 'a' > true)"},
      {"null: x", "(is null 'x')"},
      {"true: x", "(is true 'x')"},
      {"a: (true or null)", "(or (is 'a' true) (is 'a' null))"},
  });
}

TEST(Literal, NumbersStayText) {
  ExpectTrees({
      {"a: 5", "(is 'a' '5')"},
      {"a: 007", "(is 'a' '007')"},
      {"a >= -1.50e3", "(range 'a' >= '-1.50e3')"},
      {"a: 12345678901234567890", "(is 'a' '12345678901234567890')"},
  });
}

TEST(Literal, UnescapedStarsMakeAWildcard) {
  ExpectTrees({
      {"a: *", "(is 'a' *)"},
      {"*: *", "(is * *)"},
      {"a: **", "(is 'a' **)"},
      {"a: x*y", "(is 'a' 'x'*'y')"},
      {"a: *x*", "(is 'a' *'x'*)"},
      {"a: * x *", "(is 'a' *' x '*)"},
      {"a.*: b", "(is 'a.'* 'b')"},
      {"a: \\*", "(is 'a' '*')"},
      {"a: x\\*y*", "(is 'a' 'x*y'*)"},
      {"a: \"x*\"", "(is 'a' \"x*\")"},
      {"a: null*", "(is 'a' 'null'*)"},
  });
  EXPECT_EQ(ValueOf("a: *").pieces, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(ValueOf("a: b**c").pieces, (std::vector<std::string>{"b", "", "c"}));
}

TEST(Literal, TheValueOfAComparisonKeepsItsStarsAsText) {
  ExpectTrees({
      {"a > 5*", "(range 'a' > '5*')"},
      {"a > *", "(range 'a' > '*')"},
      {"a > \\**", "(range 'a' > '**')"},
      {"a* > 5", "(range 'a'* > '5')"},
  });
  const auto ast = Parse({"query", "a > 5*", {}, {}});
  ASSERT_TRUE(ast);
  EXPECT_EQ(std::get<RangeNode>(ast->nodes.at(0).data).value.pieces,
            (std::vector<std::string>{"5", ""}));
}

TEST(Literal, ATypedStarMarkIsAStarWhereThereIsOne) {
  ExpectTrees({
      {"a: @kuery-wildcard@", "(is 'a' '@kuery-wildcard@')"},
      {"a: \"@kuery-wildcard@*\"", "(is 'a' \"@kuery-wildcard@*\")"},
      {"a: @kuery-wildcard@*", "(is 'a' **)"},
      {"a: x@kuery-wildcard*", "(is 'a' 'x'*'kuery-wildcard@')"},
      {"a > @kuery-wildcard@*", "(range 'a' > '**')"},
  });
}

TEST(Literal, UnquotedEscapesAreDecoded) {
  ExpectTrees({
      {R"(a: \\\(\)\:\<\>\"\*\{\})", R"((is 'a' '\\():<>"*{}'))"},
      {R"(a: x\ty\rz\nw)", R"((is 'a' 'x\x09y\x0dz\x0aw'))"},
      {R"(a: \u0041\u00e9\u20AC)", "(is 'a' 'A\u00E9\u20AC')"},
      {"a: b \\or c", "(is 'a' 'b or c')"},
      {"a: \\AND", "(is 'a' 'AND')"},
      {"a: \\NOT b", "(is 'a' 'NOT b')"},
      // \n is tried before \not: a line break, trimmed here, and `ot`.
      {"a: \\not b", "(is 'a' 'ot b')"},
      {"a\\:b: c", "(is 'a:b' 'c')"},
      {R"(a: C\:\\Windows\\*)", R"((is 'a' 'C:\\Windows\\'*))"},
      {"a: \\oR", "(is 'a' 'oR')"},
      // An escape that is none.
      {"a: x\\q", "offset 4"},
      {"a: \\", "offset 3"},
      {"a: \\u12", "offset 3"},
      {"a: \\u12g4", "offset 3"},
      {"a: x\\ y", "offset 4"},
      {"a: \\T", "offset 3"},
  });
}

TEST(Literal, QuotedEscapesKeepWhatTheyDoNotKnow) {
  ExpectTrees({
      {R"(a: "x\q")", R"((is 'a' "x\\q"))"},
      {R"(a: "C:\Windows\*")", R"((is 'a' "C:\\Windows\\*"))"},
      {R"(a: "C:\temp")", R"((is 'a' "C:\x09emp"))"},
      {R"(a: "a\\b\"c")", R"((is 'a' "a\\b\"c"))"},
      {R"(a: "\u0041\u12")", R"((is 'a' "A\\u12"))"},
      {R"(a: "\u00"b)", "offset 9"},
      {R"(a: "")", R"((is 'a' ""))"},
      {R"(a: " b ")", R"((is 'a' " b "))"},
      {R"(a: "(b or c):{}<>*")", R"((is 'a' "(b or c):{}<>*"))"},
      {R"(a: "\or")", R"((is 'a' "\\or"))"},
      {"a: \"b\nc\"", R"((is 'a' "b\x0ac"))"},
      // A backslash at the end escapes the quote that should close.
      {R"(a: "C:\")", "offset 3"},
      {R"(a: "C:\\")", R"((is 'a' "C:\\"))"},
      {R"(a: "b)", "offset 3"},
      {R"("b)", "offset 0"},
  });
}

TEST(Literal, SurrogateEscapesFormPairsAndLoneOnesAreReplaced) {
  EXPECT_EQ(ValueOf("a: \\ud83d\\ude00").text, "\U0001F600");
  EXPECT_EQ(ValueOf("a: \"\\uD83D\\uDE00\"").text, "\U0001F600");
  EXPECT_EQ(ValueOf("a: \\ud83d").text, "\uFFFD");
  EXPECT_EQ(ValueOf("a: \\ude00\\ud83d").text, "\uFFFD\uFFFD");
  EXPECT_EQ(ValueOf("a: \\ud83dx\\ude00").text, "\uFFFDx\uFFFD");
  EXPECT_EQ(ValueOf("a: \\ud83d\\ud83d\\ude00").text, "\uFFFD\U0001F600");
  EXPECT_EQ(ValueOf("a: \\ud83d*\\ude00").pieces, (std::vector<std::string>{"\uFFFD", "\uFFFD"}));
}

TEST(Literal, ControlCharactersAndNulAreOrdinary) {
  const std::string query("a: b\0c\x01", 7);

  const auto ast = Parse({"query", query, {}, {}});

  ASSERT_TRUE(ast);
  EXPECT_EQ(std::get<IsNode>(ast->nodes.at(0).data).value.text, std::string("b\0c\x01", 4));
  EXPECT_EQ(ValueOf("a: \\u0000").text, std::string(1, '\0'));
}

TEST(Literal, AByteOrderMarkIsTrimmedLikeInJavaScript) {
  ExpectTrees({
      {"\uFEFFa: b", "(is 'a' 'b')"},
      {"\uFEFF", "(is null '')"},
      {"\uFEFF(a: b)", "offset 1"},
  });
}

TEST(Literal, SpansReachFromTheFirstToTheLastPiece) {
  EXPECT_EQ(ValueOf("a:  b \\: c  ").span, (Span{4, 10}));
  EXPECT_EQ(ValueOf("a: (\"b\" )").span, (Span{4, 7}));
  EXPECT_TRUE(ValueOf("a: \"b\"").is_quoted);
  EXPECT_FALSE(ValueOf("a: b").is_quoted);
}

}  // namespace
}  // namespace tripline::grammar
