// Every node gets two bounds over known leaves only: `most` is true wherever the node can be true,
// `least` only where it must be. A known leaf is both; an unknown leaf lies between false and true;
// kNot swaps the bounds. An output becomes its root's `most`. Constants are folded on the way, so a
// rule that cannot match in a segment is the constant false.
#include "jit/relax.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tripline::jit {
namespace {

// A bound: a constant, or a node of the relaxed Program.
struct Bound {
  enum class Kind : std::uint8_t { kFalse, kTrue, kNode };
  Kind kind = Kind::kFalse;
  NodeIndex node = 0;

  friend bool operator==(const Bound&, const Bound&) = default;
};

struct Bounds {
  Bound most;
  Bound least;
};

constexpr Bound kFalseBound{.kind = Bound::Kind::kFalse};
constexpr Bound kTrueBound{.kind = Bound::Kind::kTrue};

class Relaxer {
 public:
  Relaxer(const Program& program, std::span<const Knowledge> knowledge,
          std::span<const std::uint8_t> wanted)
      : program_(program), knowledge_(knowledge), wanted_(wanted) {}

  Program Run() {
    relaxed_.leaves.resize(program_.leaves.size());
    bounds_.reserve(program_.nodes.size());
    for (const Node& node : program_.nodes) {
      bounds_.push_back(BoundsOf(node));
    }
    for (OutputIndex output = 0; output < program_.outputs.size(); ++output) {
      const bool is_wanted = wanted_.empty() || wanted_[output] != 0;
      relaxed_.outputs.push_back(
          NodeOf(is_wanted ? bounds_[program_.outputs[output]].most : kFalseBound));
    }
    KeepReachable();
    return std::move(relaxed_);
  }

 private:
  Bounds BoundsOf(const Node& node) {
    switch (node.op) {
      case Op::kFalse:
        return {kFalseBound, kFalseBound};
      case Op::kTrue:
        return {kTrueBound, kTrueBound};
      case Op::kLeaf:
        return BoundsOfLeaf(node);
      case Op::kNot: {
        const Bounds operand = bounds_[node.first];
        const Bound most = Not(operand.least);
        return {most, operand.most == operand.least ? most : Not(operand.most)};
      }
      case Op::kAnd:
      case Op::kOr: {
        const Bound most = Join(node, &Bounds::most);
        return {most, IsExact(node) ? most : Join(node, &Bounds::least)};
      }
    }
    return {kTrueBound, kFalseBound};
  }

  Bounds BoundsOfLeaf(const Node& node) {
    switch (knowledge_[node.first]) {
      case Knowledge::kUnknown:
        return {kTrueBound, kFalseBound};
      case Knowledge::kNever:
        return {kFalseBound, kFalseBound};
      case Knowledge::kKnown: {
        const Bound leaf = Add(node);
        return {leaf, leaf};
      }
    }
    return {kTrueBound, kFalseBound};
  }

  bool IsExact(const Node& node) const {
    return std::ranges::all_of(OperandsOf(node), [this](NodeIndex operand) {
      return bounds_[operand].most == bounds_[operand].least;
    });
  }

  Bound Not(const Bound& bound) {
    switch (bound.kind) {
      case Bound::Kind::kFalse:
        return kTrueBound;
      case Bound::Kind::kTrue:
        return kFalseBound;
      case Bound::Kind::kNode:
        break;
    }
    const Node& node = relaxed_.nodes[bound.node];
    return node.op == Op::kNot ? Bound{.kind = Bound::Kind::kNode, .node = node.first}
                               : Add({.op = Op::kNot, .first = bound.node});
  }

