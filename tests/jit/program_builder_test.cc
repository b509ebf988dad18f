#include "jit/program_builder.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <vector>

#include "base/check.h"
#include "jit/evaluate_row.h"
#include "jit/verify.h"

namespace tripline::jit {
namespace {

NodeIndex TermLeaf(ProgramBuilder& builder, const std::string& field, const std::string& value) {
  const FieldIndex index = builder.AddField({.name = field});
  return builder.AddLeaf({.field = index, .atoms = {Term{value}}});
}

NodeIndex And(ProgramBuilder& builder, std::vector<NodeIndex> operands) {
  return builder.AddAnd(operands);
}

NodeIndex Or(ProgramBuilder& builder, std::vector<NodeIndex> operands) {
  return builder.AddOr(operands);
}

TEST(ProgramBuilder, EqualFieldsLeavesAndNodesExistOnce) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  const NodeIndex b = TermLeaf(builder, "f", "b");

  EXPECT_EQ(TermLeaf(builder, "f", "a"), a);
  EXPECT_EQ(And(builder, {a, b}), And(builder, {b, a, b}));
  EXPECT_NE(And(builder, {a, b}), Or(builder, {a, b}));
  EXPECT_EQ(builder.program().fields.size(), 1);
  EXPECT_EQ(builder.program().leaves.size(), 2);
}

TEST(ProgramBuilder, LeavesAreEqualIfTheirAtomsAreTheSameSet) {
  ProgramBuilder builder;
  const FieldIndex field = builder.AddField({.name = "f"});

  const NodeIndex one = builder.AddLeaf({field, {Term{"b"}, Term{"a"}, Term{"b"}}});
  const NodeIndex other = builder.AddLeaf({field, {Term{"a"}, Term{"b"}}});
  const NodeIndex glob = builder.AddLeaf({field, {Glob{{"a"}}, Term{"b"}}});

  EXPECT_EQ(one, other);
  EXPECT_NE(one, glob);
  const std::vector<Atom> merged{Term{"b"}, Term{"a"}};
  EXPECT_EQ(builder.program().leaves[0].atoms, merged);
}

TEST(ProgramBuilder, ConstantsVanish) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  const NodeIndex b = TermLeaf(builder, "f", "b");
  const NodeIndex yes = builder.AddConstant(true);
  const NodeIndex no = builder.AddConstant(false);

  EXPECT_EQ(And(builder, {a, yes}), a);
  EXPECT_EQ(And(builder, {a, no, b}), no);
  EXPECT_EQ(Or(builder, {a, no}), a);
  EXPECT_EQ(Or(builder, {a, yes, b}), yes);
  EXPECT_EQ(And(builder, {}), yes);
  EXPECT_EQ(Or(builder, {}), no);
  EXPECT_EQ(builder.AddNot(yes), no);
  EXPECT_EQ(builder.AddNot(no), yes);
  EXPECT_EQ(builder.AddLeaf({.field = 0, .atoms = {}}), no);
}

TEST(ProgramBuilder, NestedJunctionsOfOneKindFlatten) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  const NodeIndex b = TermLeaf(builder, "f", "b");
  const NodeIndex c = TermLeaf(builder, "f", "c");

  EXPECT_EQ(And(builder, {a, And(builder, {b, c})}), And(builder, {a, b, c}));
  EXPECT_EQ(Or(builder, {Or(builder, {a, b}), Or(builder, {c, b})}), Or(builder, {c, b, a}));
  EXPECT_NE(And(builder, {a, Or(builder, {b, c})}), And(builder, {a, b, c}));
}

TEST(ProgramBuilder, OneOperandIsItselfAndDoubleNegationDisappears) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");

  EXPECT_EQ(And(builder, {a, a}), a);
  EXPECT_EQ(Or(builder, {a}), a);
  EXPECT_EQ(builder.AddNot(builder.AddNot(a)), a);
}

TEST(ProgramBuilder, AConditionAndItsNegationDecideAJunction) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  const NodeIndex b = TermLeaf(builder, "f", "b");
  const NodeIndex not_a = builder.AddNot(a);

  EXPECT_EQ(And(builder, {not_a, b, a}), builder.AddConstant(false));
  EXPECT_EQ(Or(builder, {not_a, b, a}), builder.AddConstant(true));
}

