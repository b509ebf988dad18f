// A query's SourceText leads from every byte back to where it stands in the rule file, however the
// file spells it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/document.h"
#include "compiler/rule_reader.h"
#include "compiler/source_file.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

SourceText QueryOf(const std::string& name, const std::string& text) {
  ReadRules read = ReadRuleFile(name, text);
  EXPECT_EQ(Codes(read), "");
  return read.rules.empty() ? SourceText() : read.rules[0].query;
}

// The place of the first occurrence of `part` in the query.
LineColumn PlaceOf(const SourceText& query, const std::string& part) {
  const std::size_t at = query.text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return query.Locate(at);
}

TEST(RulePlaces, LiteralStringsBeginBehindTheirQuotes) {
  EXPECT_EQ(QueryOf("r.toml", TomlRule("query = 'a : b'")).origin, (LineColumn{8, 10}));
  EXPECT_EQ(QueryOf("r.toml", TomlRule("query = '''a : b'''")).origin, (LineColumn{8, 12}));
}

TEST(RulePlaces, AStringOfSeveralLinesBeginsOnTheLineAfterItsQuotes) {
  const SourceText query =
      QueryOf("r.toml", TomlRule("query = '''\na : \"C:\\x\" and\n  \xC3\xA9 : b\n'''"));

  EXPECT_EQ(query.text, "a : \"C:\\x\" and\n  \xC3\xA9 : b\n");
  EXPECT_EQ(query.origin, (LineColumn{9, 1}));
  EXPECT_EQ(PlaceOf(query, "C:"), (LineColumn{9, 6}));
  EXPECT_EQ(PlaceOf(query, ": b"), (LineColumn{10, 5})) << "columns are code points";
}

TEST(RulePlaces, EscapesOfBasicStringsAreCounted) {
  const SourceText query =
      QueryOf("r.toml", TomlRule(R"(query = "a : \"x\" and \u00e9\U0001F600 : y\nand z : w")"));

  EXPECT_EQ(query.text, "a : \"x\" and \xC3\xA9\xF0\x9F\x98\x80 : y\nand z : w");
  EXPECT_EQ(query.origin, (LineColumn{8, 10}));
  EXPECT_EQ(PlaceOf(query, "x\""), (LineColumn{8, 16}));
  EXPECT_EQ(PlaceOf(query, "and"), (LineColumn{8, 20}));
  EXPECT_EQ(PlaceOf(query, " : y"), (LineColumn{8, 40}));
  EXPECT_EQ(PlaceOf(query, "and z"), (LineColumn{8, 46}));
}

TEST(RulePlaces, LineContinuationsAreCounted) {
  const SourceText query =
      QueryOf("r.toml", TomlRule("query = \"\"\"\na : b \\\n\n   or c : d\\\n  \"\"\""));

  EXPECT_EQ(query.text, "a : b or c : d");
  EXPECT_EQ(query.origin, (LineColumn{9, 1}));
  EXPECT_EQ(PlaceOf(query, "or"), (LineColumn{11, 4}));
}

TEST(RulePlaces, WindowsLineEndsAreCounted) {
  const SourceText basic = QueryOf("r.toml", TomlRule("query = \"\"\"\r\na : b\r\nor \\\"c\"\"\""));
  const SourceText literal = QueryOf("r.toml", TomlRule("query = '''\r\na : b\r\nor c'''"));

  EXPECT_EQ(PlaceOf(basic, "or"), (LineColumn{10, 1}));
  EXPECT_EQ(PlaceOf(basic, "c"), (LineColumn{10, 6}));
  EXPECT_EQ(PlaceOf(literal, "or"), (LineColumn{10, 1}));
}

TEST(RulePlaces, QueriesOfJsonStayOnTheirLine) {
  const std::string line = JsonRule(R"(,"query":"a : \"C:\\x\"\nand \ud83d\ude00 : \/y")");
  const SourceText query =
      QueryOf("e.ndjson", JsonRule("", "other") + "\n" + line).text.empty()
          ? SourceText()
          : ReadRuleFile("e.ndjson", JsonRule("", "other") + "\n" + line).rules[1].query;
  const auto column = static_cast<std::uint32_t>(line.find(R"(a : \"C)") + 1);

  EXPECT_EQ(query.text, "a : \"C:\\x\"\nand \xF0\x9F\x98\x80 : /y");
  EXPECT_EQ(query.origin, (LineColumn{2, column}));
  EXPECT_EQ(PlaceOf(query, "C:"), (LineColumn{2, column + 6}));
  EXPECT_EQ(PlaceOf(query, "x"), (LineColumn{2, column + 10}));
  EXPECT_EQ(PlaceOf(query, "and"), (LineColumn{2, column + 15}));
  EXPECT_EQ(PlaceOf(query, " : /"), (LineColumn{2, column + 31}));
  EXPECT_EQ(PlaceOf(query, "y"), (LineColumn{2, column + 36}));
}

TEST(RulePlaces, ASpellingThatDoesNotGiveTheTextKeepsItsBeginning) {
  const SourceFile file("f", R"("a\nb")");
  const Node node{std::string("something else"), {0, 6}};

  const SourceText text = file.TextOf(node);

  EXPECT_EQ(text.origin, (LineColumn{1, 2}));
  EXPECT_TRUE(text.anchors.empty());
}

TEST(SourceFile, LocateAndOffsetOfAreEachOthersInverse) {
  const std::string text = "a\xC3\xA9" + std::string(1000, 'x') + "\xE2\x82\xAC\n\nlast " +
                           std::string(600, 'y') + "\xF0\x9F\x98\x80z";
  const SourceFile file("f", text);

  for (std::uint32_t i = 0; i <= text.size(); ++i) {
    const bool is_inside =
        i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
    if (!is_inside) {
      ASSERT_EQ(file.OffsetOf(file.Locate(i)), i);
    }
  }
  EXPECT_EQ(file.Locate(text.size()), (LineColumn{3, 608}));
}

TEST(SourceFile, ADiagnosticInALongLineShowsItsSurroundings) {
  const std::string text = std::string(100'000, 'a') + "HERE" + std::string(100'000, 'b');
  const SourceFile file("f", text);

  const Diagnostic d = file.Diagnose({100'000, 100'004}, Severity::kError, "c", "m", "");

  EXPECT_EQ(d.where, (LineColumn{1, 100'001}));
  EXPECT_LT(d.line_text.size(), 200U);
  EXPECT_EQ(d.line_text.substr(d.caret_begin, d.caret_end - d.caret_begin), "HERE");
}

}  // namespace
}  // namespace tripline::compiler
