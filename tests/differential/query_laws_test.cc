// The laws of logic hold for queries: texts that must mean the same are compiled apart, each the
// whole way from text to verdicts, and asked of the same events; one of the two also of the oracle.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/source_text.h"
#include "compiler/format_query.h"
#include "compiler/rewrite.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"
#include "tests/differential/ast_oracle.h"
#include "tests/differential/native_path.h"
#include "tests/differential/rule_event_generator.h"

namespace tripline::differential {
namespace {

constexpr std::size_t kNumPairs = 300;
constexpr std::size_t kNumEvents = 300;

using Pair = std::pair<std::string, std::string>;  // mean the same

std::string Grouped(const std::string& query) { return "(" + query + ")"; }
std::string Not(const std::string& query) { return "not " + Grouped(query); }
std::string And(const std::string& a, const std::string& b) {
  return Grouped(a) + " and " + Grouped(b);
}
std::string Or(const std::string& a, const std::string& b) {
  return Grouped(a) + " or " + Grouped(b);
}

grammar::Ast Parsed(const std::string& text) {
  const auto ast = grammar::Parse({"query", text, {}});
  EXPECT_TRUE(ast) << text;
  return *ast;
}

jit::Program AllOf(const std::vector<Pair>& pairs, std::string Pair::* side) {
  std::vector<jit::Program> programs;
  for (const Pair& pair : pairs) {
    programs.push_back(compiler::Rewrite(LoweredQuery(pair.*side)));
  }
  return jit::Link(programs);
}

void ExpectSame(std::uint64_t seed, const std::function<Pair(RuleEventGenerator&)>& make) {
  RuleEventGenerator generator(seed);
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < kNumPairs; ++i) {
    pairs.push_back(make(generator));
  }
  std::vector<nlohmann::json> events;
  for (std::size_t i = 0; i < kNumEvents; ++i) {
    events.push_back(generator.Event());
  }
  constexpr auto kCode = runtime::MatcherCode::kInterpreter;
  const Verdicts first = MatchEvents(AllOf(pairs, &Pair::first), events, kCode);
  const Verdicts second = MatchEvents(AllOf(pairs, &Pair::second), events, kCode);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(first[i], second[i]) << pairs[i].first << "\n" << pairs[i].second;
    const grammar::Ast ast = Parsed(pairs[i].second);
    for (std::size_t event = 0; event < events.size(); event += 10) {
      EXPECT_EQ(second[i][event], Holds(ast, events[event])) << pairs[i].second;
    }
  }
}

TEST(QueryLaws, DeMorgan) {
  ExpectSame(41, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(1);
    const std::string b = generator.Query(1);
    return Pair(Not(Or(a, b)), And(Not(a), Not(b)));
  });
  ExpectSame(42, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(1);
    const std::string b = generator.Query(1);
    return Pair(Not(And(a, b)), Or(Not(a), Not(b)));
  });
}

TEST(QueryLaws, TheOrderOfOperandsChangesNothing) {
  ExpectSame(43, [](RuleEventGenerator& generator) {
    const std::array<std::string, 3> parts = {generator.Query(1), generator.Query(1),
                                              generator.Query(1)};
    const auto joined = [&](const char* word, std::size_t i, std::size_t j, std::size_t k) {
      return Grouped(parts[i]) + word + Grouped(parts[j]) + word + Grouped(parts[k]);
    };
    const std::size_t turn = generator.Query(0).size() % 3;
    const char* const word = turn == 0 ? " or " : " and ";
    return Pair(joined(word, 0, 1, 2), joined(word, 2, turn == 1 ? 1 : 0, turn == 1 ? 0 : 1));
  });
}

TEST(QueryLaws, ParenthesesAndDoubledGroupsAndNegationsChangeNothing) {
  ExpectSame(44, [](RuleEventGenerator& generator) {
    const std::string query = generator.Query(2);
    EXPECT_EQ(grammar::Print(Parsed(query)), grammar::Print(Parsed(Grouped(Grouped(query)))));
    return Pair(query, Grouped(Grouped(query)));
  });
  ExpectSame(45, [](RuleEventGenerator& generator) {
    const std::string query = generator.Query(2);
    return Pair(query, Not(Not(query)));
  });
  ExpectSame(46, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(1);
    const std::string b = generator.Query(1);
    const std::string c = generator.Query(1);
    return Pair(And(And(a, b), c), And(a, And(b, c)));
  });
}

TEST(QueryLaws, AndGoesIntoOrAndAbsorbs) {
  ExpectSame(47, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(1);
    const std::string b = generator.Query(1);
    const std::string c = generator.Query(1);
    return Pair(And(a, Or(b, c)), Or(And(a, b), And(a, c)));
  });
  ExpectSame(48, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(2);
    return Pair(a, Or(a, And(a, generator.Query(1))));
  });
}

TEST(QueryLaws, APartAndItsOppositeAreAllAndNothing) {
  ExpectSame(49, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(2);
    return Pair(Or(a, Not(a)), "*:*");
  });
  ExpectSame(50, [](RuleEventGenerator& generator) {
    const std::string a = generator.Query(2);
    return Pair(And(a, Not(a)), "not *:*");
  });
}

TEST(QueryLaws, AListOfValuesIsItsConditionsOneByOne) {
  static constexpr std::array<const char*, 5> kFields = {"k.a", "k.b", "kc", "tx", "unknown"};
  static constexpr std::array<const char*, 6> kValues = {"a", "b*", "\"a b\"", "*", "A", "4624"};
  std::size_t at = 0;
  const auto next = [&at](const auto& list) { return std::string(list[at++ * 7 % list.size()]); };
  ExpectSame(51, [&](RuleEventGenerator& generator) {
    const std::string field = next(kFields);
    const std::string x = next(kValues);
    const std::string y = next(kValues);
    const std::string word = generator.Query(0).size() % 2 == 0 ? " or " : " and ";
    const Pair pair(field + ":(" + x + word + "not " + y + ")",
                    field + ":" + x + word + "not " + field + ":" + y);
    EXPECT_EQ(grammar::Print(Parsed(pair.first)), grammar::Print(Parsed(pair.second)));
    return pair;
  });
}

TEST(QueryLaws, CanonicalTextMeansTheSame) {
  ExpectSame(52, [](RuleEventGenerator& generator) {
    const std::string query = generator.Query(3);
    const auto canonical = compiler::FormatQuery({"query", query, {}}, 40);
    EXPECT_TRUE(canonical) << query;
    EXPECT_EQ(grammar::Print(Parsed(query)), grammar::Print(Parsed(*canonical)));
    return Pair(query, *canonical);
  });
}

}  // namespace
}  // namespace tripline::differential
