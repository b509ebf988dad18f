// One forward loop: operands are earlier nodes, so their Program nodes exist when a parent needs
// them. Nodes inside a group over nested objects go into a Program of their own, which is known
// from a loop before, from the root down.
#include "compiler/lower.h"

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/fit_atoms.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

class Lowering {
 public:
  Lowering(const TypedAst& ast, Milliseconds run_interval)
      : ast_(ast), run_interval_(run_interval), scope_of_(ast.nodes.size(), 0) {}

  jit::Program Run() {
    FindScopes();
    lowered_.reserve(ast_.nodes.size());
    for (std::size_t id = 0; id < ast_.nodes.size(); ++id) {
      lowered_.push_back(Lowered(ast_.nodes[id], builders_[scope_of_[id]]));
    }
    builders_[0].AddOutput(lowered_[ast_.root]);
    return builders_[0].Take();
  }

 private:
  // Scope 0 is the query itself, each other one the inside of a group.
  void FindScopes() {
    std::size_t num_scopes = 1;
    const auto hand_on = [this](const std::vector<TypedNodeId>& operands, std::size_t scope) {
      for (const TypedNodeId operand : operands) {
        scope_of_[operand] = scope;
      }
    };
    for (std::size_t id = ast_.nodes.size(); id-- > 0;) {
      const std::size_t here = scope_of_[id];
      std::visit(Overloaded{
                     [](const ConstantNode&) {},
                     [](const TestNode&) {},
                     [&](const TypedNot& n) { scope_of_[n.operand] = here; },
                     [&](const TypedAnd& n) { hand_on(n.operands, here); },
                     [&](const TypedOr& n) { hand_on(n.operands, here); },
                     [&](const TypedNested& n) { scope_of_[n.operand] = num_scopes++; },
                 },
                 ast_.nodes[id]);
    }
    builders_.resize(num_scopes);
  }

  jit::NodeIndex Lowered(const TypedNode& node, jit::ProgramBuilder& builder) {
    return std::visit(
        Overloaded{
            [&](const ConstantNode& constant) { return builder.AddConstant(constant.value); },
            [&](const TestNode& tests) { return LoweredTests(tests, builder); },
            [&](const TypedNot& negation) { return builder.AddNot(lowered_[negation.operand]); },
            [&](const TypedAnd& conjunction) {
              return builder.AddAnd(LoweredAll(conjunction.operands));
            },
            [&](const TypedOr& disjunction) {
              return builder.AddOr(LoweredAll(disjunction.operands));
            },
            [&](const TypedNested& group) { return LoweredGroup(group, builder); },
        },
        node);
  }

  jit::NodeIndex LoweredTests(const TestNode& node, jit::ProgramBuilder& builder) const {
    std::vector<jit::NodeIndex> leaves;
    leaves.reserve(node.tests.size());
    for (const FieldTest& test : node.tests) {
      jit::Leaf leaf{builder.AddField(test.field), FitAtoms(test.field, test.atoms)};
      for (jit::Atom& atom : leaf.atoms) {
        if (auto* const range = std::get_if<jit::RelativeDateRange>(&atom)) {
          range->run_interval = run_interval_.count();
        }
      }
      leaves.push_back(builder.AddLeaf(std::move(leaf)));
    }
    return builder.AddOr(leaves);
  }

  jit::NodeIndex LoweredGroup(const TypedNested& group, jit::ProgramBuilder& builder) {
    jit::ProgramBuilder& inside = builders_[scope_of_[group.operand]];
    inside.AddOutput(lowered_[group.operand]);
    jit::Program query = inside.Take();
    if (query.nodes[query.outputs[0]].op == jit::Op::kFalse) {
      return builder.AddConstant(false);
    }
    jit::Field field;
    field.name = group.path + "{";  // equal fields have equal names, other fields other names
    for (const jit::Field& inner : query.fields) {
      field.name += (field.name.ends_with('{') ? "" : ",") + inner.name;
    }
    field.name += '}';
    field.kind = jit::ColumnKind::kObject;
    field.source = group.source;
    field.inner = query.fields;
    return builder.AddLeaf({builder.AddField(field), {jit::ObjectMatch{{std::move(query)}}}});
  }

  std::vector<jit::NodeIndex> LoweredAll(const std::vector<TypedNodeId>& operands) const {
    std::vector<jit::NodeIndex> answer;
    answer.reserve(operands.size());
    for (const TypedNodeId operand : operands) {
      answer.push_back(lowered_[operand]);
    }
    return answer;
  }

  const TypedAst& ast_;
  Milliseconds run_interval_;
  std::vector<std::size_t> scope_of_;          // by node
  std::vector<jit::ProgramBuilder> builders_;  // by scope
  std::vector<jit::NodeIndex> lowered_;        // by node: in its scope's builder
};

}  // namespace

jit::Program Lower(const TypedAst& ast, Milliseconds run_interval) {
  return Lowering(ast, run_interval).Run();
}

}  // namespace tripline::compiler
