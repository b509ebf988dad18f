// Each rewrite alone, and all in any order, keeps what a Program answers: the interpreter before
// and after, over random queries and events.
#include "compiler/rewrite.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "jit/program_builder.h"
#include "jit/verify.h"
#include "tests/differential/native_path.h"
#include "tests/differential/rule_event_generator.h"

namespace tripline::differential {
namespace {

constexpr std::size_t kNumQueries = 400;
constexpr std::size_t kNumEvents = 500;

using RewriteStep = std::function<jit::Program(const jit::Program&)>;

// Alternatives of one field: what merging and covering look for.
std::string Alternatives(RuleEventGenerator& generator) {
  std::string query;
  for (int i = 0; i < 4; ++i) {
    query += (i == 0 ? "(" : " or (") + generator.Query(0) + ")";
  }
  return query;
}

void ExpectSameAnswers(std::uint64_t seed, const RewriteStep& rewrite) {
  RuleEventGenerator generator(seed);
  std::vector<std::string> texts;
  std::vector<jit::Program> before;
  std::vector<jit::Program> after;
  std::size_t num_changed = 0;
  for (std::size_t i = 0; i < kNumQueries; ++i) {
    const std::string alternatives = Alternatives(generator);
    texts.push_back(i % 4 == 0   ? generator.Query(3)
                    : i % 4 == 1 ? alternatives
                    : i % 4 == 2 ? "not (" + alternatives + ") and " + generator.Query(1)
                                 : alternatives + " or " + generator.Query(2));
    before.push_back(LoweredQuery(texts.back()));
    after.push_back(rewrite(before.back()));
    ASSERT_TRUE(jit::Verify(after.back())) << texts.back();
    num_changed += before.back() == after.back() ? 0U : 1U;
  }
  EXPECT_GT(num_changed, kNumQueries / 20) << "a rewrite that changes nothing keeps anything";
  std::vector<nlohmann::json> events;
  for (std::size_t i = 0; i < kNumEvents; ++i) {
    events.push_back(generator.Event());
  }
  constexpr auto kInterpreter = runtime::MatcherCode::kInterpreter;
  const Verdicts expected = MatchEvents(jit::Link(before), events, kInterpreter);
  const Verdicts found = MatchEvents(jit::Link(after), events, kInterpreter);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(found[i], expected[i]) << texts[i];
  }
}

TEST(Rewrites, MergeAlternativesKeepsTheMeaning) {
  ExpectSameAnswers(31, compiler::MergeAlternatives);
}

TEST(Rewrites, DropCoveredAtomsKeepsTheMeaning) {
  // Alone it finds only what stands in one leaf, so alternatives are merged first.
  ExpectSameAnswers(32, [](const jit::Program& program) {
    return compiler::DropCoveredAtoms(compiler::MergeAlternatives(program));
  });
}

TEST(Rewrites, KeepTheMeaningInAnyOrderAndTwice) {
  ExpectSameAnswers(33, [](const jit::Program& program) {
    return compiler::Rewrite(
        compiler::MergeAlternatives(compiler::DropCoveredAtoms(compiler::Rewrite(program))));
  });
}

}  // namespace
}  // namespace tripline::differential
