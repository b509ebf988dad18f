// A leaf is a disjunction of atoms over one field, so a disjunction of leaves over one field is a
// leaf. Conjunctions of negated leaves are the same thing behind De Morgan's law. After it the seed
// rule's 66 values are 9 leaves.
#include <map>
#include <span>
#include <vector>

#include "compiler/rewrite.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

using jit::Leaf;
using jit::Node;
using jit::NodeIndex;
using jit::Op;

class Merger {
 public:
  explicit Merger(const jit::Program& program) : program_(program) {}

  jit::Program Run() {
    for (const jit::Field& field : program_.fields) {
      builder_.AddField(field);
    }
    for (const Node& node : program_.nodes) {
      rebuilt_.push_back(Rebuild(node));
    }
    for (const NodeIndex output : program_.outputs) {
      builder_.AddOutput(rebuilt_[output]);
    }
    return builder_.Take();
  }

 private:
  NodeIndex Rebuild(const Node& node) {
    switch (node.op) {
      case Op::kFalse:
        return builder_.AddConstant(false);
      case Op::kTrue:
        return builder_.AddConstant(true);
      case Op::kLeaf:
        return builder_.AddLeaf(program_.leaves[node.first]);
      case Op::kNot:
        return builder_.AddNot(rebuilt_[node.first]);
      case Op::kOr:
        return builder_.AddOr(MergedLeaves(Operands(node)));
      case Op::kAnd:
        return RebuildAnd(Operands(node));
    }
    return builder_.AddConstant(false);
  }

  std::vector<NodeIndex> Operands(const Node& node) const {
    std::vector<NodeIndex> operands;
    for (const NodeIndex operand : std::span(program_.operands).subspan(node.first, node.count)) {
      operands.push_back(rebuilt_[operand]);
    }
    return operands;
  }

  NodeIndex RebuildAnd(const std::vector<NodeIndex>& operands) {
    std::vector<NodeIndex> kept;
    std::vector<NodeIndex> negated_leaves;
    for (const NodeIndex operand : operands) {
      const Node node = builder_.program().nodes[operand];
      if (node.op == Op::kNot && builder_.program().nodes[node.first].op == Op::kLeaf) {
        negated_leaves.push_back(node.first);
      } else {
        kept.push_back(operand);
      }
    }
    for (const NodeIndex leaf : MergedLeaves(negated_leaves)) {
      kept.push_back(builder_.AddNot(leaf));
    }
    return builder_.AddAnd(kept);
  }

  // The operands of a disjunction, with all leaves on one field made one.
  std::vector<NodeIndex> MergedLeaves(const std::vector<NodeIndex>& operands) {
    std::vector<NodeIndex> merged;
    std::map<jit::FieldIndex, Leaf> leaf_of_field;
    for (const NodeIndex operand : operands) {
      const Node node = builder_.program().nodes[operand];
      if (node.op != Op::kLeaf) {
        merged.push_back(operand);
        continue;
      }
      const Leaf& leaf = builder_.program().leaves[node.first];
      if (builder_.program().fields[leaf.field].kind == jit::ColumnKind::kDelegated) {
        merged.push_back(operand);  // the host answers each of its leaves by itself
        continue;
      }
      Leaf& sum = leaf_of_field[leaf.field];
      sum.field = leaf.field;
      sum.atoms.insert(sum.atoms.end(), leaf.atoms.begin(), leaf.atoms.end());
    }
    for (auto& [field, leaf] : leaf_of_field) {
      merged.push_back(builder_.AddLeaf(std::move(leaf)));
    }
    return merged;
  }

  const jit::Program& program_;
  jit::ProgramBuilder builder_;
  std::vector<NodeIndex> rebuilt_;  // by node of the old program
};

}  // namespace

jit::Program MergeAlternatives(const jit::Program& program) { return Merger(program).Run(); }

}  // namespace tripline::compiler
