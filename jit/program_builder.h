// ProgramBuilder: makes Programs whose equal parts exist once. Lowering writes one rule through it;
// Link puts the rules of a ruleset together, so that a leaf or a conjunction that many rules share
// is evaluated once per block.
//
// Adding an equal field, leaf or node again answers the first one's number. Nodes are simplified as
// they are added: constants vanish, nested and/or of the same kind flatten, equal operands merge,
// double negation disappears.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

class ProgramBuilder {
 public:
  /// Requires: a field of the same name was added with the same kind, or not at all.
  FieldIndex AddField(const Field& field);
  NodeIndex AddConstant(bool value);
  /// A leaf without atoms is the constant false.
  NodeIndex AddLeaf(Leaf leaf);
  NodeIndex AddNot(NodeIndex operand);
  NodeIndex AddAnd(std::span<const NodeIndex> operands);
  NodeIndex AddOr(std::span<const NodeIndex> operands);
  OutputIndex AddOutput(NodeIndex root);

  [[nodiscard]] const Program& program() const { return program_; }
  /// Drops nodes, leaves and fields that no output reaches, and gives the Program away. The builder
  /// is empty after.
  [[nodiscard]] Program Take();

 private:
  NodeIndex AddNode(Op op, std::uint32_t first, std::uint32_t count, std::string key);
  NodeIndex AddJunction(Op op, std::span<const NodeIndex> operands);

  Program program_;
  std::unordered_map<std::string, FieldIndex> fields_;
  std::unordered_map<std::string, LeafIndex> leaves_;
  std::unordered_map<std::string, NodeIndex> nodes_;
};

/// One Program with the outputs of all, in order; equal fields, leaves and nodes are shared.
/// Requires: fields of the same name have the same kind.
[[nodiscard]] Program Link(std::span<const Program> programs);

}  // namespace tripline::jit
