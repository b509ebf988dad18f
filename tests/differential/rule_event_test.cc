// A million (rule, event) pairs through the whole chain, three ways: machine code, the interpreter,
// and the oracle that walks the syntax tree on the JSON document.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/check.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "tests/differential/ast_oracle.h"
#include "tests/differential/rule_event_generator.h"

namespace tripline::differential {
namespace {

constexpr std::size_t kNumRules = 500;
constexpr std::size_t kNumEvents = 2000;

struct Rules {
  std::vector<std::string> texts;
  std::vector<grammar::Ast> asts;
  jit::Program program;
};

Rules MakeRules(RuleEventGenerator& generator, bool is_rewritten) {
  static const compiler::FieldTypes mapping =
      *compiler::FieldTypes::FromMapping("mapping", GeneratedMapping());
  Rules rules;
  std::vector<jit::Program> programs;
  while (rules.texts.size() < kNumRules) {
    const std::string text = generator.Query(3);
    const SourceText query{"query", text, {}};
    auto ast = grammar::Parse(query);
    EXPECT_TRUE(ast) << text;
    const compiler::CheckedQuery checked = compiler::Check(*ast, query, {&mapping, nullptr});
    EXPECT_TRUE(checked.ast) << text;
    const jit::Program lowered = compiler::Lower(*checked.ast);
    programs.push_back(is_rewritten ? compiler::Rewrite(lowered) : lowered);
    rules.texts.push_back(text);
    rules.asts.push_back(*std::move(ast));
  }
  rules.program = jit::Link(programs);
  return rules;
}

std::vector<nlohmann::json> MakeEvents(RuleEventGenerator& generator) {
  std::vector<nlohmann::json> events;
  for (std::size_t i = 0; i < kNumEvents; ++i) {
    events.push_back(generator.Event());
  }
  return events;
}

// verdicts[rule][event]
std::vector<std::vector<bool>> Match(const jit::Program& program,
                                     const std::vector<nlohmann::json>& events,
                                     runtime::MatcherCode code, std::uint32_t max_rows) {
  std::string text;
  for (const nlohmann::json& event : events) {
    text += event.dump() + "\n";
  }
  runtime::EventReaderOptions options;
  options.max_rows = max_rows;
  auto reader = runtime::EventReader::OverText(program.fields, text, options);
  const auto matcher = runtime::Matcher::Make(program, {code});
  EXPECT_TRUE(reader && matcher);
  std::vector<std::vector<bool>> verdicts(program.outputs.size(),
                                          std::vector<bool>(events.size(), false));
  runtime::EventBlock block;
  std::size_t first = 0;
  while (*reader->Next(&block)) {
    EXPECT_TRUE(runtime::CheckBatch(block.batch, program));
    (*matcher)->Match(block.batch, {.now = kNow});
    for (jit::OutputIndex output = 0; output < program.outputs.size(); ++output) {
      for (std::uint32_t row = 0; (*matcher)->AnyOf(output) && row < block.batch.num_rows; ++row) {
        verdicts[output][first + row] =
            (((*matcher)->RowsOf(output)[row / 64] >> (row % 64)) & 1U) != 0;
      }
    }
    first += block.batch.num_rows;
  }
  EXPECT_EQ(first, events.size());
  return verdicts;
}

void ExpectOracle(const Rules& rules, const std::vector<nlohmann::json>& events,
                  const std::vector<std::vector<bool>>& verdicts) {
  std::size_t num_matches = 0;
  for (std::size_t rule = 0; rule < rules.texts.size(); ++rule) {
    for (std::size_t event = 0; event < events.size(); ++event) {
      const bool expected = Holds(rules.asts[rule], events[event]);
      num_matches += expected ? 1U : 0U;
      ASSERT_EQ(verdicts[rule][event], expected) << rules.texts[rule] << "\n"
                                                 << events[event].dump();
    }
  }
  EXPECT_GT(num_matches, kNumRules * kNumEvents / 10)
      << "a test in which nothing matches shows nothing";
  EXPECT_LT(num_matches, kNumRules * kNumEvents * 9 / 10);
}

TEST(RuleEvent, MachineCodeAgreesWithTheOracleOnAMillionPairs) {
  RuleEventGenerator generator(1);
  const Rules rules = MakeRules(generator, true);
  const std::vector<nlohmann::json> events = MakeEvents(generator);

  const auto verdicts =
      Match(rules.program, events, runtime::MatcherCode::kMachineCode, runtime::kMaxBlockRows);

  ExpectOracle(rules, events, verdicts);
}

TEST(RuleEvent, InterpreterAgreesWithMachineCodeInBlocksOfAnySize) {
  RuleEventGenerator generator(2);
  const Rules rules = MakeRules(generator, true);
  const std::vector<nlohmann::json> events = MakeEvents(generator);

  const auto by_machine = Match(rules.program, events, runtime::MatcherCode::kMachineCode, 509);
  const auto by_interpreter =
      Match(rules.program, events, runtime::MatcherCode::kInterpreter, 1024);

  EXPECT_EQ(by_machine, by_interpreter);
  ExpectOracle(rules, events, by_interpreter);
}

TEST(RuleEvent, RewritesChangeNoAnswer) {
  RuleEventGenerator generator(3);
  const Rules rules = MakeRules(generator, false);
  const std::vector<nlohmann::json> events = MakeEvents(generator);

  const auto verdicts =
      Match(rules.program, events, runtime::MatcherCode::kInterpreter, runtime::kMaxBlockRows);

  ExpectOracle(rules, events, verdicts);
}

}  // namespace
}  // namespace tripline::differential
