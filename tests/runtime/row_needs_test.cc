// Events read with and without what rules need: every query must find the same rows in both, and
// what is left out must be something.
#include "runtime/row_needs.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/json_events.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "tests/support/random_atoms.h"
#include "tests/support/random_events.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b"},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.a", .kind = ColumnKind::kInteger},
    {.name = "c", .kind = ColumnKind::kText},
    {.name = "c.b"},
    {.name = "c.a", .lowercases = true},
};

struct Seen {
  std::vector<std::vector<bool>> rows;  // by output
  std::size_t num_values = 0;
};

Seen Look(const Ruleset& ruleset, const std::shared_ptr<const MatchEngine>& engine,
          const std::string& text, std::uint32_t max_rows, std::shared_ptr<const RowNeeds> needs) {
  auto reader = EventReader::OverText(ruleset.columns, text,
                                      {.max_rows = max_rows, .needs = std::move(needs)})
                    .value();
  const auto matcher = Matcher::Make(engine).value();
  Seen seen;
  seen.rows.resize(ruleset.program.outputs.size());
  EventBlock block;
  while (reader.Next(&block).value()) {
    matcher->Match(block.batch);
    for (jit::OutputIndex output = 0; output < seen.rows.size(); ++output) {
      for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
        seen.rows[output].push_back(matcher->AnyOf(output) &&
                                    ((matcher->RowsOf(output)[row / 64] >> (row % 64)) & 1U) != 0);
      }
    }
    for (const Column& column : block.batch.columns) {
      seen.num_values += column.codes.size();
    }
  }
  return seen;
}

class RowNeedsOverRandomRules : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RowNeedsOverRandomRules, ChangeNoAnswer) {
  const Ruleset ruleset =
      MakeRuleset(tripline::testing::RandomProgramOver(kFields, GetParam()), {}, {}, {});
  const auto engine = MatchEngine::Make(ruleset.program, MatcherCode::kInterpreter).value();
  const std::shared_ptr<const RowNeeds> needs = RowNeeds::Make(ruleset, engine);
  tripline::testing::RandomEvents events(GetParam());
  std::string text;
  std::vector<std::string> scalars = {
      "null", "true", "7", "1.5", R"("x")", R"("curl")", R"("10.0.0.1")", R"("cu\u0072l")"};
  for (int i = 0; i < 1500; ++i) {
    scalars.push_back("\"v" + std::to_string(i) + "\"");  // in the end a field has many values
    text += events.Next({"a", "b", "c", "a"}, scalars) + "\n";
  }
  for (const std::uint32_t max_rows : {1U, 100U, 256U, 300U, 4096U}) {
    const Seen all = Look(ruleset, engine, text, max_rows, nullptr);
    const Seen needed = Look(ruleset, engine, text, max_rows, needs);
    EXPECT_EQ(needed.rows, all.rows) << max_rows << " rows a block";
    EXPECT_LE(needed.num_values, all.num_values);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RowNeedsOverRandomRules, ::testing::Range<std::uint64_t>(1, 41));

// kind : "process" and name : "curl"; the first rule of many asks for the kind.
Ruleset KindAndName(bool has_rule_without_kind) {
  jit::Program program;
  program.fields = {{.name = "kind"}, {.name = "name"}, {.name = "id"}};
  program.leaves = {{0, {jit::Term{"process"}}}, {1, {jit::Term{"curl"}}}};
  program.nodes = {
      {jit::Op::kLeaf, 0, 0}, {jit::Op::kLeaf, 1, 0}, {jit::Op::kNot, 1, 0}, {jit::Op::kAnd, 0, 2}};
  program.operands = {0, 2};
  program.outputs = {3};
  if (has_rule_without_kind) {
    program.outputs.push_back(2);
  }
  return MakeRuleset(std::move(program), {}, {}, {});
}

constexpr const char* kEvents = R"({"kind":"process","name":"curl"}
{"kind":"process","name":"wget"}
{"kind":"network","name":"wget"}
{"kind":"network","name":"curl"}
)";

TEST(RowNeeds, LeaveOutWhatNoRuleNeeds) {
  const Ruleset ruleset = KindAndName(false);
  const auto engine = MatchEngine::Make(ruleset.program, MatcherCode::kInterpreter).value();
  const auto needs = RowNeeds::Make(ruleset, engine);
  ASSERT_NE(needs, nullptr);

  const Seen needed = Look(ruleset, engine, kEvents, 4, needs);

  EXPECT_EQ(needed.num_values, 6U);  // every kind, and two names
  EXPECT_EQ(needed.rows[0], (std::vector<bool>{false, true, false, false}));
}

TEST(RowNeeds, LeaveNothingOutWhereARuleTakesEveryKind) {
  const Ruleset ruleset = KindAndName(true);
  const auto engine = MatchEngine::Make(ruleset.program, MatcherCode::kInterpreter).value();
  const Seen needed = Look(ruleset, engine, kEvents, 4, RowNeeds::Make(ruleset, engine));

  EXPECT_EQ(needed.num_values, 8U);
  EXPECT_EQ(needed.rows[1], (std::vector<bool>{false, true, true, false}));
}

// A detector reads the fields of rows that its own rule finds.
TEST(RowNeeds, KeepWhatADetectorReads) {
  Ruleset ruleset = KindAndName(false);
  RuleSpec rule;
  rule.query = 0;
  rule.new_terms_fields = {"id"};
  ruleset.rules.push_back(rule);
  const auto engine = MatchEngine::Make(ruleset.program, MatcherCode::kInterpreter).value();
  const Seen needed = Look(ruleset, engine, R"({"kind":"process","name":"wget","id":"1"}
{"kind":"network","name":"wget","id":"2"}
)",
                           4, RowNeeds::Make(ruleset, engine));

  EXPECT_EQ(needed.num_values, 4U);  // two kinds, a name, an id
}

}  // namespace
}  // namespace tripline::runtime
