// ProgramBuilder: makes Programs whose equal parts exist once. Lowering writes one rule through it;
// Link puts the rules of a ruleset together, so that a leaf or a conjunction that many rules share
// is evaluated once per block.
//
// Adding an equal field, leaf or node again answers the first one's number. Leaves are equal if
// their atoms are the same set; nodes of and/or if their operands are. Nodes are simplified as they
// are added: constants vanish, nested and/or of the same kind flatten, equal operands merge, double
// negation disappears, "x and not x" is false, "x or not x" is true.
//
//   ProgramBuilder builder;
//   const FieldIndex name = builder.AddField({.name = "process.name"});
//   builder.AddOutput(builder.AddLeaf({.field = name, .atoms = {Term{"curl"}}}));
//   Program program = builder.Take();
//
// Not thread-safe; the Program it gives away may be read from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

class ProgramBuilder {
 public:
  /// Requires: a field of the same name was added with equal members, or not at all.
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
  NodeIndex AddNode(Op op, std::span<const std::uint32_t> operands);
  NodeIndex AddJunction(Op op, std::span<const NodeIndex> operands);

  Program program_;
  std::unordered_map<std::string, FieldIndex> fields_;
  std::unordered_map<std::string, LeafIndex> leaves_;
  std::unordered_map<std::string, NodeIndex> nodes_;
};

/// One Program with the outputs of all, in order; equal fields, leaves and nodes are shared.
/// Requires: Verify accepts each; fields of the same name are equal.
[[nodiscard]] Program Link(std::span<const Program> programs);

/// One output of a Program that is made of another's: an output of that one (none: true) where
/// none of the others is true.
struct OutputFormula {
  std::optional<OutputIndex> of;
  std::vector<OutputIndex> but_not;
};

/// A Program with these outputs instead of its own. Requires: Verify accepts `program`; the
/// formulas name outputs of it.
[[nodiscard]] Program JoinOutputs(const Program& program, std::span<const OutputFormula> formulas);

}  // namespace tripline::jit
