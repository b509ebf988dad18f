#include "runtime/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "jit/program_builder.h"
#include "runtime/json_events.h"
#include "tests/support/event_judge.h"
#include "tests/support/random_atoms.h"
#include "tests/support/random_events.h"
#include "tests/support/shared_data.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using ::testing::HasSubstr;

constexpr MatcherOptions kInterpreted{.code = MatcherCode::kInterpreter};
constexpr MatcherOptions kCompiled{.code = MatcherCode::kMachineCode};

std::unique_ptr<Matcher> Make(const jit::Program& program,
                              const MatcherOptions& options = kInterpreted) {
  Result<std::unique_ptr<Matcher>> matcher = Matcher::Make(program, options);
  EXPECT_TRUE(matcher.has_value()) << matcher.error().message;
  return *std::move(matcher);
}

bool IsMatched(const Matcher& matcher, jit::OutputIndex output, std::uint32_t row) {
  return matcher.AnyOf(output) && ((matcher.RowsOf(output)[row / 64] >> (row % 64)) & 1U) != 0;
}

EventReader ReaderOver(const jit::Program& program, std::string_view text,
                       const EventReaderOptions& options = {}) {
  Result<EventReader> reader = EventReader::OverText(program.fields, text, options);
  EXPECT_TRUE(reader.has_value());
  return *std::move(reader);
}

// "field is one of these", as a program of one output, and its negation as a second.
jit::Program TermProgram(const jit::Field& field, std::vector<jit::Atom> atoms) {
  jit::ProgramBuilder builder;
  const jit::FieldIndex index = builder.AddField(field);
  const jit::NodeIndex leaf = builder.AddLeaf({.field = index, .atoms = std::move(atoms)});
  builder.AddOutput(leaf);
  builder.AddOutput(builder.AddNot(leaf));
  return builder.Take();
}

// Lines (1-based) that each output matches.
std::vector<std::vector<std::uint64_t>> MatchedLines(Matcher& matcher, EventReader& reader,
                                                     std::size_t num_outputs) {
  std::vector<std::vector<std::uint64_t>> lines(num_outputs);
  EventBlock block;
  while (reader.Next(&block).value()) {
    matcher.Match(block.batch);
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      for (jit::OutputIndex output = 0; output < num_outputs; ++output) {
        if (IsMatched(matcher, output, row)) {
          lines[output].push_back(block.origins[row].line);
        }
      }
    }
  }
  return lines;
}

TEST(Matcher, TellsWhichRowsSatisfyAQuery) {
  const jit::Program program =
      TermProgram({.name = "process.name"}, {jit::Term{"curl"}, jit::Glob{{"wg", ""}}});
  for (const MatcherOptions& options : {kInterpreted, kCompiled}) {
    EventReader reader = ReaderOver(program, R"({"process":{"name":"curl"}}
{"process":{"name":"bash"}}
{}
{"process.name":["bash","wget"]}
)");

    const auto lines = MatchedLines(*Make(program, options), reader, 2);

    EXPECT_EQ(lines[0], (std::vector<std::uint64_t>{1, 4}));
    EXPECT_EQ(lines[1], (std::vector<std::uint64_t>{2, 3}))
        << "`not` holds where a field is missing";
  }
}

TEST(Matcher, SetsNoBitBehindTheLastRow) {
  const jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  for (const MatcherOptions& options : {kInterpreted, kCompiled}) {
    const std::unique_ptr<Matcher> matcher = Make(program, options);
    for (const std::uint32_t num_rows : {1U, 63U, 64U, 65U, 511U, 512U, 513U, 4095U, 4096U}) {
      Batch batch;
      batch.num_rows = num_rows;
      batch.columns.resize(1);
      ASSERT_TRUE(CheckBatch(batch, program).has_value());

      matcher->Match(batch);

      EXPECT_FALSE(matcher->AnyOf(0));
      ASSERT_TRUE(matcher->AnyOf(1)) << num_rows;
      std::uint32_t num_set = 0;
      for (const std::uint64_t word : matcher->RowsOf(1)) {
        num_set += static_cast<std::uint32_t>(std::popcount(word));
      }
      EXPECT_EQ(num_set, num_rows);
    }
  }
}

