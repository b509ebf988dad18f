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
#include "tests/support/random_events.h"
#include "tests/support/random_program.h"
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

TEST(Matcher, RefusesAProgramThatVerifyRefuses) {
  jit::Program program = TermProgram({.name = "f"}, {jit::Term{"x"}});
  program.outputs[0] = 99;

  const Result<std::unique_ptr<Matcher>> matcher = Matcher::Make(program, kInterpreted);

  ASSERT_FALSE(matcher.has_value());
  EXPECT_EQ(matcher.error().code, ErrorCode::kInvalid);
}

// Random programs over fields of every kind, random events in every spelling.
class RandomAtoms {
 public:
  explicit RandomAtoms(std::uint64_t seed) : random_(seed) {}

  jit::Leaf LeafOn(const jit::Program& program, jit::FieldIndex field) {
    jit::Leaf leaf{.field = field, .atoms = {}};
    for (std::uint32_t i = Below(3); i < 3; ++i) {
      leaf.atoms.push_back(AtomFor(program.fields[field].kind));
    }
    return leaf;
  }

  std::uint32_t Below(std::size_t end) {
    return static_cast<std::uint32_t>(
        std::uniform_int_distribution<std::size_t>(0, end - 1)(random_));
  }

 private:
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  jit::Atom AtomFor(ColumnKind kind) {
    if (Below(8) == 0) {
      return jit::Exists{};
    }
    static const std::vector<std::string> kTexts = {"x", "X", "curl", "", "7", "1.5", "Foo bar"};
    static const std::vector<std::string> kTokens = {"foo", "bar", "x", "curl", "7"};
    static const std::vector<std::int64_t> kNumbers = {
        -3, 0, 1, 7, 1777593600000, std::numeric_limits<std::int64_t>::min()};
    switch (kind) {
      case ColumnKind::kString:
        switch (Below(3)) {
          case 0:
            return jit::Term{Pick(kTexts)};
          case 1:
            return jit::Glob{{Below(2) == 0 ? "" : Pick(kTexts), Pick(kTexts)}, Below(4) == 0};
          default:
            return jit::StringRange{.low = Pick(kTexts),
                                    .high = std::nullopt,
                                    .includes_low = Below(2) == 0,
                                    .is_numeric = Below(2) == 0};
        }
      case ColumnKind::kText:
        switch (Below(3)) {
          case 0:
            return jit::TextAny{{Pick(kTokens), Pick(kTokens)}};
          case 1:
            return jit::TextPhrase{{Pick(kTokens), Pick(kTokens)}};
          default:
            return jit::TextGlob{{{Pick(kTokens).substr(0, 1), ""}}};
        }
      case ColumnKind::kAddress:
        return Below(2) == 0 ? jit::Atom(*ParseIpPrefix(Below(2) == 0 ? "10.0.0.0/8" : "fe80::/10"))
                             : jit::Atom(jit::AddressRange{.first = *ParseIpAddress("10.0.0.1"),
                                                           .last = *ParseIpAddress("10.0.0.9")});
      case ColumnKind::kFloat:
        return jit::FloatRange{.low = static_cast<double>(Pick(kNumbers)),
                               .high = 7,
                               .includes_low = Below(2) == 0,
                               .includes_high = Below(2) == 0};
      case ColumnKind::kInteger:
      case ColumnKind::kDate:
      case ColumnKind::kBoolean:
      case ColumnKind::kDelegated:
        return jit::IntegerRange{.first = Pick(kNumbers), .last = Pick(kNumbers)};
    }
    return jit::Exists{};
  }

  std::mt19937_64 random_;
};

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

jit::Program RandomProgramOver(const std::vector<jit::Field>& fields, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  RandomAtoms atoms(seed);
  jit::Program program = tripline::testing::RandomProgram(
      random, {.num_leaves = 40, .num_nodes = 150, .num_outputs = 20});
  program.fields = fields;
  for (jit::Leaf& leaf : program.leaves) {
    const jit::FieldIndex field = atoms.Below(fields.size());
    leaf = fields[field].kind == ColumnKind::kDelegated
               ? jit::Leaf{.field = field, .atoms = {jit::Exists{}}}
               : atoms.LeafOn(program, field);
  }
  return program;
}

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
    Column& column = batch->columns[kDelegatedField];
    column.kind = ColumnKind::kDelegated;
    column.is_empty = false;
    column.delegated = bits_;
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
    const jit::Program program = RandomProgramOver(kFields, seed);
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

