// Parse() against the slow twin: accept or reject, tree, error offset and message, on random text.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "base/diagnostic.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "peg_oracle.h"
#include "query_generator.h"

namespace tripline::grammar {
namespace {

// Empty if both agree.
std::string Difference(const std::string& query, const PegAnswer& wanted) {
  const auto got = Parse({"query", query, {}, {}});
  if (got.has_value() != wanted.is_accepted) {
    return got ? "accepted, wanted: " + wanted.message
               : "refused: " + got.error()[0].message + ", wanted " + wanted.tree;
  }
  if (got) {
    const std::string tree = Print(*got);
    return tree == wanted.tree ? "" : "tree " + tree + ", wanted " + wanted.tree;
  }
  const Diagnostic& error = got.error()[0];
  if (error.utf16_offset != wanted.offset) {
    return "offset " + std::to_string(error.utf16_offset) + ", wanted " +
           std::to_string(wanted.offset) + ": " + wanted.message;
  }
  return error.message == wanted.message ? "" : error.message + "\nwanted: " + wanted.message;
}

#ifdef TRIPLINE_SLOW_TESTS
constexpr int kQueries = 200'000;
constexpr std::uint64_t kSeed = 7'000;
#else
constexpr int kQueries = 30'000;
constexpr std::uint64_t kSeed = 1;
#endif

TEST(ParseAgainstPeg, AgreesOnRandomTokens) {
  QueryGenerator generator(kSeed);
  int num_accepted = 0;

  for (int i = 0; i < kQueries; ++i) {
    const std::string query = generator.Tokens();
    const PegAnswer wanted = ParseWithPeg(query);
    ASSERT_EQ(Difference(query, wanted), "") << "query " << i << ": [" << query << "]";
    num_accepted += wanted.is_accepted ? 1 : 0;
  }

  EXPECT_GT(num_accepted, kQueries / 50);
  EXPECT_LT(num_accepted, kQueries / 2);
}

TEST(ParseAgainstPeg, AgreesOnDamagedDerivations) {
  QueryGenerator generator(kSeed + 1);
  int num_accepted = 0;

  for (int i = 0; i < kQueries; ++i) {
    const std::string query = generator.Derivation();
    const PegAnswer wanted = ParseWithPeg(query);
    ASSERT_EQ(Difference(query, wanted), "") << "query " << i << ": [" << query << "]";
    num_accepted += wanted.is_accepted ? 1 : 0;
  }

  EXPECT_GT(num_accepted, kQueries / 4);
  EXPECT_LT(num_accepted, kQueries * 9 / 10);
}

}  // namespace
}  // namespace tripline::grammar
