#include "compiler/query_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <string>
#include <vector>

#include "compiler/field_types.h"
#include "jit/verify.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueryParts Split(const std::string& query) {
  static const FieldTypes ecs = FieldTypes::Ecs();
  Diagnostics said;
  auto parts = SplitQuery({"query", query, {}}, {nullptr, &ecs}, said);
  EXPECT_TRUE(parts.has_value()) << query << (said.empty() ? "" : said[0].message);
  return parts ? *std::move(parts) : QueryParts{};
}

std::vector<std::string> LeavesOf(const QueryParts& parts) {
  std::vector<std::string> texts;
  for (const QueryPart& part : parts.parts) {
    if (part.kind == QueryPart::Kind::kLeaf) {
      texts.push_back(part.text);
    }
  }
  return texts;
}

// The answers of all parts, from those of the leaves in their order.
std::vector<bool> Evaluate(const QueryParts& parts, const std::vector<bool>& leaves) {
  std::vector<bool> answers;
  std::size_t next_leaf = 0;
  for (const QueryPart& part : parts.parts) {
    bool answer = part.kind == QueryPart::Kind::kAllOf;
    for (const std::uint32_t operand : part.operands) {
      if (part.kind == QueryPart::Kind::kNot) {
        answer = !answers[operand];
      } else if (part.kind == QueryPart::Kind::kAllOf) {
        answer = answer && answers[operand];
      } else {
        answer = answer || answers[operand];
      }
    }
    answers.push_back(part.kind == QueryPart::Kind::kLeaf ? leaves[next_leaf++] : answer);
  }
  return answers;
}

TEST(SplitQuery, GivesEveryPartAnOutput) {
  const QueryParts parts =
      Split("process.name : (curl or \"w get\") and not source.port >= 1024 and user.name : r*");

  EXPECT_THAT(LeavesOf(parts), ElementsAre("process.name : curl", "process.name : \"w get\"",
                                           "source.port >= 1024", "user.name : r*"));
  EXPECT_EQ(parts.parts.size(), 7U);
  EXPECT_EQ(parts.program.outputs.size(), parts.parts.size());
  EXPECT_TRUE(jit::Verify(parts.program).has_value());
  EXPECT_EQ(parts.parts.back().kind, QueryPart::Kind::kAllOf);
  EXPECT_THAT(parts.parts[0].fields, ElementsAre("process.name"));
}

TEST(SplitQuery, SaysWhatIsWrong) {
  static const FieldTypes ecs = FieldTypes::Ecs();
  for (const std::string query : {"a : (b", "source.port : abc"}) {
    Diagnostics said;
    EXPECT_FALSE(SplitQuery({"query", query, {}}, {nullptr, &ecs}, said).has_value());
    EXPECT_FALSE(said.empty()) << query;
  }
}

TEST(LeavesToTurn, AreTheFewest) {
  const QueryParts parts = Split(
      "user.name : a and user.name : b and (user.name : c or (user.name : d and user.name : e))");

  EXPECT_THAT(LeavesToTurn(parts, Evaluate(parts, {true, true, true, false, false}), true),
              IsEmpty());
  const auto answers = Evaluate(parts, {true, false, false, true, false});
  std::vector<std::string> turned;
  for (const std::uint32_t leaf : LeavesToTurn(parts, answers, true)) {
    turned.push_back(parts.parts[leaf].text);
  }
  EXPECT_THAT(turned, ElementsAre("user.name : b", "user.name : c"));
}

// Brute force over all assignments of the leaves: turning them gives the wanted answer, and no
// smaller set does.
TEST(LeavesToTurn, AreTheFewestInRandomQueries) {
  std::mt19937_64 random(9);
  const auto any = [&random](std::size_t size) { return random() % size; };
  for (int trial = 0; trial < 300; ++trial) {
    std::string query = "user.name : v0";
    const std::size_t num_leaves = 2 + any(6);
    for (std::size_t i = 1; i < num_leaves; ++i) {
      const std::string leaf = "user.name : v" + std::to_string(i);
      const std::string joined = any(2) == 0 ? " and " : " or ";
      query =
          any(3) == 0 ? "not (" + query + ")" + joined + leaf : "(" + query + joined + leaf + ")";
    }
    const QueryParts parts = Split(query);
    std::vector<std::uint32_t> places;
    for (std::uint32_t i = 0; i < parts.parts.size(); ++i) {
      if (parts.parts[i].kind == QueryPart::Kind::kLeaf) {
        places.push_back(i);
      }
    }
    ASSERT_EQ(places.size(), num_leaves) << query;
    const std::size_t now = any(std::size_t{1} << num_leaves);
    const auto assigned = [&](std::size_t bits) {
      std::vector<bool> leaves;
      for (std::size_t i = 0; i < num_leaves; ++i) {
        leaves.push_back((bits >> i & 1U) != 0);
      }
      return Evaluate(parts, leaves);
    };
    const std::vector<bool> answers = assigned(now);
    const bool wanted = !answers.back();
    std::size_t fewest = num_leaves + 1;
    for (std::size_t bits = 0; bits < std::size_t{1} << num_leaves; ++bits) {
      if (assigned(bits).back() == wanted) {
        fewest = std::min<std::size_t>(fewest, static_cast<std::size_t>(std::popcount(bits ^ now)));
      }
    }
    const auto turned = LeavesToTurn(parts, answers, wanted);
    ASSERT_EQ(turned.size(), fewest) << query << " " << now;
    std::size_t then = now;
    for (const std::uint32_t leaf : turned) {
      then ^= std::size_t{1} << static_cast<std::size_t>(std::ranges::find(places, leaf) -
                                                         places.begin());
    }
    EXPECT_EQ(assigned(then).back(), wanted) << query;
  }
}

}  // namespace
}  // namespace tripline::compiler
