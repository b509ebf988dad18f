// The two JSON parsers against each other, and both against a third one that the project did not
// write.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/event_columns.h"
#include "runtime/exact_event_parser.h"
#include "runtime/line_reader.h"
#include "runtime/simd_event_parser.h"
#include "tests/support/batch_text.h"
#include "tests/support/random_events.h"
#include "tests/support/shared_data.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using nlohmann::json;

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b"},
    {.name = "a.c", .kind = ColumnKind::kInteger},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.c.a", .kind = ColumnKind::kFloat},
    {.name = "c", .kind = ColumnKind::kDate},
    {.name = "c.a", .kind = ColumnKind::kBoolean},
    {.name = "c.b", .kind = ColumnKind::kText},
    {.name = "_index"},
    {.name = "ab", .source = "a.b", .lowercases = true},
    {.name = "[*c*a]", .source = "*c*a", .is_pattern = true},
};

const std::vector<std::string> kWords = {"a", "b", "c", "ab", "_index", "_source", "\\u0061"};

const std::vector<std::string> kScalars = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "-0",
                                           "7",
                                           "1.5",
                                           "-1e3",
                                           "1e400",
                                           "9223372036854775808",
                                           "-9223372036854775809",
                                           "123456789012345678901234567890",
                                           R"("")",
                                           R"("x")",
                                           R"("true")",
                                           R"("10.0.0.1")",
                                           R"("fe80::1")",
                                           R"("12.5")",
                                           R"("2026-05-01T00:00:00Z")",
                                           R"("\ud83d\ude00")",
                                           R"("\ud83d")",
                                           R"("\u0000")",
                                           R"("é\\\"")"};

// One line, read by one parser: its row as text, or what is wrong with it.
class OneLine {
 public:
  OneLine() : columns_(kFields, 1) {}

  struct Answer {
    bool is_parsed = false;
    std::string row;
    bool is_hit = false;
    std::string index;
    std::vector<std::uint64_t> malformed;
    friend bool operator==(const Answer&, const Answer&) = default;
  };

  Answer Simd(const std::string& line) {
    std::string padded = line + std::string(kLinePadding, '\0');
    columns_.StartBlock(1 << 20);
    SearchHit hit;
    const std::vector<std::uint64_t> before = Malformed();
    const bool is_parsed = simd_.Parse({padded.data(), line.size()}, &columns_, &hit) ==
                           SimdEventParser::Outcome::kParsed;
    return Finish(is_parsed, hit, before);
  }

  Answer Exact(const std::string& line, std::string* fault) {
    columns_.StartBlock(1 << 20);
    SearchHit hit;
    const std::vector<std::uint64_t> before = Malformed();
    *fault = exact_.Parse(line, &columns_, &hit);
    return Finish(fault->empty(), hit, before);
  }

 private:
  Answer Finish(bool is_parsed, const SearchHit& hit, const std::vector<std::uint64_t>& before) {
    Answer answer;
    columns_.FinishRow();
    Batch batch;
    columns_.FinishBlock(&batch);
    answer.is_parsed = is_parsed;
    answer.row = tripline::testing::RowTexts(batch, kFields)[0];
    answer.malformed = Malformed();
    for (std::size_t i = 0; i < before.size(); ++i) {
      answer.malformed[i] -= before[i];
    }
    if (is_parsed) {
      answer.is_hit = hit.is_hit;
      answer.index = hit.index;
    } else {
      EXPECT_EQ(answer.row, "") << "a line that is refused leaves nothing in the columns";
      EXPECT_EQ(answer.malformed, std::vector<std::uint64_t>(kFields.size()));
    }
    return answer;
  }
  std::vector<std::uint64_t> Malformed() const {
    std::vector<std::uint64_t> counts;
    for (const ColumnBuilder& builder : columns_.builders()) {
      counts.push_back(builder.num_malformed());
    }
    return counts;
  }

  EventColumns columns_;
  SimdEventParser simd_;
  ExactEventParser exact_;
};

// What `text` must be to be taken: an object, as nlohmann/json sees it. That library refuses two
// things that are well formed: numbers beyond the largest double, and half surrogate pairs.
bool IsObjectElsewhere(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  return document.is_object();
}

TEST(EventParsers, AgreeOnRandomDocuments) {
  tripline::testing::RandomEvents events(11);
  OneLine reader;
  int num_fast = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = events.Next(kWords, kScalars);
    std::string fault;
    const OneLine::Answer exact = reader.Exact(line, &fault);
    ASSERT_EQ(fault, "") << line;
    const OneLine::Answer simd = reader.Simd(line);
    if (simd.is_parsed) {
      ++num_fast;
      ASSERT_EQ(simd, exact) << line << "\n" << simd.row << "\n" << exact.row;
    }
  }
  EXPECT_GT(num_fast, 5'000);
}

TEST(EventParsers, AgreeOnWhichDamagedDocumentsAreBroken) {
  tripline::testing::RandomEvents events(12);
  std::vector<std::string> scalars = kScalars;
  std::erase_if(scalars,
                [](const std::string& text) { return text == "1e400" || text == R"("\ud83d")"; });
  OneLine reader;
  int num_broken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = events.Damage(events.Next(kWords, scalars));
    std::string fault;
    const OneLine::Answer exact = reader.Exact(line, &fault);
    const OneLine::Answer simd = reader.Simd(line);
    ASSERT_EQ(exact.is_parsed, fault.empty());
    if (simd.is_parsed) {
      ASSERT_EQ(simd, exact) << line << "\n" << simd.row << "\n" << exact.row << "\n" << fault;
    }
    if (fault.empty() != IsObjectElsewhere(line)) {
      ASSERT_TRUE(fault.empty()) << line << "\n" << fault;
      // Damage makes half pairs of whole ones, and huge numbers of others.
      ASSERT_TRUE(line.find("\\ud") != line.npos || line.find_first_of("eE") != line.npos) << line;
    }
    num_broken += fault.empty() ? 0 : 1;
  }
  EXPECT_GT(num_broken, 6'000);
}

TEST(EventParsers, AgreeOnPublicEvents) {
  const std::optional<std::string> shared = tripline::testing::SharedFolder();
  if (!shared) return tripline::testing::SkipWithoutShared();
  OneLine reader;
  std::uint64_t num_lines = 0;
  for (const char* name : {"filebeat_fixture_events", "windows_events_ecs"}) {
    Result<LineReader> lines = LineReader::Open(*shared + "/data/" + name + ".ndjson.gz");
    ASSERT_TRUE(lines.has_value()) << lines.error().message;
    LineChunk chunk;
    while (lines->Fill(&chunk).value() && num_lines < 8'000) {
      while (const std::optional<Line> line = chunk.Next()) {
        std::string fault;
        const OneLine::Answer exact = reader.Exact(std::string(line->text), &fault);
        ASSERT_EQ(fault, "") << name << " " << line->number;
        const OneLine::Answer simd = reader.Simd(std::string(line->text));
        ASSERT_TRUE(!simd.is_parsed || simd == exact) << name << " " << line->number;
        ++num_lines;
      }
    }
  }
  EXPECT_GT(num_lines, 2'800U);
}

}  // namespace
}  // namespace tripline::runtime
