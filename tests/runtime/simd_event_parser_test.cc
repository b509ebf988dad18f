// What SimdEventParser does with many lines: windows in which some are damaged, and more keys than
// it remembers. One line at a time it is judged by tests/runtime/event_parsers_test.cc.
#include "runtime/simd_event_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/event_columns.h"
#include "runtime/exact_event_parser.h"
#include "runtime/json_events.h"
#include "tests/support/batch_text.h"
#include "tests/support/random_events.h"

namespace tripline::runtime {
namespace {

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b"},
    {.name = "c", .kind = jit::ColumnKind::kInteger},
    {.name = "b", .kind = jit::ColumnKind::kAddress},
};

struct Rows {
  std::vector<std::string> rows;
  std::uint64_t num_broken = 0;
};

Rows ReadTogether(const std::string& text) {
  auto reader = EventReader::OverText(kFields, text).value();
  Rows read;
  EventBlock block;
  while (reader.Next(&block).value()) {
    for (std::string& row : tripline::testing::RowTexts(block.batch, kFields)) {
      read.rows.push_back(std::move(row));
    }
  }
  read.num_broken = reader.report().num_broken_lines;
  return read;
}

Rows ReadExactly(const std::vector<std::string>& lines) {
  EventColumns columns(kFields, 7);
  ExactEventParser parser;
  Rows read;
  for (const std::string& line : lines) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    columns.StartBlock(1 << 20);
    SearchHit hit;
    if (!parser.Parse(line, &columns, &hit).empty()) {
      ++read.num_broken;
      continue;
    }
    columns.FinishRow();
    Batch batch;
    columns.FinishBlock(&batch);
    read.rows.push_back(tripline::testing::RowTexts(batch, kFields)[0]);
  }
  return read;
}

std::string Joined(const std::vector<std::string>& lines, const std::string& line_break) {
  std::string text;
  for (const std::string& line : lines) {
    text += line + line_break;
  }
  return text;
}

class Windows : public ::testing::TestWithParam<std::uint64_t> {};

// A damaged line may open a string, a bracket or a half character; no other line must notice.
TEST_P(Windows, AreReadAsTheirLinesAre) {
  tripline::testing::RandomEvents events(GetParam());
  std::vector<std::string> lines;
  for (int i = 0; i < 4000; ++i) {
    std::string line = events.Next(
        {"a", "b", "c", "_source", "_id", R"(\u0061)"},
        {"null", "true", "7", "-0", "1.50", R"("x")", R"("10.0.0.1")", R"("C:\\Windows\\x.exe")",
         R"("tab\tquote\"")", "\"" + std::string(events.Below(200), 'y') + "\\\\\""});
    // Long stretches without damage, so that whole windows are taken, and some with a lot of it.
    if (i / 1000 != 0 && events.Below(i / 1000 == 1 ? 400 : 10) == 0) {
      line = events.Damage(line);
      if (events.Below(3) == 0) {
        line.resize(events.Below(line.size() + 1));  // cut off
      }
      if (events.Below(3) == 0) {
        line.insert(0, 1, "z]},:1\"[{"[events.Below(9)]);
      }
      std::erase(line, '\n');
    }
    lines.push_back(events.Below(50) == 0 ? " \t" : line);
  }
  const Rows exact = ReadExactly(lines);
  for (const std::string line_break : {"\n", "\r\n"}) {
    const Rows together = ReadTogether(Joined(lines, line_break));
    EXPECT_EQ(together.rows, exact.rows);
    EXPECT_EQ(together.num_broken, exact.num_broken);
  }
  EXPECT_GT(exact.num_broken, 50U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Windows, ::testing::Range<std::uint64_t>(1, 9));

// A line that is cut off has its walk go on into the next one, whose words stay its own.
TEST(SimdEventParser, TakesNothingFromTheLineBehindADamagedOne) {
  const std::vector<std::string> damaged = {R"({"a":1)",
                                            R"({"a":)",
                                            R"({"a")",
                                            "{",
                                            R"({"a":[1,)",
                                            R"({"a":{"b":1})",
                                            R"({"_index":"x","_source":{"a":1})",
                                            R"({"_id":"x")",
                                            R"({"a":1})"};
  const std::vector<std::string> behind = {R"(zz{"a":"x"})", R"(]{"a":"x"})", R"(}{"a":"x"})",
                                           R"(,{"a":"x"})",  R"("c":7})",     R"(1{"a":"x"})",
                                           R"({"a":"x"})",   R"(}})",         "ï»¿{\"a\":\"x\"}",
                                           R"({}{"a":"x"})", R"("a":"x"})",   R"(:1})"};
  for (const std::string& first : damaged) {
    for (const std::string& second : behind) {
      const std::vector<std::string> lines = {R"({"a":"before"})", first, second,
                                              R"({"a":"after"})"};
      const Rows together = ReadTogether(Joined(lines, "\n"));
      const Rows exact = ReadExactly(lines);
      EXPECT_EQ(together.rows, exact.rows) << first << "\n" << second;
      EXPECT_EQ(together.num_broken, exact.num_broken) << first << "\n" << second;
    }
  }
}

TEST(SimdEventParser, ForgetsKeysWhenTheyAreTooMany) {
  std::vector<std::string> lines;
  for (int i = 0; i < 150'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    lines.push_back("{\"" + key + "\":{\"x\":[1]},\"a\":\"" + key +
                    "\",\"c\":" + std::to_string(i) + "}");
  }
  const Rows together = ReadTogether(Joined(lines, "\n"));
  ASSERT_EQ(together.rows.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(together.rows[i], "a=k" + std::to_string(i) + " c=" + std::to_string(i));
  }
}

TEST(SimdEventParser, LeavesALineWithTooManyKeysToTheOther) {
  std::string line = "{";
  for (int i = 0; i < 80'000; ++i) {
    line += "\"" + std::to_string(i) + "\":1,";
  }
  line += "\"a\":\"x\"}";
  EXPECT_EQ(ReadTogether(line + "\n{\"a\":\"y\"}\n").rows,
            (std::vector<std::string>{"a=x", "a=y"}));
}

}  // namespace
}  // namespace tripline::runtime
