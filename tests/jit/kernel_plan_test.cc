#include "jit/kernel_plan.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "jit/program_builder.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

using Clauses = std::vector<std::vector<LeafIndex>>;

/// Nodes 0 .. 9 are the leaves 0 .. 9.
class TenLeaves {
 public:
  TenLeaves() {
    const FieldIndex field = builder.AddField({.name = "f"});
    for (int i = 0; i < 10; ++i) builder.AddLeaf({field, {Term{std::to_string(i)}}});
  }
  NodeIndex And(std::vector<NodeIndex> operands) { return builder.AddAnd(operands); }
  NodeIndex Or(std::vector<NodeIndex> operands) { return builder.AddOr(operands); }
  NodeIndex Not(NodeIndex operand) { return builder.AddNot(operand); }
  Guard GuardOf(NodeIndex node) { return FindGuards(builder.program())[node]; }

  ProgramBuilder builder;
};

TEST(Guards, AConjunctionNeedsEveryOperand) {
  TenLeaves with;
  EXPECT_EQ(with.GuardOf(with.And({1, 2, with.Or({3, 4})})).clauses, (Clauses{{1}, {2}, {3, 4}}));
}

TEST(Guards, ADisjunctionNeedsOneOperand) {
  TenLeaves with;
  EXPECT_EQ(with.GuardOf(with.Or({1, 2, 3})).clauses, (Clauses{{1, 2, 3}}));
}

TEST(Guards, WhatAllAlternativesNeedIsNeeded) {
  TenLeaves with;
  EXPECT_EQ(with.GuardOf(with.Or({with.And({1, 2}), with.And({1, 3})})).clauses, (Clauses{{1}}));
}

TEST(Guards, ANegationNeedsNothing) {
  TenLeaves with;
  EXPECT_EQ(with.GuardOf(with.Not(1)), Guard{});
  EXPECT_EQ(with.GuardOf(with.Or({1, with.Not(2)})), Guard{});
  EXPECT_EQ(with.GuardOf(with.And({1, with.Not(2)})).clauses, (Clauses{{1}}));
}

TEST(Guards, StopWhereTheyWouldCostMoreThanTheySave) {
  TenLeaves with;
  EXPECT_EQ(with.GuardOf(with.And({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})).clauses.size(), 8);
  EXPECT_EQ(with.GuardOf(with.Or({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})), Guard{});
}

TEST(Guards, KnowWhatIsNever) {
  Program program;
  program.fields = {{.name = "f"}};
  program.leaves = {{0, {Exists{}}}};
  program.nodes = {{Op::kFalse, 0, 0}, {Op::kLeaf, 0, 0}, {Op::kAnd, 0, 2}, {Op::kOr, 0, 2}};
  program.operands = {0, 1};

  const std::vector<Guard> guards = FindGuards(program);

  EXPECT_TRUE(guards[2].is_never);
  EXPECT_EQ(guards[3].clauses, (Clauses{{0}}));
}

TEST(KernelPlan, WhatTwoOutputsNeedIsComputedOnce) {
  TenLeaves with;
  const NodeIndex common = with.Or({1, 2});
  const NodeIndex first = with.And({3, common});
  const NodeIndex second = with.And({4, common});
  for (const NodeIndex root : {first, second, with.Or({5, 6})}) with.builder.AddOutput(root);

  const KernelPlan plan = *PlanKernel(with.builder.program());

  ASSERT_EQ(plan.chunks.size(), 1);
  const Chunk& chunk = plan.chunks[0];
  ASSERT_EQ(chunk.shared.size(), 1);
  EXPECT_EQ(chunk.shared[0].result, common);
  EXPECT_EQ(chunk.shared[0].users, 0b011);
  EXPECT_EQ(chunk.outputs[0].nodes, std::vector<NodeIndex>{first});
  EXPECT_EQ(chunk.outputs[1].nodes, std::vector<NodeIndex>{second});
  EXPECT_EQ(plan.num_operands, 8);
}

TEST(KernelPlan, TwoOutputsOfOneNodeShareIt) {
  TenLeaves with;
  const NodeIndex root = with.And({1, 2});
  with.builder.AddOutput(root);
  with.builder.AddOutput(root);

  const Chunk chunk = PlanKernel(with.builder.program())->chunks.at(0);

  ASSERT_EQ(chunk.shared.size(), 1);
  EXPECT_EQ(chunk.outputs[1].result, root);
  EXPECT_TRUE(chunk.outputs[1].nodes.empty());
}

TEST(KernelPlan, AFullChunkIsFollowedByAnother) {
  TenLeaves with;
  for (NodeIndex leaf = 0; leaf < 9; ++leaf) with.builder.AddOutput(with.And({leaf, leaf + 1}));

  const KernelPlan by_outputs = *PlanKernel(with.builder.program(), {.max_outputs = 4});
  const KernelPlan by_operands = *PlanKernel(with.builder.program(), {.max_operands = 6});

  ASSERT_EQ(by_outputs.chunks.size(), 3);
  EXPECT_EQ(by_outputs.chunks[2].first_output, 8);
  EXPECT_EQ(by_operands.chunks.size(), 3);
}

TEST(KernelPlan, TooLargeIsAnErrorThatNamesTheOutput) {
  TenLeaves with;
  with.builder.AddOutput(1);
  with.builder.AddOutput(with.And({1, 2, 3, 4}));

  const Result<KernelPlan> one = PlanKernel(with.builder.program(), {.max_operands_per_output = 3});
  const Result<KernelPlan> all = PlanKernel(with.builder.program(), {.max_total_operands = 3});

  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().code, ErrorCode::kLimit);
  EXPECT_NE(one.error().message.find("output 1 has 4"), std::string::npos);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, ErrorCode::kLimit);
}

TEST(KernelPlan, AFunctionHasOneToSixtyFourOutputs) {
  EXPECT_FALSE(PlanKernel(Program{}, {.max_outputs = 0}));
  EXPECT_FALSE(PlanKernel(Program{}, {.max_outputs = 65}));
  EXPECT_TRUE(PlanKernel(Program{}, {.max_outputs = 64}));
}

TEST(KernelPlan, SizeStaysInProportionForChainsOfNegations) {
  Program program;
  program.fields = {{.name = "f"}};
  program.leaves = {{0, {Exists{}}}};
  program.nodes = {{Op::kLeaf, 0, 0}};
  for (NodeIndex i = 0; i < 400; ++i) program.nodes.push_back({Op::kNot, i, 0});
  for (NodeIndex i = 0; i < 400; ++i) program.outputs.push_back(400 - i);

  const KernelPlan plan = *PlanKernel(program);

  std::size_t num_nodes = 0;
  for (const Chunk& chunk : plan.chunks) {
    for (const Part& part : chunk.shared) num_nodes += part.nodes.size();
    for (const Part& part : chunk.outputs) num_nodes += part.nodes.size();
  }
  EXPECT_LE(num_nodes, 2 * plan.num_operands);
}

}  // namespace
}  // namespace tripline::jit