TEST(Matcher, MatchesNothingInABlockWithoutRows) {
  const jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  for (const MatcherOptions& options : {kInterpreted, kCompiled}) {
    const std::unique_ptr<Matcher> matcher = Make(program, options);
    Batch batch;
    batch.columns.resize(1);

    matcher->Match(batch);

    EXPECT_FALSE(matcher->AnyOf(0));
    EXPECT_FALSE(matcher->AnyOf(1));
  }
}

TEST(Matcher, ForgetsTheBlockBefore) {
  const jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  EventReader reader =
      ReaderOver(program, "{\"f\":\"x\"}\n{\"f\":\"y\"}\n{\"f\":\"x\"}", {.max_rows = 1});

  EXPECT_EQ(MatchedLines(*Make(program), reader, 1)[0], (std::vector<std::uint64_t>{1, 3}));
}

TEST(Matcher, TellsDictionariesOfTwoReadersApart) {
  const jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  const std::unique_ptr<Matcher> matcher = Make(program);
  EventReader one = ReaderOver(program, "{\"f\":\"x\"}\n{\"f\":\"y\"}", {.max_rows = 1});
  EventReader other = ReaderOver(program, "{\"f\":\"y\"}\n{\"f\":\"x\"}", {.max_rows = 1});
  EventBlock block;
  std::string seen;

  for (int i = 0; i < 2; ++i) {
    for (EventReader* const reader : {&one, &other}) {
      ASSERT_TRUE(reader->Next(&block).value());
      matcher->Match(block.batch);
      seen += matcher->AnyOf(0) ? "x" : "-";
    }
  }

  EXPECT_EQ(seen, "x--x");
}

TEST(Matcher, StaysRightOverAMillionDistinctValuesInLittleMemory) {
  constexpr std::uint32_t kValuesPerEvent = 10;
  constexpr std::uint32_t kEvents = 100'000;
  const jit::Program program =
      TermProgram({.name = "f"}, {jit::Glob{{"", "77-", ""}}, jit::Term{"123456-x"}});
  std::string text;
  for (std::uint32_t event = 0; event < kEvents; ++event) {
    text += "{\"f\":[";
    for (std::uint32_t i = 0; i < kValuesPerEvent; ++i) {
      text += (i == 0 ? "\"" : ",\"") + std::to_string(event * kValuesPerEvent + i) + "-x\"";
    }
    text += "]}\n";
  }
  EventReader reader = ReaderOver(program, text, {.max_dictionary_bytes = std::size_t{2} << 20U});
  std::vector<std::uint64_t> expected;
  for (std::uint32_t event = 0; event < kEvents; ++event) {
    const bool ends_in_77 = event % 10 == 7;  // the value event * 10 + 7
    if (ends_in_77 || event == 12'345) {
      expected.push_back(event + 1);
    }
  }

  EXPECT_EQ(MatchedLines(*Make(program), reader, 1)[0], expected);
}

TEST(Matcher, GoesOnUncachedWhereAnswersAreTooManyToNumber) {
  // 17 independent leaves and a value for each subset of them: more answers than classes.
  constexpr std::uint32_t kLetters = 17;
  jit::ProgramBuilder builder;
  const jit::FieldIndex field = builder.AddField({.name = "f"});
  for (std::uint32_t i = 0; i < kLetters; ++i) {
    const std::string letter(1, static_cast<char>('a' + i));
    builder.AddOutput(builder.AddLeaf({.field = field, .atoms = {jit::Glob{{"", letter, ""}}}}));
  }
  const jit::Program program = builder.Take();
  std::string text;
  for (std::uint32_t subset = 0; subset < 1U << kLetters; ++subset) {
    text += "{\"f\":\"";
    for (std::uint32_t i = 0; i < kLetters; ++i) {
      if ((subset >> i & 1U) != 0) {
        text += static_cast<char>('a' + i);
      }
    }
    text += "\"}\n";
  }
  const std::unique_ptr<Matcher> matcher = Make(program);
  EventReader reader = ReaderOver(program, text);
  EventBlock block;

  while (reader.Next(&block).value()) {
    matcher->Match(block.batch);
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      const auto subset = static_cast<std::uint32_t>(block.origins[row].line - 1);
      for (jit::OutputIndex output = 0; output < kLetters; ++output) {
        ASSERT_EQ(IsMatched(*matcher, output, row), (subset >> output & 1U) != 0) << subset;
      }
    }
  }

  EXPECT_GT(matcher->num_uncached(), 10'000U);
}

