#include "compiler/translate_ast.h"

#include <gtest/gtest.h>

#include <string>

#include "compiler/translate_error.h"
#include "grammar/parse.h"
#include "tests/compiler/translate_cases.h"

namespace tripline::compiler {
namespace {

std::string Translate(const std::string& query) {
  const auto ast =
      grammar::Parse({"--query", query, {}}, {.lone_surrogates = grammar::LoneSurrogates::kKept});
  return ast ? TranslateToAst(*ast) : ErrorJson(ast.error().at(0), query);
}

TEST(TranslateToAst, HasKibanasNodeShapes) { ExpectTranslations("ast", Translate); }

TEST(TranslateToAst, AnswersSyntaxErrorsWithMessageAndOffset) {
  ExpectTranslations("errors", Translate);
}

TEST(TranslateToAst, TakesAnEmptyQueryAsAStarAskedOfAStar) {
  const std::string everything = R"({"type":"function","function":"is","arguments":[)"
                                 R"({"type":"wildcard","value":"@kuery-wildcard@"},)"
                                 R"({"type":"wildcard","value":"@kuery-wildcard@"}]})";

  EXPECT_EQ(Translate(""), everything);
  EXPECT_EQ(Translate(" \t\n"), everything);
}

TEST(TranslateToAst, WritesControlCharactersAsEscapes) {
  EXPECT_EQ(Translate("a:\"x\\ty\nz\""),
            R"({"type":"function","function":"is","arguments":[)"
            R"({"type":"literal","value":"a","isQuoted":false},)"
            R"({"type":"literal","value":"x\ty\nz","isQuoted":true}]})");
}

TEST(TranslateToAst, KeepsTheStarsOfABound) {
  EXPECT_TRUE(
      Translate("a > 5*").ends_with(R"("gt",{"type":"wildcard","value":"5@kuery-wildcard@"}]})"))
      << Translate("a > 5*");
}

TEST(TranslateToAst, KeepsHalfACharacter) {
  const auto value = [](const std::string& query) {
    const std::string answer = Translate(query);
    const std::size_t at = answer.rfind("\"value\":");
    return answer.substr(at + 8, answer.rfind(",\"isQuoted\"") - at - 8);
  };
  EXPECT_EQ(value(R"(a:x\uD800y)"), R"("x\ud800y")");
  EXPECT_EQ(value(R"(a:"\uDBFF\uDFFF\uDFFF")"), "\"\U0010FFFF\\udfff\"");
  EXPECT_EQ(value(R"(a:\ude00\ud83d)"), R"("\ude00\ud83d")");
}

TEST(TranslateToAst, EscapesWhatManyReadersTakeForTheEndOfALine) {
  EXPECT_TRUE(Translate("a:x\u2028y\u2029z\u0085z").contains(R"("x\u2028y\u2029z\u0085z")"));
}

TEST(TranslateToAst, IsOneLineOfJsonAtTheDeepestNesting) {
  const grammar::ParseOptions limits;
  std::string query = "a:b";
  for (std::size_t depth = 0; depth < limits.max_depth; ++depth) {
    query = "n:{" + query + "}";
  }
  ASSERT_TRUE(grammar::Parse({"--query", query, {}}));

  const std::string answer = Translate(query);

  EXPECT_TRUE(answer.starts_with(R"({"type":"function","function":"nested")"));
  EXPECT_FALSE(answer.contains('\n'));
}

TEST(ErrorJson, QuotesTheMessageAndEndsItsSentence) {
  Diagnostic diagnostic;
  diagnostic.message = "Expected \")\" but end of input found";
  diagnostic.utf16_offset = 6;

  EXPECT_EQ(ErrorJson(diagnostic, "(a:b c"),
            R"({"error":{"message":"Expected \")\" but end of input found.","offset":6}})");
}

TEST(ErrorJson, CountsTheOffsetInUtf16Units) {
  EXPECT_TRUE(Translate("😀:(é").ends_with("\"offset\":5}}")) << Translate("😀:(é");
}

TEST(ErrorJson, QuotesOneUtf16UnitAsKibanaDoes) {
  EXPECT_TRUE(Translate("(a:\"é\"  😀").contains(R"(but \"\ud83d\" found.","offset":8)"));
  EXPECT_TRUE(Translate("(a:\"é\"  é").contains(R"(but \"é\" found.","offset":8)"));
  EXPECT_TRUE(Translate("(a:\"é\"  \x01").contains(R"(but \"\u0001\" found.","offset":8)"));
}

TEST(ErrorJson, HasNoOffsetWhereKibanaHasNone) {
  Diagnostic diagnostic;
  diagnostic.code = "kql.nested_group";
  diagnostic.message = "n.a is a nested field";

  EXPECT_EQ(ErrorJson(diagnostic, "n.a:b"), R"({"error":{"message":"n.a is a nested field."}})");
}

}  // namespace
}  // namespace tripline::compiler
