#include "runtime/detector_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tripline::runtime {
namespace {

using jit::ColumnKind;

// Two rules: output 0 reads field `a`, output 1 is not (`b` or `c`).
Ruleset TwoRules(ColumnKind kind_of_a = ColumnKind::kString,
                 ColumnKind kind_of_c = ColumnKind::kString) {
  jit::Program program;
  program.fields = {
      {.name = "a", .kind = kind_of_a}, {.name = "b"}, {.name = "c", .kind = kind_of_c}};
  for (jit::FieldIndex field = 0; field < 3; ++field) {
    program.leaves.push_back({.field = field, .atoms = {jit::Exists{}}});
  }
  program.nodes = {{.op = jit::Op::kLeaf, .first = 0},
                   {.op = jit::Op::kLeaf, .first = 1},
                   {.op = jit::Op::kLeaf, .first = 2},
                   {.op = jit::Op::kOr, .first = 0, .count = 2},
                   {.op = jit::Op::kNot, .first = 3}};
  program.operands = {1, 2};
  program.outputs = {0, 4};
  std::vector<RuleSpec> rules(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    rules[i].rule_id = std::to_string(i);
    rules[i].document = R"({"query":"q"})";
    rules[i].query = i;
  }
  return MakeRuleset(std::move(program), std::move(rules), {});
}

std::string KeyOf(const Ruleset& ruleset, std::size_t rule) {
  return DetectorKey(ruleset, ruleset.rules[rule]);
}

TEST(DetectorKey, ChangesWithTheTypeOfAFieldThatTheRuleReads) {
  const Ruleset before = TwoRules();
  const Ruleset after = TwoRules(ColumnKind::kString, ColumnKind::kInteger);

  EXPECT_EQ(KeyOf(after, 0), KeyOf(before, 0));
  EXPECT_NE(KeyOf(after, 1), KeyOf(before, 1));
}

TEST(DetectorKey, ChangesWithTheTypeOfANewTermsField) {
  const auto key = [](ColumnKind kind) {
    Ruleset ruleset = TwoRules();
    ruleset.rules[0].type = RuleType::kNewTerms;
    ruleset.rules[0].new_terms_fields = {"user"};
    ruleset.columns.push_back({.name = "user", .kind = kind});
    return KeyOf(ruleset, 0);
  };

  EXPECT_EQ(key(ColumnKind::kString), key(ColumnKind::kString));
  EXPECT_NE(key(ColumnKind::kString), key(ColumnKind::kInteger));
}

TEST(DetectorKey, ChangesWithEveryBoundOfTheWindow) {
  const auto key = [](const char* from, const char* to, const char* history_start) {
    Ruleset ruleset = TwoRules();
    ruleset.rules[0].window = {*WindowBound::Parse(from), *WindowBound::Parse(to),
                               *WindowBound::Parse(history_start)};
    return KeyOf(ruleset, 0);
  };
  const std::set<std::string> keys = {
      key("now-1d", "now", "now-7d"),   key("now-2d", "now", "now-7d"),
      key("now-1d", "now", "now-8d"),   key("now-1d/d", "now", "now-7d"),
      key("now-1d", "now/d", "now-7d"), key("now-1d", "now-1m", "now-7d"),
      key("now-1d", "now", "now-7d/d"), key("now-1d", "now", "now/d-7d")};

  EXPECT_EQ(keys.size(), 8U);
  EXPECT_EQ(key("now-24h", "now", "now-1w"), key("now-1d", "now", "now-7d"))
      << "the same window in other words";
}

TEST(DetectorKey, OfAPlainWindowIsWhatItAlwaysWas) {
  Ruleset ruleset = TwoRules();
  ruleset.rules[0].interval = std::chrono::minutes(5);
  ruleset.rules[0].window = WindowMath::Of(std::chrono::minutes(59), std::chrono::days(20));

  EXPECT_EQ(KeyOf(ruleset, 0), "d6f15e3259a4438a5454be3dca844e35299bfb91afcc5ab1e98e1b1b4685b906");
}

TEST(DetectorKey, DoesNotDependOnTheRulesAround) {
  Ruleset alone = TwoRules();
  alone.program.fields.insert(alone.program.fields.begin(), {.name = "other"});
  for (jit::Leaf& leaf : alone.program.leaves) {
    ++leaf.field;
  }

  EXPECT_EQ(KeyOf(alone, 1), KeyOf(TwoRules(), 1));
}

TEST(DetectorKey, ChangesWithTheWordsThatMeanSomethingAndNoOthers) {
  const auto key = [](const std::string& document) {
    Ruleset ruleset = TwoRules();
    ruleset.rules[0].document = document;
    return KeyOf(ruleset, 0);
  };

  EXPECT_EQ(key(R"({"query":"q"})"), key(R"({"tags":["t"],"query":"q","severity":"low"})"));
  EXPECT_NE(key(R"({"query":"q"})"), key(R"({"query":"r"})"));
  EXPECT_NE(key(R"({"query":"q"})"), key(R"({"query":"q","index":["logs-*"]})"));
  EXPECT_NE(key(R"({"query":"q"})"), key(R"({"query":"q","exceptions_list":[{"id":"e"}]})"));
}

}  // namespace
}  // namespace tripline::runtime
