// A leaf is false where it is empty; a conjunction where one operand is; a disjunction where all
// are. So a node's guard is a conjunction of clauses, each a disjunction of leaves:
//   leaf      {{leaf}}
//   and       the clauses of all operands
//   or        the clauses that all operands have, and one that joins each operand's shortest
//   not       nothing: it is true where its operand is empty
// Guards are hints that may be weaker than the truth, never stronger, so they are cut where they
// would cost more than they save.
#include "jit/guards.h"

#include <algorithm>
#include <span>

namespace tripline::jit {
namespace {

using Clause = std::vector<LeafIndex>;  // sorted

/// Leaves that a guard looks at, at most: each costs a byte's load per block.
constexpr std::size_t kMaxGuardLeaves = 8;

bool Contains(const Guard& guard, const Clause& clause) {
  return std::ranges::find(guard.clauses, clause) != guard.clauses.end();
}

std::size_t CountLeaves(const Guard& guard) {
  std::size_t count = 0;
  for (const Clause& clause : guard.clauses) count += clause.size();
  return count;
}

void AddClause(const Clause& clause, Guard& guard) {
  if (!Contains(guard, clause) && CountLeaves(guard) + clause.size() <= kMaxGuardLeaves) {
    guard.clauses.push_back(clause);
  }
}

Guard JoinAnd(const std::vector<Guard>& guards, std::span<const NodeIndex> operands) {
  Guard joined;
  for (std::size_t size = 1; size <= kMaxGuardLeaves; ++size) {  // short ones say most
    for (const NodeIndex operand : operands) {
      if (guards[operand].is_never) return {.clauses = {}, .is_never = true};
      for (const Clause& clause : guards[operand].clauses) {
        if (clause.size() == size) AddClause(clause, joined);
      }
    }
    if (CountLeaves(joined) == kMaxGuardLeaves) break;
  }
  return joined;
}

/// Each operand's shortest clause, joined; empty if that is too long or an operand has none.
Clause JoinShortest(const std::vector<Guard>& guards, std::span<const NodeIndex> operands) {
  Clause joined;
  for (const NodeIndex operand : operands) {
    const auto shortest = std::ranges::min_element(guards[operand].clauses, {}, &Clause::size);
    if (shortest == guards[operand].clauses.end()) return {};
    joined.insert(joined.end(), shortest->begin(), shortest->end());
    std::ranges::sort(joined);
    joined.erase(std::ranges::unique(joined).begin(), joined.end());
    if (joined.size() > kMaxGuardLeaves) return {};
  }
  return joined;
}

Guard JoinOr(const std::vector<Guard>& guards, std::span<const NodeIndex> all_operands) {
  std::vector<NodeIndex> operands;
  for (const NodeIndex operand : all_operands) {
    if (!guards[operand].is_never) operands.push_back(operand);
  }
  if (operands.empty()) return {.clauses = {}, .is_never = true};

  Guard joined;
  for (const Clause& clause : guards[operands[0]].clauses) {
    if (std::ranges::all_of(operands,
                            [&](NodeIndex operand) { return Contains(guards[operand], clause); })) {
      AddClause(clause, joined);
    }
  }
  const Clause shortest = JoinShortest(guards, operands);
  if (!shortest.empty()) AddClause(shortest, joined);
  return joined;
}

}  // namespace

std::vector<Guard> FindGuards(const Program& program) {
  std::vector<Guard> guards;
  guards.reserve(program.nodes.size());
  for (const Node& node : program.nodes) {
    switch (node.op) {
      case Op::kFalse:
        guards.push_back({.clauses = {}, .is_never = true});
        break;
      case Op::kTrue:
      case Op::kNot:
        guards.emplace_back();
        break;
      case Op::kLeaf:
        guards.push_back({.clauses = {{node.first}}});
        break;
      case Op::kAnd:
        guards.push_back(
            JoinAnd(guards, std::span(program.operands).subspan(node.first, node.count)));
        break;
      case Op::kOr:
        guards.push_back(
            JoinOr(guards, std::span(program.operands).subspan(node.first, node.count)));
        break;
    }
  }
  return guards;
}

}  // namespace tripline::jit