TEST(ProgramBuilder, TakeDropsWhatNoOutputReachesAndLeavesAnEmptyBuilder) {
  ProgramBuilder builder;
  const NodeIndex unused = TermLeaf(builder, "unused", "x");
  builder.AddNot(unused);
  const NodeIndex a = TermLeaf(builder, "f", "a");
  const NodeIndex dropped = TermLeaf(builder, "f", "dropped");
  And(builder, {a, dropped});
  const NodeIndex b = TermLeaf(builder, "g", "b");
  builder.AddOutput(And(builder, {builder.AddNot(a), b}));
  builder.AddOutput(b);

  const Program program = builder.Take();

  EXPECT_TRUE(Verify(program));
  EXPECT_EQ(program.fields, (std::vector<Field>{{.name = "f"}, {.name = "g"}}));
  EXPECT_EQ(program.leaves, (std::vector<Leaf>{{0, {Term{"a"}}}, {1, {Term{"b"}}}}));
  EXPECT_EQ(program.nodes,
            (std::vector<Node>{
                {Op::kLeaf, 0, 0}, {Op::kLeaf, 1, 0}, {Op::kNot, 0, 0}, {Op::kAnd, 0, 2}}));
  EXPECT_EQ(program.operands, (std::vector<NodeIndex>{1, 2}));
  EXPECT_EQ(program.outputs, (std::vector<NodeIndex>{3, 1}));
  EXPECT_EQ(builder.Take(), Program{});
}

TEST(ProgramBuilder, AFieldOfAnotherKindOrBoundIsOurBug) {
  ProgramBuilder builder;
  builder.AddField({.name = "f", .kind = ColumnKind::kString, .ignore_above = 256});

  EXPECT_THROW(builder.AddField({.name = "f", .kind = ColumnKind::kAddress}), InternalError);
  EXPECT_THROW(builder.AddField({.name = "f"}), InternalError);
  EXPECT_THROW(builder.AddNot(0), InternalError);
  EXPECT_THROW(builder.AddOutput(0), InternalError);
  EXPECT_THROW(builder.AddLeaf({.field = 1, .atoms = {Exists{}}}), InternalError);
}

TEST(Link, SharesEqualPartsAndKeepsTheOrderOfOutputs) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  builder.AddOutput(And(builder, {a, TermLeaf(builder, "g", "b")}));
  const Program first = builder.Take();
  builder.AddOutput(TermLeaf(builder, "h", "c"));
  const NodeIndex b = TermLeaf(builder, "g", "b");
  builder.AddOutput(And(builder, {b, TermLeaf(builder, "f", "a")}));
  builder.AddOutput(builder.AddConstant(true));
  const Program second = builder.Take();

  const Program linked = Link(std::array{first, second, Program{}});

  EXPECT_TRUE(Verify(linked));
  EXPECT_EQ(linked.fields, (std::vector<Field>{{.name = "f"}, {.name = "g"}, {.name = "h"}}));
  EXPECT_EQ(linked.leaves.size(), 3);
  ASSERT_EQ(linked.outputs.size(), 4);
  EXPECT_EQ(linked.outputs[2], linked.outputs[0]);
  EXPECT_EQ(linked.nodes[linked.outputs[0]].op, Op::kAnd);
  EXPECT_EQ(linked.nodes[linked.outputs[1]].op, Op::kLeaf);
  EXPECT_EQ(linked.nodes[linked.outputs[3]].op, Op::kTrue);
}

TEST(Link, OfNothingIsNothing) { EXPECT_EQ(Link({}), Program{}); }

TEST(JoinOutputs, IsWhatAnOutputWasWithoutWhatOthersAre) {
  ProgramBuilder builder;
  const NodeIndex a = TermLeaf(builder, "f", "a");
  builder.AddOutput(a);
  builder.AddOutput(TermLeaf(builder, "f", "b"));
  builder.AddOutput(TermLeaf(builder, "g", "c"));
  const Program program = builder.Take();

  const Program joined =
      JoinOutputs(program, std::array<OutputFormula, 4>{{{.of = 0, .but_not = {1, 2}},
                                                         {.of = 1, .but_not = {}},
                                                         {.of = std::nullopt, .but_not = {2}},
                                                         {.of = 0, .but_not = {0}}}});

  EXPECT_TRUE(Verify(joined));
  ASSERT_EQ(joined.outputs.size(), 4);
  const auto truth = [&](bool is_a, bool is_b, bool is_c) {
    return EvaluateRow(joined, {is_a, is_b, is_c});
  };
  EXPECT_EQ(truth(true, false, false), (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(truth(true, true, false), (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(truth(true, false, true), (std::vector<bool>{false, false, false, false}));
}

}  // namespace
}  // namespace tripline::jit
