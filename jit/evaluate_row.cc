#include "jit/evaluate_row.h"

#include <algorithm>
#include <span>

#include "base/check.h"

namespace tripline::jit {

std::vector<bool> EvaluateRow(const Program& program, const std::vector<bool>& leaf_truth) {
  Check(leaf_truth.size() == program.leaves.size(), "every leaf has a truth");
  std::vector<bool> truth;
  const auto is_true = [&truth](NodeIndex node) { return truth[node]; };
  for (const Node& node : program.nodes) {
    switch (node.op) {
      case Op::kFalse:
        truth.push_back(false);
        break;
      case Op::kTrue:
        truth.push_back(true);
        break;
      case Op::kLeaf:
        truth.push_back(leaf_truth[node.first]);
        break;
      case Op::kNot:
        truth.push_back(!truth[node.first]);
        break;
      case Op::kAnd:
        truth.push_back(std::ranges::all_of(
            std::span(program.operands).subspan(node.first, node.count), is_true));
        break;
      case Op::kOr:
        truth.push_back(std::ranges::any_of(
            std::span(program.operands).subspan(node.first, node.count), is_true));
        break;
    }
  }
  std::vector<bool> answers;
  for (const NodeIndex root : program.outputs) answers.push_back(truth[root]);
  return answers;
}

}  // namespace tripline::jit
