// Hostile text: each limit of ParseOptions, broken encodings, and stacks as small as a Java host's.
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostic.h"
#include "grammar/ast.h"
#include "grammar/parse.h"

namespace tripline::grammar {
namespace {

std::string Repeat(std::string_view text, std::size_t count) {
  std::string repeated;
  repeated.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) {
    repeated += text;
  }
  return repeated;
}

Diagnostic ErrorOf(std::string query, const ParseOptions& options = {}) {
  const auto ast = Parse({"query", std::move(query), {}, {}}, options);
  EXPECT_FALSE(ast);
  return ast ? Diagnostic() : ast.error().at(0);
}

TEST(Limits, AHundredMegabytesAreRefusedBeforeTheyAreRead) {
  const Diagnostic error = ErrorOf(std::string(100'000'000, 'a'));

  EXPECT_EQ(error.code, "kql.too_long");
  EXPECT_EQ(error.message, "the query has 100000000 bytes, more than the limit of 1048576");
  EXPECT_LE(error.line_text.size(), 200U);
}

TEST(Limits, TheLongestQueryIsStillRead) {
  const std::string longest(ParseOptions().max_bytes, 'a');

  EXPECT_TRUE(Parse({"query", longest, {}, {}}));
  EXPECT_EQ(ErrorOf(longest + "a").code, "kql.too_long");
}

TEST(Limits, AHundredThousandParenthesesAreTooDeep) {
  for (const std::string_view open : {"(", "n:{", "not (", "a:(", "( "}) {
    const Diagnostic error = ErrorOf(Repeat(open, 100'000));

    EXPECT_EQ(error.code, "kql.too_deep") << open;
    EXPECT_EQ(error.message, "parentheses and braces are nested more than 128 deep");
  }
  EXPECT_EQ(ErrorOf(Repeat("(", 100'000) + "a" + Repeat(")", 100'000)).code, "kql.too_deep");
  EXPECT_EQ(ErrorOf("a:" + Repeat("(", 100'000) + "a" + Repeat(")", 100'000)).code, "kql.too_deep");
}

TEST(Limits, DepthIsCountedFromTheParenthesisThatIsTooMuch) {
  const std::string deepest = Repeat("(", 128) + "a" + Repeat(")", 128);

  EXPECT_TRUE(Parse({"query", deepest, {}, {}}));
  EXPECT_TRUE(Parse({"query", deepest + " or " + deepest, {}, {}}));
  const Diagnostic error = ErrorOf("(" + deepest + ")");
  EXPECT_EQ(error.code, "kql.too_deep");
  EXPECT_EQ(error.utf16_offset, 128U);
}

TEST(Limits, QuotedAndEscapedParenthesesAreNotCounted) {
  EXPECT_TRUE(Parse({"query", "a: \"" + std::string(1000, '(') + "\"", {}, {}}));
  EXPECT_TRUE(Parse({"query", "a: " + Repeat("\\(", 1000), {}, {}}));
}

// Runs `body` on a thread with a stack of 1 MiB.
void OnSmallStack(void (*body)()) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, std::size_t{1} << 20U), 0);
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    reinterpret_cast<void (*)()>(argument)();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, reinterpret_cast<void*>(body)), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

TEST(Limits, TheDeepestQueriesFitASmallStack) {
  OnSmallStack([] {
    for (const auto& [open, close] : {std::pair("(", ")"), {"not (", ")"}, {"n:{", "}"}}) {
      const auto ast = Parse({"query", Repeat(open, 128) + "a" + Repeat(close, 128), {}, {}});
      ASSERT_TRUE(ast);
      EXPECT_FALSE(Print(*ast).empty());
    }
    EXPECT_TRUE(Parse({"query", "a:" + Repeat("(not ", 128) + "a" + Repeat(")", 128), {}, {}}));
  });
}

TEST(Limits, TooManyTokensAreRefused) {
  EXPECT_EQ(ErrorOf(std::string(300'000, 'n')).code, "kql.too_long");
  EXPECT_EQ(ErrorOf(std::string(300'000, '*')).code, "kql.too_long");
  EXPECT_EQ(ErrorOf("a b c", {.max_tokens = 2}).message,
            "the query has more than 2 words and signs");
  EXPECT_TRUE(Parse({"query", "a b c", {}, {}}, {.max_tokens = 4}));
}

TEST(Limits, TooManyNodesAreRefused) {
  EXPECT_EQ(ErrorOf("a:(" + Repeat("b or ", 60'000) + "b)").code, "kql.too_many_nodes");
  EXPECT_EQ(ErrorOf("a or b", {.max_nodes = 2}).message,
            "the query has more than 2 conditions and groups");
  EXPECT_TRUE(Parse({"query", "a or b", {}, {}}, {.max_nodes = 3}));
}

TEST(Limits, ALongFieldInFrontOfALongListIsRefused) {
  const std::string list = ":(" + Repeat("b or ", 40'000) + "b)";

  EXPECT_EQ(ErrorOf(std::string(500'000, 'a') + list).code, "kql.too_long");
  EXPECT_EQ(ErrorOf(std::string(100'000, '*') + list).code, "kql.too_long");
  EXPECT_EQ(ErrorOf("aaaa: (b or c)", {.max_literal_bytes = 9}).message,
            "the query's values, each with its field name, take more than 9 bytes");
  EXPECT_TRUE(Parse({"query", "aaaa: (b or c)", {}, {}}, {.max_literal_bytes = 10}));
}

TEST(Limits, LongRunsOfOneThingTakeNoLongerThanOthers) {
  const std::size_t count = ParseOptions().max_bytes - 8;

  EXPECT_TRUE(Parse({"query", std::string(count, ' ') + "a", {}, {}}));
  EXPECT_TRUE(Parse({"query", "a" + std::string(count, ' ') + "b", {}, {}}));
  EXPECT_TRUE(Parse({"query", "\"" + Repeat("\\\"", count / 2) + "\"", {}, {}}));
  EXPECT_TRUE(Parse({"query", Repeat("\u00E9", count / 2), {}, {}}));
  EXPECT_TRUE(Parse({"query", Repeat("\uFEFF", count / 3), {}, {}}));
  EXPECT_EQ(ErrorOf("\"" + Repeat("\\\"", count / 2)).utf16_offset, 0U);
  EXPECT_EQ(ErrorOf("a" + std::string(count, ' ') + "\\").code, "kql.syntax");
}

TEST(Limits, InvalidUtf8IsReportedAtItsFirstByte) {
  for (const std::string_view bad :
       {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) {
    const Diagnostic error = ErrorOf("\u00E9: b" + std::string(bad));

    EXPECT_EQ(error.code, "kql.invalid_utf8");
    EXPECT_EQ(error.utf16_offset, 4U);
    EXPECT_EQ(error.message, "expected UTF-8, but the byte at offset 5 belongs to no character");
  }
}

}  // namespace
}  // namespace tripline::grammar
