#include "jit/interpreter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "jit/evaluate_row.h"
#include "jit/program_builder.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

std::uint32_t Size(const auto& list) { return static_cast<std::uint32_t>(list.size()); }

/// Runs one block; the memory is made dirty first, so that what is not written shows.
void Evaluate(const Program& program, LeafBitmaps& leaves, OutputBitmaps& outputs) {
  const Interpreter interpreter(program);
  Interpreter::Scratch scratch(interpreter, leaves.num_words());
  outputs.Reset(leaves.num_words());
  std::fill_n(outputs.any(), program.outputs.size(), 0xAA);
  interpreter.Evaluate(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(),
                       leaves.num_words(), scratch);
}

/// leaf 0, leaf 1, not leaf 0, both, either, false, true.
Program OneOfEach() {
  ProgramBuilder builder;
  const FieldIndex field = builder.AddField({.name = "f"});
  const NodeIndex a = builder.AddLeaf({field, {Term{"a"}}});
  const NodeIndex b = builder.AddLeaf({field, {Term{"b"}}});
  const std::vector<NodeIndex> both{a, b};
  for (const NodeIndex node : {a, b, builder.AddNot(a), builder.AddAnd(both), builder.AddOr(both),
                               builder.AddConstant(false), builder.AddConstant(true)}) {
    builder.AddOutput(node);
  }
  return builder.Take();
}

TEST(Interpreter, EvaluatesEveryOperation) {
  LeafBitmaps leaves(2, kSliceWords);
  OutputBitmaps outputs(7, kSliceWords);
  leaves.Reset(kSliceWords);
  leaves.Set(0, 3);
  leaves.Set(0, 511);
  leaves.Set(1, 511);

  Evaluate(OneOfEach(), leaves, outputs);

  const std::uint64_t last = std::uint64_t{1} << 63U;
  EXPECT_EQ(outputs.Words(0)[0], 8);
  EXPECT_EQ(outputs.Words(0)[7], last);
  EXPECT_EQ(outputs.Words(1)[0], 0);
  EXPECT_EQ(outputs.Words(2)[0], ~std::uint64_t{8});
  EXPECT_EQ(outputs.Words(3)[0], 0);
  EXPECT_EQ(outputs.Words(3)[7], last);
  EXPECT_EQ(outputs.Words(4)[0], 8);
  EXPECT_FALSE(outputs.IsAny(5));
  EXPECT_EQ(outputs.Words(6)[4], ~std::uint64_t{0});
}

TEST(Interpreter, WithEmptyLeavesOnlyNegationsAndConstantsAreTrue) {
  LeafBitmaps leaves(2, kSliceWords);
  OutputBitmaps outputs(7, kSliceWords);
  leaves.Reset(kSliceWords);

  Evaluate(OneOfEach(), leaves, outputs);

  std::vector<bool> any;
  for (OutputIndex i = 0; i < 7; ++i) any.push_back(outputs.IsAny(i));
  EXPECT_EQ(any, (std::vector<bool>{false, false, true, false, false, false, true}));
}

TEST(Interpreter, ALeafThatSaysAnyWithoutABitIsEmpty) {
  LeafBitmaps leaves(2, kSliceWords);
  OutputBitmaps outputs(7, kSliceWords);
  leaves.Reset(kSliceWords);
  static_cast<void>(leaves.Words(0));

  Evaluate(OneOfEach(), leaves, outputs);

  EXPECT_FALSE(outputs.IsAny(0));
  EXPECT_FALSE(outputs.IsAny(4));
}

TEST(Interpreter, ABlockWithoutRowsMatchesNothing) {
  LeafBitmaps leaves(2, kSliceWords);
  OutputBitmaps outputs(7, kSliceWords);
  leaves.Reset(0);

  Evaluate(OneOfEach(), leaves, outputs);

  for (OutputIndex i = 0; i < 7; ++i) EXPECT_FALSE(outputs.IsAny(i)) << i;
}

TEST(Interpreter, AnEmptyProgramHasNothingToSay) {
  LeafBitmaps leaves(0, kSliceWords);
  OutputBitmaps outputs(0, kSliceWords);
  leaves.Reset(kSliceWords);

  Evaluate(Program{}, leaves, outputs);
}

TEST(Interpreter, OneScratchServesBlocksOfDifferentSizes) {
  std::mt19937_64 random(5);
  const Program program = testing::RandomProgram(random, {});
  const Interpreter interpreter(program);
  Interpreter::Scratch scratch(interpreter, 64);
  LeafBitmaps leaves(Size(program.leaves), 64);
  OutputBitmaps reused(Size(program.outputs), 64);
  OutputBitmaps fresh(Size(program.outputs), 64);

  for (const std::uint32_t num_words : {64U, 8U, 24U, 64U}) {
    testing::FillRandomly(random, {0.3, 0.1}, Size(program.leaves), num_words, leaves);
    reused.Reset(num_words);
    interpreter.Evaluate(leaves.bits(), leaves.any(), reused.bits(), reused.any(), num_words,
                         scratch);
    Evaluate(program, leaves, fresh);
    for (OutputIndex i = 0; i < program.outputs.size(); ++i) {
      ASSERT_EQ(reused.IsAny(i), fresh.IsAny(i));
      if (!fresh.IsAny(i)) continue;
      ASSERT_TRUE(std::ranges::equal(reused.Words(i), fresh.Words(i)));
    }
  }
}

TEST(EvaluateRow, FollowsTheTruthTables) {
  const Program program = OneOfEach();

  EXPECT_EQ(EvaluateRow(program, {false, false}),
            (std::vector<bool>{false, false, true, false, false, false, true}));
  EXPECT_EQ(EvaluateRow(program, {true, false}),
            (std::vector<bool>{true, false, false, false, true, false, true}));
  EXPECT_EQ(EvaluateRow(program, {true, true}),
            (std::vector<bool>{true, true, false, true, true, false, true}));
}

}  // namespace
}  // namespace tripline::jit
