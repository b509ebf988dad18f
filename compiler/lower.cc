// One forward loop: operands are earlier nodes, so their Program nodes exist when a parent needs
// them.
#include "compiler/lower.h"

#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

jit::NodeIndex LowerTests(const TestNode& node, jit::ProgramBuilder& builder) {
  std::vector<jit::NodeIndex> leaves;
  leaves.reserve(node.tests.size());
  for (const FieldTest& test : node.tests) {
    leaves.push_back(builder.AddLeaf({builder.AddField(test.field), test.atoms}));
  }
  return builder.AddOr(leaves);
}

std::vector<jit::NodeIndex> Lowered(const std::vector<TypedNodeId>& operands,
                                    const std::vector<jit::NodeIndex>& lowered) {
  std::vector<jit::NodeIndex> answer;
  answer.reserve(operands.size());
  for (const TypedNodeId operand : operands) {
    answer.push_back(lowered[operand]);
  }
  return answer;
}

}  // namespace

jit::Program Lower(const TypedAst& ast) {
  jit::ProgramBuilder builder;
  std::vector<jit::NodeIndex> lowered;
  lowered.reserve(ast.nodes.size());
  for (const TypedNode& node : ast.nodes) {
    lowered.push_back(std::visit(
        Overloaded{
            [&](const ConstantNode& constant) { return builder.AddConstant(constant.value); },
            [&](const TestNode& tests) { return LowerTests(tests, builder); },
            [&](const TypedNot& negation) { return builder.AddNot(lowered[negation.operand]); },
            [&](const TypedAnd& conjunction) {
              return builder.AddAnd(Lowered(conjunction.operands, lowered));
            },
            [&](const TypedOr& disjunction) {
              return builder.AddOr(Lowered(disjunction.operands, lowered));
            },
        },
        node));
  }
  builder.AddOutput(lowered[ast.root]);
  return builder.Take();
}

}  // namespace tripline::compiler