// Batches that a foreign reader could hand over.
class CheckBatchTest : public ::testing::Test {
 protected:
  CheckBatchTest() {
    jit::ProgramBuilder builder;
    const auto add = [&builder](const char* name, ColumnKind kind, jit::Atom atom) {
      builder.AddOutput(builder.AddLeaf(
          {.field = builder.AddField({.name = name, .kind = kind}), .atoms = {std::move(atom)}}));
    };
    add("s", ColumnKind::kString, jit::Term{"x"});
    add("n", ColumnKind::kInteger, jit::IntegerRange{});
    add("f", ColumnKind::kFloat, jit::FloatRange{});
    add("d", ColumnKind::kDelegated, jit::Exists{});
    program_ = builder.Take();
    batch_.num_rows = 3;
    batch_.columns.resize(4);
    batch_.columns[0] = {.kind = ColumnKind::kString,
                         .offsets = offsets_,
                         .dictionary = {.id = 1, .values = values_},
                         .codes = codes_,
                         .is_empty = false};
    batch_.columns[1] = {.kind = ColumnKind::kInteger, .integers = integers_, .is_empty = false};
    batch_.columns[2] = {
        .kind = ColumnKind::kFloat, .floats = floats_, .present = present_, .is_empty = false};
    batch_.columns[3] = {
        .kind = ColumnKind::kDelegated, .delegated = delegated_, .is_empty = false};
  }

  std::string Error() const {
    const Result<void> checked = CheckBatch(batch_, program_);
    return checked ? "" : checked.error().message;
  }

  jit::Program program_;
  std::vector<std::string_view> values_ = {"x", "y"};
  std::vector<std::uint32_t> offsets_ = {0, 2, 2, 4};
  std::vector<std::uint32_t> codes_ = {0, 1, kMissing, 0};
  std::vector<std::int64_t> integers_ = {1, 2, 3};
  std::vector<double> floats_ = {1, 2, 3};
  std::vector<std::uint64_t> present_ = {7};
  std::vector<std::uint64_t> delegated_ = std::vector<std::uint64_t>(8);
  Batch batch_;
};

TEST_F(CheckBatchTest, AcceptsWhatTheContractAllows) {
  EXPECT_EQ(Error(), "");
  batch_.columns.push_back({});
  EXPECT_EQ(Error(), "") << "columns behind the program's are the detectors'";
}

TEST_F(CheckBatchTest, RefusesMissingColumnsAndForeignKinds) {
  batch_.columns[1].kind = ColumnKind::kDate;
  EXPECT_THAT(Error(), HasSubstr("column `n`"));
  batch_.columns.pop_back();
  EXPECT_THAT(Error(), HasSubstr("3 columns; expected 4"));
}

TEST_F(CheckBatchTest, RefusesTooManyRows) {
  batch_.num_rows = kMaxBlockRows + 1;
  EXPECT_THAT(Error(), HasSubstr("at most 4096"));
}

TEST_F(CheckBatchTest, RefusesOffsetsThatAreNoPartition) {
  for (const std::vector<std::uint32_t>& offsets :
       std::vector<std::vector<std::uint32_t>>{{0, 2, 1, 4},
                                               {1, 2, 2, 4},
                                               {0, 2, 4},
                                               {0, 2, 2, 4, 4},
                                               {0, 2, 2, 5},
                                               {0, 2, 2, 3},
                                               {0, 0xFFFFFFFF, 2, 4}}) {
    offsets_ = offsets;
    batch_.columns[0].offsets = offsets_;
    EXPECT_THAT(Error(), HasSubstr("column `s`"));
  }
}

TEST_F(CheckBatchTest, RefusesCodesBehindTheDictionary) {
  codes_[1] = 2;
  EXPECT_THAT(Error(), HasSubstr("codes below the number of its dictionary's values"));
}

TEST_F(CheckBatchTest, RefusesColumnsOfAnotherLength) {
  integers_.pop_back();
  batch_.columns[1].integers = integers_;
  EXPECT_THAT(Error(), HasSubstr("one number a slot"));
  batch_.columns[1].is_empty = true;
  batch_.columns[2].floats = {};
  EXPECT_THAT(Error(), HasSubstr("column `f`"));
  batch_.columns[2].is_empty = true;
  batch_.columns[0].codes = batch_.columns[0].codes.first(3);
  EXPECT_THAT(Error(), HasSubstr("one code a slot"));
}

TEST_F(CheckBatchTest, RefusesBitmapsThatAreTooShort) {
  batch_.columns[3].delegated = batch_.columns[3].delegated.first(7);
  EXPECT_THAT(Error(), HasSubstr("one bitmap of rows for each of its leaves"));
  batch_.columns[3].is_empty = true;
  std::vector<std::uint32_t> many_offsets = {0, 0, 0, 65};
  const std::vector<double> many_floats(65);
  batch_.columns[2].offsets = many_offsets;
  batch_.columns[2].floats = many_floats;
  EXPECT_THAT(Error(), HasSubstr("a bit for each slot"));
}

TEST_F(CheckBatchTest, RefusesFloatsThatAreNoNumbers) {
  floats_[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Error(), HasSubstr("column `f`"));
  present_[0] = 3;
  EXPECT_EQ(Error(), "") << "what is not present does not count";
}

}  // namespace
}  // namespace tripline::runtime
