#include "compiler/translate_ast.h"

#include <gtest/gtest.h>

#include <string>

#include "compiler/translate_error.h"
#include "grammar/parse.h"
#include "tests/compiler/translate_cases.h"

namespace tripline::compiler {
namespace {

std::string Translate(const std::string& query) {
  const auto ast = grammar::Parse({"--query", query, {}});
  return ast ? TranslateToAst(*ast) : ErrorJson(ast.error().at(0));
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

  EXPECT_EQ(ErrorJson(diagnostic),
            R"({"error":{"message":"Expected \")\" but end of input found.","offset":6}})");
}

TEST(ErrorJson, CountsTheOffsetInUtf16Units) {
  const auto ast = grammar::Parse({"--query", "😀:(é", {}});
  ASSERT_FALSE(ast);

  EXPECT_TRUE(ErrorJson(ast.error().at(0)).ends_with("\"offset\":5}}"))
      << ErrorJson(ast.error().at(0));
}

}  // namespace
}  // namespace tripline::compiler