  Bound Join(const Node& node, Bound Bounds::* side) {
    const Bound absorbing = node.op == Op::kAnd ? kFalseBound : kTrueBound;
    joined_.clear();
    for (const NodeIndex operand : OperandsOf(node)) {
      const Bound& bound = bounds_[operand].*side;
      if (bound == absorbing) {
        return absorbing;
      }
      if (bound.kind == Bound::Kind::kNode) {
        joined_.push_back(bound.node);
      }
    }
    std::ranges::sort(joined_);
    joined_.erase(std::ranges::unique(joined_).begin(), joined_.end());
    if (joined_.empty()) {
      return node.op == Op::kAnd ? kTrueBound : kFalseBound;
    }
    if (joined_.size() == 1) {
      return {.kind = Bound::Kind::kNode, .node = joined_[0]};
    }
    const auto first = static_cast<std::uint32_t>(relaxed_.operands.size());
    relaxed_.operands.insert(relaxed_.operands.end(), joined_.begin(), joined_.end());
    return Add(
        {.op = node.op, .first = first, .count = static_cast<std::uint32_t>(joined_.size())});
  }

  Bound Add(const Node& node) {
    relaxed_.nodes.push_back(node);
    return {.kind = Bound::Kind::kNode, .node = static_cast<NodeIndex>(relaxed_.nodes.size() - 1)};
  }

  NodeIndex NodeOf(const Bound& bound) {
    if (bound.kind == Bound::Kind::kNode) {
      return bound.node;
    }
    const bool is_true = bound.kind == Bound::Kind::kTrue;
    std::optional<NodeIndex>& constant = is_true ? true_ : false_;
    if (!constant) {
      constant = Add({.op = is_true ? Op::kTrue : Op::kFalse}).node;
    }
    return *constant;
  }

  // Bounds that no output came to use are most of what was made.
  void KeepReachable() {
    constexpr NodeIndex kGone = 0xFFFFFFFFU;
    std::vector<NodeIndex> place_of(relaxed_.nodes.size(), kGone);
    for (const NodeIndex root : relaxed_.outputs) {
      place_of[root] = root;
    }
    for (std::size_t at = relaxed_.nodes.size(); at-- > 0;) {
      if (place_of[at] != kGone) {
        for (const NodeIndex operand : RelaxedOperandsOf(relaxed_.nodes[at])) {
          place_of[operand] = operand;
        }
      }
    }
    Program kept;
    for (std::size_t at = 0; at < relaxed_.nodes.size(); ++at) {
      if (place_of[at] != kGone) {
        Node node = relaxed_.nodes[at];
        place_of[at] = static_cast<NodeIndex>(kept.nodes.size());
        if (node.op == Op::kNot) {
          node.first = place_of[node.first];
        } else if (node.op == Op::kAnd || node.op == Op::kOr) {
          const std::span<const NodeIndex> operands = RelaxedOperandsOf(relaxed_.nodes[at]);
          node.first = static_cast<std::uint32_t>(kept.operands.size());
          for (const NodeIndex operand : operands) {
            kept.operands.push_back(place_of[operand]);
          }
        }
        kept.nodes.push_back(node);
      }
    }
    for (NodeIndex& root : relaxed_.outputs) {
      root = place_of[root];
    }
    relaxed_.nodes = std::move(kept.nodes);
    relaxed_.operands = std::move(kept.operands);
  }

  std::span<const NodeIndex> RelaxedOperandsOf(const Node& node) const {
    switch (node.op) {
      case Op::kFalse:
      case Op::kTrue:
      case Op::kLeaf:
        break;
      case Op::kNot:
        return {&node.first, 1};
      case Op::kAnd:
      case Op::kOr:
        return std::span(relaxed_.operands).subspan(node.first, node.count);
    }
    return {};
  }

  std::span<const NodeIndex> OperandsOf(const Node& node) const {
    return std::span(program_.operands).subspan(node.first, node.count);
  }

  const Program& program_;
  std::span<const Knowledge> knowledge_;
  std::span<const std::uint8_t> wanted_;
  Program relaxed_;
  std::vector<Bounds> bounds_;  // by node of program_
  std::vector<NodeIndex> joined_;
  std::optional<NodeIndex> true_;
  std::optional<NodeIndex> false_;
};

}  // namespace

Program Relax(const Program& program, std::span<const Knowledge> knowledge,
              std::span<const std::uint8_t> wanted) {
  return Relaxer(program, knowledge, wanted).Run();
}

}  // namespace tripline::jit
