// Every part has a canonical key: a field its name, a leaf its field and the sorted bytes of its
// atoms, a node its operation and sorted operands. Equal key, equal number; so a node is known to
// be shared before it is made. Numbers only grow, so operands always stand before their node.
#include "jit/program_builder.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "jit/atom_bytes.h"

namespace tripline::jit {
namespace {

constexpr std::uint32_t kUnreached = 0xFFFFFFFFU;

/// A key that equal atoms share. Lists of values are known by their place in memory: they are
/// loaded once, and too long to be written down for a comparison.
std::string KeyOf(const Atom& atom) {
  ByteWriter writer;
  if (const auto* const in = std::get_if<InSet>(&atom)) {
    writer.Number(static_cast<std::uint8_t>(atom.index()));
    writer.Number(reinterpret_cast<std::uintptr_t>(in->values.get()));
  } else {
    AppendAtom(writer, atom);
  }
  return writer.Take();
}

/// Drops atoms that stand there already (the author's order stays) and answers the leaf's key.
std::string MergeAtoms(Leaf& leaf) {
  std::vector<std::string> keys;
  std::vector<Atom> atoms;
  std::set<std::string> seen;
  for (Atom& atom : leaf.atoms) {
    if (seen.insert(KeyOf(atom)).second) atoms.push_back(std::move(atom));
  }
  leaf.atoms = std::move(atoms);

  ByteWriter key;
  key.Number(leaf.field);
  for (const std::string& bytes : seen) key.String(bytes);
  return key.Take();
}

std::string NodeKey(Op op, std::span<const std::uint32_t> operands) {
  ByteWriter key;
  key.Number(static_cast<std::uint8_t>(op));
  for (const std::uint32_t operand : operands) key.Number(operand);
  return key.Take();
}

std::span<const NodeIndex> OperandsOf(const Program& program, const Node& node) {
  return std::span(program.operands).subspan(node.first, node.count);
}

/// For each old number its new one: parts that are marked keep their order, the rest is
/// kUnreached.
std::vector<std::uint32_t> Renumber(const std::vector<bool>& is_reached) {
  std::vector<std::uint32_t> numbers(is_reached.size(), kUnreached);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < is_reached.size(); ++i) {
    if (is_reached[i]) numbers[i] = next++;
  }
  return numbers;
}

/// What of a Program some output needs.
struct Reached {
  std::vector<bool> fields;
  std::vector<bool> leaves;
  std::vector<bool> nodes;
};

Reached FindReached(const Program& program) {
  Reached reached{std::vector<bool>(program.fields.size()),
                  std::vector<bool>(program.leaves.size()),
                  std::vector<bool>(program.nodes.size())};
  for (const NodeIndex root : program.outputs) reached.nodes[root] = true;
  for (std::size_t i = program.nodes.size(); i-- > 0;) {  // parents stand behind their operands
    if (!reached.nodes[i]) continue;
    const Node& node = program.nodes[i];
    switch (node.op) {
      case Op::kFalse:
      case Op::kTrue:
        break;
      case Op::kLeaf:
        reached.leaves[node.first] = true;
        reached.fields[program.leaves[node.first].field] = true;
        break;
      case Op::kNot:
        reached.nodes[node.first] = true;
        break;
      case Op::kAnd:
      case Op::kOr:
        for (const NodeIndex operand : OperandsOf(program, node)) reached.nodes[operand] = true;
        break;
    }
  }
  return reached;
}

/// Appends `node` of `from` to `to`, its operands renumbered.
void MoveNode(const Program& from, Node node, const std::vector<std::uint32_t>& leaf_numbers,
              const std::vector<std::uint32_t>& node_numbers, Program& to) {
  if (node.op == Op::kLeaf) {
    node.first = leaf_numbers[node.first];
  } else if (node.op == Op::kNot) {
    node.first = node_numbers[node.first];
  } else if (node.op == Op::kAnd || node.op == Op::kOr) {
    const auto operands = OperandsOf(from, node);
    node.first = static_cast<std::uint32_t>(to.operands.size());
    for (const NodeIndex operand : operands) to.operands.push_back(node_numbers[operand]);
  }
  to.nodes.push_back(node);
}

/// Adds the parts of one linked Program; answers the builder's number for each of its nodes.
std::vector<NodeIndex> AddNodesOf(const Program& program, ProgramBuilder& builder) {
  std::vector<FieldIndex> fields;
  for (const Field& field : program.fields) fields.push_back(builder.AddField(field));

  std::vector<NodeIndex> numbers;
  std::vector<NodeIndex> operands;
  numbers.reserve(program.nodes.size());
  for (const Node& node : program.nodes) {
    operands.clear();
    if (node.op == Op::kAnd || node.op == Op::kOr) {
      for (const NodeIndex i : OperandsOf(program, node)) operands.push_back(numbers[i]);
    }
    switch (node.op) {
      case Op::kFalse:
      case Op::kTrue:
        numbers.push_back(builder.AddConstant(node.op == Op::kTrue));
        break;
      case Op::kLeaf: {
        Leaf leaf = program.leaves[node.first];
        leaf.field = fields[leaf.field];
        numbers.push_back(builder.AddLeaf(std::move(leaf)));
        break;
      }
      case Op::kNot:
        numbers.push_back(builder.AddNot(numbers[node.first]));
        break;
      case Op::kAnd:
        numbers.push_back(builder.AddAnd(operands));
        break;
      case Op::kOr:
        numbers.push_back(builder.AddOr(operands));
        break;
    }
  }
  return numbers;
}

}  // namespace

