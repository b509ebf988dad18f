// Outputs are taken in order and put into the current chunk until it is full. Within a chunk, one
// walk backwards tells for every node which outputs need it and how often it is referred to; and/or
// nodes that several outputs need from several places become shared parts. Negations are never
// parts of their own: they cost nothing when computed again (and-not is one instruction).
#include "jit/kernel_plan.h"

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <utility>

namespace tripline::jit {
namespace {

std::span<const NodeIndex> OperandsOf(const Program& program, NodeIndex index) {
  const Node& node = program.nodes[index];
  switch (node.op) {
    case Op::kFalse:
    case Op::kTrue:
    case Op::kLeaf:
      return {};
    case Op::kNot:
      return {&node.first, 1};
    case Op::kAnd:
    case Op::kOr:
      return std::span(program.operands).subspan(node.first, node.count);
  }
  return {};
}

/// Junctions; and negations of negations, which no builder makes, so that a chain of them is not
/// computed once per place that refers to it.
bool IsWorthSharing(const Program& program, NodeIndex index) {
  const Node& node = program.nodes[index];
  return node.op == Op::kAnd || node.op == Op::kOr ||
         (node.op == Op::kNot && program.nodes[node.first].op == Op::kNot);
}

class Planner {
 public:
  Planner(const Program& program, const PlanOptions& options)
      : program_(program),
        options_(options),
        guards_(FindGuards(program)),
        seen_in_(program.nodes.size(), 0),
        users_(program.nodes.size(), 0),
        references_(program.nodes.size(), 0),
        is_part_(program.nodes.size(), false) {}

  Result<KernelPlan> Plan() {
    KernelPlan plan;
    OutputIndex next = 0;
    while (next < program_.outputs.size()) {
      TRIPLINE_TRY(Chunk chunk, TakeChunk(next));
      next += static_cast<OutputIndex>(chunk.guards.size());
      plan.num_operands += chunk.num_operands;
      if (plan.num_operands > options_.max_total_operands) {
        return Fail(ErrorCode::kLimit,
                    "machine code is made for at most " +
                        std::to_string(options_.max_total_operands) +
                        " operands of and, or, not in all rules together, and these rules have "
                        "more: they run on the interpreter");
      }
      plan.chunks.push_back(std::move(chunk));
    }
    return plan;
  }

 private:
  /// The nodes that `root` needs and no earlier walk of this round has seen, root included.
  std::vector<NodeIndex> Walk(NodeIndex root) {
    std::vector<NodeIndex> found;
    if (seen_in_[root] == round_) return found;
    seen_in_[root] = round_;
    found.push_back(root);
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const NodeIndex operand : OperandsOf(program_, found[i])) {
        if (seen_in_[operand] == round_) continue;
        seen_in_[operand] = round_;
        found.push_back(operand);
      }
    }
    return found;
  }

  std::uint32_t CountOperands(std::span<const NodeIndex> nodes) const {
    std::size_t count = 0;
    for (const NodeIndex node : nodes) count += OperandsOf(program_, node).size();
    return static_cast<std::uint32_t>(count);  // Verify bounds the number of operands
  }

  Result<Chunk> TakeChunk(OutputIndex first) {
    Chunk chunk{.first_output = first, .guards = {}, .shared = {}, .outputs = {}};
    std::vector<NodeIndex> nodes;
    ++round_;
    while (chunk.guards.size() < options_.max_outputs) {
      const auto output = first + static_cast<OutputIndex>(chunk.guards.size());
      if (output == program_.outputs.size()) break;
      const NodeIndex root = program_.outputs[output];
      const std::vector<NodeIndex> more = Walk(root);
      const std::uint32_t num_operands = CountOperands(more);
      if (num_operands > options_.max_operands_per_output) {
        return Fail(ErrorCode::kLimit,
                    "machine code is made for rules of at most " +
                        std::to_string(options_.max_operands_per_output) +
                        " operands of and, or, not, but output " + std::to_string(output) +
                        " has " + std::to_string(num_operands) + ": it runs on the interpreter");
      }
      const bool is_full = chunk.num_operands + num_operands > options_.max_operands;
      if (is_full && !chunk.guards.empty()) break;
      chunk.num_operands += num_operands;
      chunk.guards.push_back(guards_[root]);
      nodes.insert(nodes.end(), more.begin(), more.end());
    }
    std::ranges::sort(nodes);
    AddParts(nodes, chunk);
    return chunk;
  }

  /// Fills the chunk's parts. `nodes`: all that its outputs need, sorted.
  void AddParts(const std::vector<NodeIndex>& nodes, Chunk& chunk) {
    FindUsers(nodes, chunk);
    for (const NodeIndex node : nodes) {
      is_part_[node] = IsWorthSharing(program_, node) && references_[node] > 1 &&
                       std::popcount(users_[node]) > 1;
    }
    for (const NodeIndex node : nodes) {
      if (!is_part_[node]) continue;
      chunk.shared.push_back({.result = node, .nodes = NodesOfPart(node), .users = users_[node]});
    }
    for (std::size_t i = 0; i < chunk.guards.size(); ++i) {
      const NodeIndex root = program_.outputs[chunk.first_output + i];
      Part part{.result = root, .nodes = {}, .users = std::uint64_t{1} << i};
      if (!is_part_[root]) part.nodes = NodesOfPart(root);
      chunk.outputs.push_back(std::move(part));
    }
  }

  void FindUsers(const std::vector<NodeIndex>& nodes, const Chunk& chunk) {
    for (const NodeIndex node : nodes) {
      users_[node] = 0;
      references_[node] = 0;
    }
    for (std::size_t i = 0; i < chunk.guards.size(); ++i) {
      const NodeIndex root = program_.outputs[chunk.first_output + i];
      users_[root] |= std::uint64_t{1} << i;
      ++references_[root];
    }
    for (std::size_t i = nodes.size(); i-- > 0;) {  // what refers to a node stands behind it
      const NodeIndex node = nodes[i];
      const std::uint32_t times = IsWorthSharing(program_, node) ? 1 : references_[node];
      for (const NodeIndex operand : OperandsOf(program_, node)) {
        users_[operand] |= users_[node];
        references_[operand] += times;
      }
    }
  }

  /// What is computed for `root` and not taken from another part, in order.
  std::vector<NodeIndex> NodesOfPart(NodeIndex root) {
    std::vector<NodeIndex> found{root};
    ++round_;
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (const NodeIndex operand : OperandsOf(program_, found[i])) {
        if (seen_in_[operand] == round_ || is_part_[operand]) continue;
        seen_in_[operand] = round_;
        found.push_back(operand);
      }
    }
    std::erase_if(found, [this](NodeIndex node) { return OperandsOf(program_, node).empty(); });
    std::ranges::sort(found);
    return found;
  }

  const Program& program_;
  const PlanOptions& options_;
  const std::vector<Guard> guards_;
  // Per node; those of the current chunk's nodes are valid.
  std::vector<std::uint64_t> seen_in_;  // the last round of walking that came by
  std::vector<std::uint64_t> users_;
  std::vector<std::uint32_t> references_;
  std::vector<bool> is_part_;
  std::uint64_t round_ = 0;
};

}  // namespace

Result<KernelPlan> PlanKernel(const Program& program, const PlanOptions& options) {
  if (options.max_outputs == 0 || options.max_outputs > 64) {
    return Fail(ErrorCode::kUsage,
                "a function has 1 to 64 outputs, not " + std::to_string(options.max_outputs));
  }
  return Planner(program, options).Plan();
}

}  // namespace tripline::jit