TEST(Matcher, TellsNumbersApartAtTheEdgesOfRanges) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::vector<jit::IntegerRange> ranges = {{kLeast, -5}, {-5, -5}, {-5, 7},       {0, kMost},
                                                 {8, 9},       {9, 8},   {kMost, kMost}};
  jit::ProgramBuilder builder;
  const jit::FieldIndex field = builder.AddField({.name = "n", .kind = ColumnKind::kInteger});
  for (const jit::IntegerRange& range : ranges) {
    builder.AddOutput(builder.AddLeaf({.field = field, .atoms = {range}}));
  }
  const std::vector<std::int64_t> values = {kLeast, -6, -5, -4, 0, 7, 8, 9, 10, kMost - 1, kMost};
  std::string text;
  std::vector<std::vector<std::uint64_t>> expected(ranges.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += R"({"n":)" + std::to_string(values[i]) + "}\n";
    for (std::size_t range = 0; range < ranges.size(); ++range) {
      if (ranges[range].first <= values[i] && values[i] <= ranges[range].last) {
        expected[range].push_back(i + 1);
      }
    }
  }
  const jit::Program program = builder.Take();
  EventReader reader = ReaderOver(program, text);

  EXPECT_EQ(MatchedLines(*Make(program), reader, ranges.size()), expected);
}

TEST(Matcher, RefusesAProgramThatVerifyRefuses) {
  jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  program.outputs[0] = 99;

  const Result<std::unique_ptr<Matcher>> matcher = Matcher::Make(program, kInterpreted);

  ASSERT_FALSE(matcher.has_value());
  EXPECT_EQ(matcher.error().code, ErrorCode::kInvalid);
}

// Fields of every kind; random events have their values in every spelling.
const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b", .ignore_above = 3},
    {.name = "a.c", .kind = ColumnKind::kText},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.a", .kind = ColumnKind::kInteger},
    {.name = "c", .kind = ColumnKind::kFloat},
    {.name = "c.a", .kind = ColumnKind::kDate},
    {.name = "c.b", .kind = ColumnKind::kBoolean},
    {.name = "low", .source = "a", .lowercases = true},
    {.name = "host", .kind = ColumnKind::kDelegated},
};
constexpr jit::FieldIndex kDelegatedField = 9;

// The host's part: random bitmaps for the delegated leaves of a block.
class Host {
 public:
  Host(const jit::Program& program, std::uint64_t seed) : random_(seed) {
    for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
      if (program.leaves[leaf].field == kDelegatedField) {
        leaves_.push_back(leaf);
      }
    }
    num_leaves_ = program.leaves.size();
  }

  void Answer(Batch* batch) {
    const std::uint32_t num_words = WordsFor(batch->num_rows);
    bits_.assign(leaves_.size() * num_words, 0);
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      for (std::uint32_t row = 0; row < batch->num_rows; ++row) {
        bits_[i * num_words + row / 64] |= std::uint64_t{random_() % 3 == 0} << (row % 64);
      }
    }
    num_words_ = num_words;
    batch->given.clear();
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      batch->given.push_back(
          {.leaf = leaves_[i], .rows = std::span(bits_).subspan(i * num_words, num_words)});
    }
  }

  std::vector<bool> LeavesOf(std::uint32_t row) const {
    std::vector<bool> truth(num_leaves_);
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      truth[leaves_[i]] = ((bits_[i * num_words_ + row / 64] >> (row % 64)) & 1U) != 0;
    }
    return truth;
  }

 private:
  std::mt19937_64 random_;
  std::vector<jit::LeafIndex> leaves_;
  std::size_t num_leaves_ = 0;
  std::vector<std::uint64_t> bits_;
  std::uint32_t num_words_ = 0;
};

