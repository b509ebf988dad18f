// A million (rule, event) pairs through the whole chain, three ways: machine code, the interpreter,
// and the oracle that walks the syntax tree on the JSON document.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/rewrite.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"
#include "runtime/matcher.h"
#include "tests/differential/ast_oracle.h"
#include "tests/differential/native_path.h"
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
  Rules rules;
  std::vector<jit::Program> programs;
  while (rules.texts.size() < kNumRules) {
    const std::string text = generator.Query(3);
    const jit::Program lowered = LoweredQuery(text);
    programs.push_back(is_rewritten ? compiler::Rewrite(lowered) : lowered);
    rules.texts.push_back(text);
    rules.asts.push_back(*grammar::Parse({"query", text, {}}));
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

void ExpectOracle(const Rules& rules, const std::vector<nlohmann::json>& events,
                  const Verdicts& verdicts) {
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

  const auto verdicts = MatchEvents(rules.program, events, runtime::MatcherCode::kMachineCode,
                                    runtime::kMaxBlockRows);

  ExpectOracle(rules, events, verdicts);
}

TEST(RuleEvent, InterpreterAgreesWithMachineCodeInBlocksOfAnySize) {
  RuleEventGenerator generator(2);
  const Rules rules = MakeRules(generator, true);
  const std::vector<nlohmann::json> events = MakeEvents(generator);

  const auto by_machine =
      MatchEvents(rules.program, events, runtime::MatcherCode::kMachineCode, 509);
  const auto by_interpreter =
      MatchEvents(rules.program, events, runtime::MatcherCode::kInterpreter, 1024);

  EXPECT_EQ(by_machine, by_interpreter);
  ExpectOracle(rules, events, by_interpreter);
}

TEST(RuleEvent, RewritesChangeNoAnswer) {
  RuleEventGenerator generator(3);
  const Rules rules = MakeRules(generator, false);
  const std::vector<nlohmann::json> events = MakeEvents(generator);

  const auto verdicts = MatchEvents(rules.program, events, runtime::MatcherCode::kInterpreter,
                                    runtime::kMaxBlockRows);

  ExpectOracle(rules, events, verdicts);
}

}  // namespace
}  // namespace tripline::differential
