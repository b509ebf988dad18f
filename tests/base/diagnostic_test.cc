#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace tripline {
namespace {

TEST(Diagnostic, CaretStandsUnderTheSpanInItsFile) {
  const SourceText source{"rule.toml", "a : 1 and\nproces.name : \"curl\"", {14, 9}};

  const Diagnostic d =
      MakeDiagnostic(source, {10, 21}, Severity::kWarning, "field.unknown",
                     "unknown field `proces.name`", "did you mean `process.name`?");

  EXPECT_EQ(Render(d),
            "warning[field.unknown]: unknown field `proces.name`\n"
            " --> rule.toml:15:1\n"
            "  | proces.name : \"curl\"\n"
            "  | ^^^^^^^^^^^\n"
            "  = did you mean `process.name`?\n");
}

TEST(Diagnostic, LongLinesAreCutAroundTheCaret) {
  const SourceText source{"q", std::string(100'000, 'x') + "!" + std::string(100'000, 'y'), {}};

  const Diagnostic d = MakeDiagnostic(source, {100'000, 100'001}, Severity::kError, "c", "m");

  EXPECT_LE(d.line_text.size(), 130U);
  EXPECT_EQ(d.line_text[d.caret_begin], '!');
  EXPECT_EQ(d.where.column, 100'001U);
}

TEST(Diagnostic, OffsetsCountUtf16UnitsAndPlacesPastTheEndAreTheEnd) {
  const SourceText source{"q", "\xF0\x9F\x98\x80 x", {}};

  EXPECT_EQ(MakeDiagnostic(source, {5, 6}, Severity::kError, "c", "m").utf16_offset, 3U);
  EXPECT_EQ(MakeDiagnostic(source, {900, 901}, Severity::kError, "c", "m").utf16_offset, 4U);
}

TEST(Diagnostic, BrokenBytesAreShownAsQuestionMarks) {
  const SourceText source{"q", std::string("a\xFF\tb\0c", 6), {}};

  const Diagnostic d = MakeDiagnostic(source, {1, 2}, Severity::kError, "c", "m");

  EXPECT_EQ(d.line_text, "a? b?c");
  EXPECT_EQ(d.caret_begin, 1U);
}

TEST(SourceText, AnchorsSayWhereTextGoesOnAfterAnEscape) {
  // In the file: "a\n\"b\"" with its first quote in line 7, column 3.
  const SourceText source{
      "rules.ndjson", "a\n\"b\"", {7, 4}, {{2, {7, 7}}, {3, {7, 9}}, {5, {7, 12}}}};

  EXPECT_EQ(source.Locate(0), (LineColumn{7, 4}));
  EXPECT_EQ(source.Locate(1), (LineColumn{7, 5}));
  EXPECT_EQ(source.Locate(2), (LineColumn{7, 7}));
  EXPECT_EQ(source.Locate(3), (LineColumn{7, 9}));
  EXPECT_EQ(source.Locate(4), (LineColumn{7, 10}));
  EXPECT_EQ(source.Locate(99), (LineColumn{7, 12}));
}

}  // namespace
}  // namespace tripline
