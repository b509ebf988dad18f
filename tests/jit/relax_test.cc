#include "jit/relax.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "jit/evaluate_row.h"
#include "jit/program_builder.h"
#include "jit/verify.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

constexpr Knowledge kUnknown = Knowledge::kUnknown;
constexpr Knowledge kKnown = Knowledge::kKnown;
constexpr Knowledge kNever = Knowledge::kNever;

std::vector<Knowledge> RandomKnowledge(std::mt19937_64& random, std::size_t num_leaves) {
  std::vector<Knowledge> knowledge;
  for (std::size_t i = 0; i < num_leaves; ++i) {
    const std::uint64_t choice = random() % 5;
    knowledge.push_back(choice == 0 ? kNever : choice < 3 ? kKnown : kUnknown);
  }
  return knowledge;
}

TEST(Relax, IsTrueWhereverTheProgramIsWhateverTheUnknownLeavesAre) {
  std::mt19937_64 random(1);
  std::uint64_t num_excluded = 0;
  for (int round = 0; round < 300; ++round) {
    const Program program = tripline::testing::RandomProgram(
        random, {.num_leaves = 20, .num_nodes = 120, .num_outputs = 30});
    const std::vector<Knowledge> knowledge = RandomKnowledge(random, program.leaves.size());
    Program relaxed = Relax(program, knowledge);
    relaxed.fields = program.fields;
    relaxed.leaves = program.leaves;
    ASSERT_TRUE(Verify(relaxed).has_value());
    ASSERT_EQ(relaxed.outputs.size(), program.outputs.size());
    for (int row = 0; row < 50; ++row) {
      std::vector<bool> truth(program.leaves.size());
      std::vector<bool> known(program.leaves.size());
      for (std::size_t leaf = 0; leaf < truth.size(); ++leaf) {
        truth[leaf] = knowledge[leaf] != kNever && random() % 2 == 0;
        // An unknown leaf must not be looked at: any answer will do.
        known[leaf] = knowledge[leaf] == kKnown ? truth[leaf] : random() % 2 == 0;
      }

      const std::vector<bool> exact = EvaluateRow(program, truth);
      const std::vector<bool> most = EvaluateRow(relaxed, known);

      for (std::size_t output = 0; output < exact.size(); ++output) {
        ASSERT_TRUE(most[output] || !exact[output]) << "round " << round << " output " << output;
        num_excluded += most[output] ? 0 : 1;
      }
    }
  }
  EXPECT_GT(num_excluded, 50'000U) << "it must exclude something to be of use";
}

TEST(Relax, IsTheProgramWhereEverythingIsKnown) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 100; ++round) {
    const Program program = tripline::testing::RandomProgram(
        random, {.num_leaves = 20, .num_nodes = 120, .num_outputs = 30});
    const Program relaxed =
        Relax(program, std::vector<Knowledge>(program.leaves.size(), Knowledge::kKnown));
    for (int row = 0; row < 20; ++row) {
      std::vector<bool> truth(program.leaves.size());
      for (std::size_t leaf = 0; leaf < truth.size(); ++leaf) {
        truth[leaf] = random() % 2 == 0;
      }
      ASSERT_EQ(EvaluateRow(relaxed, truth), EvaluateRow(program, truth));
    }
  }
}

TEST(Relax, MakesOutputsFalseThatNobodyWantsAndLeavesTheOthersAsTheyAre) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 100; ++round) {
    const Program program = tripline::testing::RandomProgram(
        random, {.num_leaves = 20, .num_nodes = 120, .num_outputs = 30});
    const std::vector<Knowledge> knowledge = RandomKnowledge(random, program.leaves.size());
    std::vector<std::uint8_t> wanted(program.outputs.size());
    for (std::uint8_t& output : wanted) {
      output = static_cast<std::uint8_t>(random() % 2);
    }
    const Program all = Relax(program, knowledge);
    const Program some = Relax(program, knowledge, wanted);
    EXPECT_LE(some.nodes.size(), all.nodes.size() + 1);
    for (int row = 0; row < 20; ++row) {
      std::vector<bool> truth(program.leaves.size());
      for (std::size_t leaf = 0; leaf < truth.size(); ++leaf) {
        truth[leaf] = random() % 2 == 0;
      }
      const std::vector<bool> of_all = EvaluateRow(all, truth);
      const std::vector<bool> of_some = EvaluateRow(some, truth);
      for (std::size_t output = 0; output < wanted.size(); ++output) {
        ASSERT_EQ(of_some[output], of_all[output] && wanted[output] != 0);
      }
    }
  }
}

// a and b and not c
class RelaxedRule : public ::testing::Test {
 protected:
  RelaxedRule() {
    ProgramBuilder builder;
    std::vector<NodeIndex> leaves;
    for (const char* name : {"a", "b", "c"}) {
      leaves.push_back(
          builder.AddLeaf({.field = builder.AddField({.name = name}), .atoms = {Exists{}}}));
    }
    leaves[2] = builder.AddNot(leaves[2]);
    builder.AddOutput(builder.AddAnd(leaves));
    program_ = builder.Take();
  }

  bool MayMatch(const std::vector<Knowledge>& knowledge, const std::vector<bool>& truth) const {
    return EvaluateRow(Relax(program_, knowledge), truth)[0];
  }
  bool IsDead(const std::vector<Knowledge>& knowledge) const {
    const Program relaxed = Relax(program_, knowledge);
    return relaxed.nodes[relaxed.outputs[0]].op == Op::kFalse;
  }

  Program program_;
};

TEST_F(RelaxedRule, NeedsItsKnownLeavesOnly) {
  EXPECT_TRUE(MayMatch({kKnown, kUnknown, kUnknown}, {true, false, true}));
  EXPECT_FALSE(MayMatch({kKnown, kUnknown, kUnknown}, {false, true, false}));
  EXPECT_FALSE(MayMatch({kUnknown, kUnknown, kKnown}, {true, true, true}));
  EXPECT_TRUE(MayMatch({kUnknown, kUnknown, kUnknown}, {false, false, true}));
}

TEST_F(RelaxedRule, IsDeadWithoutARequiredField) {
  EXPECT_TRUE(IsDead({kNever, kUnknown, kUnknown}));
  EXPECT_FALSE(IsDead({kUnknown, kUnknown, kNever}));
  EXPECT_FALSE(IsDead({kUnknown, kKnown, kUnknown}));
}

}  // namespace
}  // namespace tripline::jit
