// Random rules over small random samples: which of them are blind, and why, by direct evaluation of
// the syntax tree on every event.
#include "compiler/blind_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/rule_needs.h"
#include "compiler/watch_needs.h"
#include "grammar/parse.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "tests/differential/ast_oracle.h"
#include "tests/differential/native_path.h"
#include "tests/differential/rule_event_generator.h"

namespace tripline::differential {
namespace {

using compiler::BlindNeed;
using compiler::BlindReason;
using compiler::BlindRule;
using nlohmann::json;

constexpr std::size_t kNumRounds = 60;
constexpr std::size_t kNumRules = 40;

enum class Known : std::uint8_t { kNever, kAlways, kSometimes };

Known Negated(Known known) {
  return known == Known::kNever    ? Known::kAlways
         : known == Known::kAlways ? Known::kNever
                                   : Known::kSometimes;
}

Known OfOperands(const std::vector<Known>& operands, Known deciding) {
  if (std::ranges::find(operands, deciding) != operands.end()) {
    return deciding;
  }
  const bool is_unanimous =
      std::ranges::all_of(operands, [&](Known known) { return known == Negated(deciding); });
  return is_unanimous ? Negated(deciding) : Known::kSometimes;
}

Known OfQuery(const std::string& text, const std::vector<json>& events) {
  const auto ast = grammar::Parse({"query", text, {}});
  EXPECT_TRUE(ast) << text;
  const auto num = std::ranges::count_if(events, [&](const json& e) { return Holds(*ast, e); });
  return num == 0                                            ? Known::kNever
         : num == static_cast<std::ptrdiff_t>(events.size()) ? Known::kAlways
                                                             : Known::kSometimes;
}

// What is known of a query by what is known of its conditions, each asked of every event alone.
Known ByParts(const grammar::Ast& ast, const std::vector<json>& events) {
  std::vector<Known> known;
  for (const grammar::Node& node : ast.nodes) {
    std::vector<Known> operands;
    grammar::VisitOperands(node, [&](grammar::NodeId id) { operands.push_back(known[id]); });
    known.push_back(std::visit(
        Overloaded{[&](const grammar::AndNode&) { return OfOperands(operands, Known::kNever); },
                   [&](const grammar::OrNode&) { return OfOperands(operands, Known::kAlways); },
                   [&](const grammar::NotNode&) { return Negated(operands[0]); },
                   [&](const auto&) {
                     const auto id = static_cast<grammar::NodeId>(known.size());
                     grammar::Ast part{{ast.nodes.begin(), ast.nodes.begin() + id + 1}, id};
                     const auto num = std::ranges::count_if(
                         events, [&](const json& event) { return Holds(part, event); });
                     return num == 0                                            ? Known::kNever
                            : num == static_cast<std::ptrdiff_t>(events.size()) ? Known::kAlways
                                                                                : Known::kSometimes;
                   }},
        node.data));
  }
  return known[ast.root];
}

struct Round {
  std::vector<compiler::Rule> rules;
  std::vector<grammar::Ast> asts;
  std::vector<json> events;
  compiler::NeedsOfRules needs;
  std::vector<BlindRule> blind;
  std::vector<std::uint64_t> num_matches;
};

Round MakeRound(RuleEventGenerator& generator, std::size_t num_events) {
  Round round;
  for (std::size_t i = 0; i < kNumRules; ++i) {
    compiler::Rule rule;
    rule.query = {"query", generator.Query(2), {}};
    rule.interval = Milliseconds(0);  // dates around now: by the clock of the oracle
    round.asts.push_back(*grammar::Parse(rule.query));
    round.rules.push_back(std::move(rule));
  }
  std::string lines;
  for (std::size_t i = 0; i < num_events; ++i) {
    round.events.push_back(generator.Event());
    lines += round.events.back().dump() + "\n";
  }
  round.needs = compiler::FindNeeds(round.rules, {}, {&GeneratedTypes(), nullptr});
  const runtime::Ruleset columns = runtime::MakeRuleset(round.needs.program, {}, {});
  auto reader = runtime::EventReader::OverText(columns.columns, lines);
  const auto matcher = runtime::Matcher::Make(round.needs.program);
  compiler::NeedsWatch watch(round.needs);
  runtime::EventBlock block;
  while (*reader->Next(&block)) {
    (*matcher)->Match(block.batch, {.now = kNow});
    watch.Take(block, **matcher);
  }
  round.blind = FindBlindRules(round.needs, &watch.seen());
  for (const compiler::RuleSeen& seen : watch.seen().rules) {
    round.num_matches.push_back(seen.num_matches);
  }
  return round;
}

void ExpectReason(const BlindNeed& blind, const compiler::Need& need,
                  const std::vector<json>& events) {
  const Known known = OfQuery(need.text, events);
  const bool is_plain = !need.field.empty() && need.text.find('{') == std::string::npos;
  const Known field = is_plain ? OfQuery(need.field + " : *", events) : Known::kSometimes;
  switch (blind.reason) {
    case BlindReason::kValueInEveryEvent:
      EXPECT_EQ(known, Known::kAlways) << need.text;
      break;
    case BlindReason::kValueNeverSeen:
      EXPECT_EQ(known, Known::kNever) << need.text;
      EXPECT_NE(field, Known::kNever) << need.text;
      break;
    case BlindReason::kFieldAbsent:
      EXPECT_EQ(known, Known::kNever) << need.text;
      EXPECT_TRUE(!is_plain || field == Known::kNever) << need.text;
      break;
    default:
      EXPECT_NE(known, Known::kSometimes) << need.text;
  }
}

TEST(BlindRulesAtRandom, AreExactlyThoseThatTheirConditionsMakeFalse) {
  RuleEventGenerator generator(21);
  std::size_t num_blind = 0;
  for (std::size_t i = 0; i < kNumRounds; ++i) {
    const Round round = MakeRound(generator, 1 + i % 12);
    ASSERT_EQ(round.needs.rules.size(), kNumRules);
    for (std::uint32_t rule = 0; rule < kNumRules; ++rule) {
      const auto num = std::ranges::count_if(
          round.events, [&](const json& event) { return Holds(round.asts[rule], event); });
      EXPECT_EQ(round.num_matches[rule], static_cast<std::uint64_t>(num));
      const bool is_blind = std::ranges::binary_search(round.blind, rule, {}, &BlindRule::rule);
      EXPECT_EQ(is_blind, ByParts(round.asts[rule], round.events) == Known::kNever)
          << round.rules[rule].query.text;
      EXPECT_FALSE(is_blind && num > 0) << round.rules[rule].query.text;
    }
    num_blind += round.blind.size();
  }
  EXPECT_GT(num_blind, kNumRounds * kNumRules / 20);
  EXPECT_LT(num_blind, kNumRounds * kNumRules * 19 / 20);
}

TEST(BlindRulesAtRandom, AreBlindForReasonsThatHoldOnEveryEvent) {
  RuleEventGenerator generator(22);
  for (std::size_t i = 0; i < kNumRounds; ++i) {
    const Round round = MakeRound(generator, 1 + i % 6);
    for (const BlindRule& blind : round.blind) {
      EXPECT_TRUE(std::ranges::any_of(blind.needs, &BlindNeed::is_main));
      for (const BlindNeed& reason : blind.needs) {
        ExpectReason(reason, round.needs.needs[reason.need], round.events);
      }
    }
  }
}

}  // namespace
}  // namespace tripline::differential
