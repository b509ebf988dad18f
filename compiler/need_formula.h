// NeedFormula: the formula of one rule's needs as it grows; part of FindNeeds. Operands are made
// before what joins them.
//
// Writes the needs and, for each, two Programs of one output to lists that all rules share; an
// output's number is its Program's place. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/time.h"
#include "compiler/columns.h"
#include "compiler/rule_needs.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// What the needs of all rules go into.
struct NeedLists {
  std::vector<Need> needs;
  std::vector<jit::Program> programs;  // one output each

  [[nodiscard]] jit::OutputIndex AddProgram(jit::Program program);
};

/// A KQL query that was checked: `typed` has the nodes of `ast`, one for one.
struct CheckedKql {
  const SourceText& text;
  const grammar::Ast& ast;
  const TypedAst& typed;
  const Diagnostics& said;
};

class NeedFormula {
 public:
  using Id = std::uint32_t;

  /// Both must outlive it.
  NeedFormula(const FieldCatalog& catalog, NeedLists& lists) : catalog_(catalog), lists_(lists) {}

  [[nodiscard]] Id All(std::vector<Id> operands);
  [[nodiscard]] Id Any(std::vector<Id> operands);
  [[nodiscard]] Id Not(Id operand);

  /// The conditions of a query, each as its author wrote it.
  [[nodiscard]] Id Query(const CheckedKql& query, Milliseconds run_interval);
  /// The conditions of a Program of one output, which stand somewhere in `place`.
  [[nodiscard]] Id Conditions(const jit::Program& program, const NeedPlace& place);
  /// Some value of the field.
  [[nodiscard]] Id Field(const std::string& name, const NeedPlace& place);
  /// An anomaly job that is not there.
  [[nodiscard]] Id Job(const std::string& job_id, std::string because, const NeedPlace& place);

  /// Makes `root` the last node and gives the formula away.
  [[nodiscard]] std::vector<NeedNode> Take(Id root);

 private:
  Id Add(NeedNode::Kind kind, std::vector<Id> operands);
  Id AddNeed(Need need);
  Id Constant(bool value, const NeedPlace& place);
  Id AddCondition(Need need, jit::Program program);
  [[nodiscard]] Need NeedOfLeaf(const CheckedKql& query, const grammar::Node& node) const;

  const FieldCatalog& catalog_;
  NeedLists& lists_;
  std::vector<NeedNode> nodes_;
};

}  // namespace tripline::compiler
