// Where and how the first error is reported: Kibana's offset in UTF-16 units, Kibana's sentence.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "grammar/parse.h"

namespace tripline::grammar {
namespace {

Diagnostic ErrorOf(std::string_view query) {
  const auto ast = Parse({"rule.toml", std::string(query), {14, 9}, {}});
  EXPECT_FALSE(ast) << query;
  return ast ? Diagnostic() : ast.error().at(0);
}

TEST(SyntaxError, OffsetsCountUtf16Units) {
  EXPECT_EQ(ErrorOf("\u00E9:b:c").utf16_offset, 3U);
  EXPECT_EQ(ErrorOf("\u20AC:b:c").utf16_offset, 3U);
  EXPECT_EQ(ErrorOf("\U0001F600:b:c").utf16_offset, 4U);
  EXPECT_EQ(ErrorOf("\"\U0001F600\U0001F600\" x").utf16_offset, 7U);
  EXPECT_EQ(ErrorOf("a:\u00A0").utf16_offset, 3U);
}

TEST(SyntaxError, PointsIntoTheFileAndMarksTheWord) {
  const Diagnostic error = ErrorOf("a: b\nand c: \"x\" yes");

  EXPECT_EQ(error.code, "kql.syntax");
  EXPECT_EQ(error.severity, Severity::kError);
  EXPECT_EQ(error.file, "rule.toml");
  EXPECT_EQ(error.where, (LineColumn{15, 12}));
  EXPECT_EQ(error.line_text, "and c: \"x\" yes");
  EXPECT_EQ(error.caret_begin, 11U);
  EXPECT_EQ(error.caret_end, 14U);
}

TEST(SyntaxError, MarksSignsWithoutTheirBlanks) {
  const Diagnostic error = ErrorOf("a: b not   c");

  EXPECT_EQ(error.caret_begin, 5U);
  EXPECT_EQ(error.caret_end, 8U);
}

struct Row {
  std::string_view query;
  std::string_view message;
};

TEST(SyntaxError, SaysWhatKibanaSays) {
  constexpr Row kRows[] = {
      {")", "Expected \"(\", NOT, end of input, field name, value, whitespace but \")\" found"},
      {"( )", "Expected \"(\", NOT, field name, value, whitespace but \")\" found"},
      {"a or )", "Expected \"(\", NOT, field name, value but \")\" found"},
      {"not )", "Expected \"(\", field name, value but \")\" found"},
      {"a:", R"(Expected "(", "{", value, whitespace but end of input found)"},
      {"a:(", "Expected \"(\", NOT, value, whitespace but end of input found"},
      {"a:(b or ", "Expected \"(\", NOT, value but end of input found"},
      {"a >", "Expected literal, whitespace but end of input found"},
      {"a)",
       "Expected \":\", \"<\", \"<=\", \">\", \">=\", AND, OR, end of input, whitespace but \")\" "
       "found"},
      {"(a", R"lit(Expected ")", ":", "<", "<=", ">", ">=", AND, OR but end of input found)lit"},
      {"a:b)", "Expected AND, OR, end of input but \")\" found"},
      {"n:{a:b", "Expected \"}\", AND, OR but end of input found"},
      {"a:\"x\" y", "Expected end of input but \"y\" found"},
      {"a:\"x\"y", "Expected AND, OR, end of input but \"y\" found"},
      {"\"x\" y", R"(Expected ":", "<", "<=", ">", ">=", end of input, whitespace but "y" found)"},
      {"a:b\\q", R"(Expected AND, OR, end of input but "\" found)"},
      {"a:\"x", R"(Expected "(", "{", value, whitespace but """ found)"},
      {"(a)\U0001F600", "Expected AND, OR, end of input but \"\U0001F600\" found"},
      {"(a)\x01", R"(Expected AND, OR, end of input but "\u0001" found)"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(ErrorOf(row.query).message, row.message) << "query: [" << row.query << "]";
  }
}

TEST(SyntaxError, IsTheOnlyDiagnostic) {
  const auto ast = Parse({"query", "a:b:c and )) or \"", {}, {}});

  ASSERT_FALSE(ast);
  EXPECT_EQ(ast.error().size(), 1U);
}

}  // namespace
}  // namespace tripline::grammar