FieldIndex ProgramBuilder::AddField(const Field& field) {
  const auto [at, is_new] =
      fields_.emplace(field.name, static_cast<FieldIndex>(program_.fields.size()));
  if (is_new) {
    program_.fields.push_back(field);
  } else {
    Check(program_.fields[at->second] == field, "a field of one name means the same everywhere");
  }
  return at->second;
}

NodeIndex ProgramBuilder::AddConstant(bool value) {
  return AddNode(value ? Op::kTrue : Op::kFalse, {});
}

NodeIndex ProgramBuilder::AddLeaf(Leaf leaf) {
  Check(leaf.field < program_.fields.size(), "a leaf's field was added before");
  if (leaf.atoms.empty()) return AddConstant(false);
  std::string key = MergeAtoms(leaf);
  const auto [at, is_new] =
      leaves_.emplace(std::move(key), static_cast<LeafIndex>(program_.leaves.size()));
  if (is_new) program_.leaves.push_back(std::move(leaf));
  return AddNode(Op::kLeaf, {{at->second}});
}

NodeIndex ProgramBuilder::AddNot(NodeIndex operand) {
  Check(operand < program_.nodes.size(), "an operand was added before its node");
  const Node& inner = program_.nodes[operand];
  if (inner.op == Op::kNot) return inner.first;
  if (inner.op == Op::kTrue) return AddConstant(false);
  if (inner.op == Op::kFalse) return AddConstant(true);
  return AddNode(Op::kNot, {{operand}});
}

NodeIndex ProgramBuilder::AddAnd(std::span<const NodeIndex> operands) {
  return AddJunction(Op::kAnd, operands);
}

NodeIndex ProgramBuilder::AddOr(std::span<const NodeIndex> operands) {
  return AddJunction(Op::kOr, operands);
}

OutputIndex ProgramBuilder::AddOutput(NodeIndex root) {
  Check(root < program_.nodes.size(), "an output's node was added before");
  program_.outputs.push_back(root);
  return static_cast<OutputIndex>(program_.outputs.size() - 1);
}