TEST(Matcher, AgreesWithTheJudgeOnRandomProgramsAndEvents) {
  constexpr std::uint64_t kPrograms = 25;
  constexpr int kEvents = 1'000;  // with 20 formulas each: half a million answers
  const std::vector<std::string> words = {"a", "b", "c", "a", "d"};
  const std::vector<std::string> scalars = {"null",
                                            "true",
                                            "false",
                                            "7",
                                            "-3",
                                            "1.5",
                                            R"("x")",
                                            R"("X")",
                                            R"("curl")",
                                            R"("cURL")",
                                            R"("Foo bar")",
                                            R"("")",
                                            R"("10.0.0.1")",
                                            R"("10.1.2.3")",
                                            R"("fe80::1")",
                                            R"("7")",
                                            R"("1.5")",
                                            R"("true")",
                                            R"("2026-05-01T00:00:00Z")",
                                            R"("bar foo x")"};
  std::uint64_t num_true = 0;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const jit::Program program = tripline::testing::RandomProgramOver(kFields, seed);
    tripline::testing::RandomEvents events(seed);
    std::vector<std::string> lines;
    std::string text;
    for (int i = 0; i < kEvents; ++i) {
      lines.push_back(events.Next(words, scalars));
      text += lines.back() + "\n";
    }
    EventReader reader = ReaderOver(program, text, {.max_rows = seed % 2 == 0 ? 700U : 4096U});
    const std::unique_ptr<Matcher> matcher =
        Make(program, seed % 2 == 0 ? kCompiled : kInterpreted);
    const tripline::testing::EventJudge judge(program);
    Host host(program, seed);
    EventBlock block;
    while (reader.Next(&block).value()) {
      host.Answer(&block.batch);
      ASSERT_TRUE(CheckBatch(block.batch, program).has_value());
      matcher->Match(block.batch);
      for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
        const std::string& line = lines[block.origins[row].line - 1];
        const std::vector<bool> expected = judge.Judge(line, host.LeavesOf(row));
        for (jit::OutputIndex output = 0; output < expected.size(); ++output) {
          num_true += expected[output] ? 1 : 0;
          ASSERT_EQ(IsMatched(*matcher, output, row), expected[output])
              << "seed " << seed << " output " << output << " " << line;
        }
      }
    }
  }
  EXPECT_GT(num_true, 50'000U);
}

TEST(Matcher, AgreesWithTheJudgeOnPublicEvents) {
  const std::optional<std::string> shared = tripline::testing::SharedFolder();
  if (!shared) return tripline::testing::SkipWithoutShared();
  jit::ProgramBuilder builder;
  const auto leaf = [&builder](const jit::Field& field, std::vector<jit::Atom> atoms) {
    return builder.AddLeaf({.field = builder.AddField(field), .atoms = std::move(atoms)});
  };
  const jit::NodeIndex nodes[] = {
      leaf({.name = "process.name"}, {jit::Term{"powershell.exe"}, jit::Glob{{"s", ".exe"}}}),
      leaf({.name = "process.executable", .ignore_above = 1024},
           {jit::Glob{{"C:\\Windows\\", ".exe"}}}),
      leaf({.name = "event.action"}, {jit::Exists{}}),
      leaf({.name = "destination.ip", .kind = ColumnKind::kAddress},
           {*ParseIpPrefix("10.0.0.0/8"), *ParseIpPrefix("ff00::/8")}),
      leaf({.name = "destination.port", .kind = ColumnKind::kInteger},
           {jit::IntegerRange{.first = 1, .last = 1024}}),
      leaf({.name = "message", .kind = ColumnKind::kText},
           {jit::TextPhrase{{"process", "create"}}}),
  };
  for (const jit::NodeIndex node : nodes) {
    builder.AddOutput(node);
  }
  builder.AddOutput(builder.AddAnd(std::vector{nodes[0], builder.AddNot(nodes[3])}));
  const jit::Program program = builder.Take();
  const tripline::testing::EventJudge judge(program);
  const std::unique_ptr<Matcher> matcher = Make(program, kCompiled);
  Result<EventReader> reader =
      EventReader::Open(program.fields, {*shared + "/data/windows_events_ecs.ndjson.gz"});
  EventBlock block;
  std::uint64_t num_true = 0;
  for (int i = 0; i < 2 && reader->Next(&block).value(); ++i) {
    matcher->Match(block.batch);
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      const std::vector<bool> expected = judge.Judge(std::string(block.origins[row].text));
      for (jit::OutputIndex output = 0; output < expected.size(); ++output) {
        num_true += expected[output] ? 1 : 0;
        ASSERT_EQ(IsMatched(*matcher, output, row), expected[output])
            << output << " " << block.origins[row].text;
      }
    }
  }
  EXPECT_GT(num_true, 1'000U);
}

}  // namespace
}  // namespace tripline::runtime