NodeIndex ProgramBuilder::AddNode(Op op, std::span<const std::uint32_t> operands) {
  const auto [at, is_new] =
      nodes_.emplace(NodeKey(op, operands), static_cast<NodeIndex>(program_.nodes.size()));
  if (!is_new) return at->second;
  Node node{.op = op};
  if (op == Op::kAnd || op == Op::kOr) {
    node.first = static_cast<std::uint32_t>(program_.operands.size());
    node.count = static_cast<std::uint32_t>(operands.size());
    program_.operands.insert(program_.operands.end(), operands.begin(), operands.end());
  } else if (!operands.empty()) {
    node.first = operands[0];
  }
  program_.nodes.push_back(node);
  return at->second;
}

NodeIndex ProgramBuilder::AddJunction(Op op, std::span<const NodeIndex> operands) {
  const Op neutral = op == Op::kAnd ? Op::kTrue : Op::kFalse;
  const Op deciding = op == Op::kAnd ? Op::kFalse : Op::kTrue;
  std::vector<NodeIndex> flat;
  for (const NodeIndex operand : operands) {
    Check(operand < program_.nodes.size(), "an operand was added before its node");
    const Node& node = program_.nodes[operand];
    if (node.op == deciding) return operand;
    if (node.op == neutral) continue;
    if (node.op == op) {  // its own operands are flat already
      const auto nested = OperandsOf(program_, node);
      flat.insert(flat.end(), nested.begin(), nested.end());
    } else {
      flat.push_back(operand);
    }
  }
  std::ranges::sort(flat);
  flat.erase(std::ranges::unique(flat).begin(), flat.end());

  for (const NodeIndex operand : flat) {  // x and not x is false, x or not x is true
    const Node& node = program_.nodes[operand];
    if (node.op == Op::kNot && std::ranges::binary_search(flat, node.first)) {
      return AddNode(deciding, {});
    }
  }
  if (flat.empty()) return AddNode(neutral, {});
  if (flat.size() == 1) return flat[0];
  return AddNode(op, flat);
}

Program ProgramBuilder::Take() {
  const Reached reached = FindReached(program_);
  const auto field_numbers = Renumber(reached.fields);
  const auto leaf_numbers = Renumber(reached.leaves);
  const auto node_numbers = Renumber(reached.nodes);

  Program taken;
  for (std::size_t i = 0; i < program_.fields.size(); ++i) {
    if (reached.fields[i]) taken.fields.push_back(std::move(program_.fields[i]));
  }
  for (std::size_t i = 0; i < program_.leaves.size(); ++i) {
    if (!reached.leaves[i]) continue;
    taken.leaves.push_back(std::move(program_.leaves[i]));
    taken.leaves.back().field = field_numbers[taken.leaves.back().field];
  }
  for (std::size_t i = 0; i < program_.nodes.size(); ++i) {
    if (!reached.nodes[i]) continue;
    MoveNode(program_, program_.nodes[i], leaf_numbers, node_numbers, taken);
  }
  for (const NodeIndex root : program_.outputs) taken.outputs.push_back(node_numbers[root]);
  *this = ProgramBuilder();
  return taken;
}

Program Link(std::span<const Program> programs) {
  ProgramBuilder builder;
  for (const Program& program : programs) {
    const std::vector<NodeIndex> numbers = AddNodesOf(program, builder);
    for (const NodeIndex root : program.outputs) builder.AddOutput(numbers[root]);
  }
  return builder.Take();
}

Program JoinOutputs(const Program& program, std::span<const OutputFormula> formulas) {
  ProgramBuilder builder;
  const std::vector<NodeIndex> numbers = AddNodesOf(program, builder);
  const auto root_of = [&](OutputIndex output) { return numbers[program.outputs[output]]; };
  for (const OutputFormula& formula : formulas) {
    std::vector<NodeIndex> all;
    if (formula.of) all.push_back(root_of(*formula.of));
    for (const OutputIndex excluded : formula.but_not) {
      all.push_back(builder.AddNot(root_of(excluded)));
    }
    builder.AddOutput(builder.AddAnd(all));
  }
  return builder.Take();
}

}  // namespace tripline::jit
