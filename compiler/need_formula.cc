#include "compiler/need_formula.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/overloaded.h"
#include "compiler/field_types.h"
#include "compiler/leaf_atoms.h"
#include "compiler/lower.h"
#include "compiler/query_parts.h"
#include "compiler/typed_builder.h"
#include "jit/print.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

constexpr std::size_t kMaxShownAtoms = 3;

jit::Program ProgramOfLeaf(const jit::Field& field, jit::Leaf leaf) {
  jit::ProgramBuilder builder;
  leaf.field = builder.AddField(field);
  builder.AddOutput(builder.AddLeaf(std::move(leaf)));
  return builder.Take();
}

// The field's path in rule and mapping: "[a.*]" is the pattern a.*, "a<long>" one of the types of
// a field of several, "a{a.b}" the nested objects a.
std::string PathOf(const jit::Field& field) {
  if (field.is_pattern) {
    return field.source;
  }
  return field.name.substr(
      0, field.name.find_last_of(field.kind == jit::ColumnKind::kObject ? "{" : "<"));
}

std::vector<std::string> PiecesOf(std::string_view pattern) {
  std::vector<std::string> pieces(1);
  for (const char c : pattern) {
    if (c == '*') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

bool IsMapped(const FieldTypes& mapping, const jit::Field& field) {
  const std::string path = PathOf(field);
  if (!field.is_pattern) {
    return mapping.Find(path) != nullptr;
  }
  const bool is_group = path.ends_with(".*");  // of an object, or of a flattened field
  return !mapping.Matching(PiecesOf(path)).empty() ||
         (is_group && mapping.Find(path.substr(0, path.size() - 2)) != nullptr);
}

// True for events that have a value of one of the fields.
jit::Program PresenceOf(std::span<const jit::Field> fields) {
  jit::ProgramBuilder builder;
  std::vector<jit::NodeIndex> any;
  for (const jit::Field& field : fields) {
    const bool is_object = field.kind == jit::ColumnKind::kObject;
    const jit::FieldIndex column =
        builder.AddField(is_object ? PatternColumn(field.source + ".*") : field);
    any.push_back(builder.AddLeaf({column, {jit::Exists{}}}));
  }
  builder.AddOutput(builder.AddOr(any));
  return builder.Take();
}

std::string TextOfAtoms(const jit::Leaf& leaf) {
  std::string text;
  for (std::size_t i = 0; i < leaf.atoms.size() && i < kMaxShownAtoms; ++i) {
    text += (i == 0 ? "" : " or ") + jit::Print(leaf.atoms[i]);
  }
  return leaf.atoms.size() <= kMaxShownAtoms
             ? text
             : text + " ... (" + std::to_string(leaf.atoms.size()) + " in all)";
}

bool StandsAt(const Diagnostic& diagnostic, const SourceText& text, const Span& span) {
  return diagnostic.where == text.Locate(span.begin);
}

}  // namespace

jit::OutputIndex NeedLists::AddProgram(jit::Program program) {
  Check(program.outputs.size() == 1, "an output's number is its program's place");
  programs.push_back(std::move(program));
  return static_cast<jit::OutputIndex>(programs.size() - 1);
}

NeedFormula::Id NeedFormula::Add(NeedNode::Kind kind, std::vector<Id> operands) {
  nodes_.push_back({.kind = kind, .operands = std::move(operands), .need = 0});
  return static_cast<Id>(nodes_.size() - 1);
}

NeedFormula::Id NeedFormula::All(std::vector<Id> operands) {
  return Add(NeedNode::Kind::kAllOf, std::move(operands));
}

NeedFormula::Id NeedFormula::Any(std::vector<Id> operands) {
  return Add(NeedNode::Kind::kAnyOf, std::move(operands));
}

NeedFormula::Id NeedFormula::Not(Id operand) { return Add(NeedNode::Kind::kNot, {operand}); }

NeedFormula::Id NeedFormula::AddNeed(Need need) {
  lists_.needs.push_back(std::move(need));
  const Id id = Add(NeedNode::Kind::kNeed, {});
  nodes_[id].need = static_cast<std::uint32_t>(lists_.needs.size() - 1);
  return id;
}

// A Program that came out as a constant says so; else it tells which fields are looked at.
NeedFormula::Id NeedFormula::AddCondition(Need need, jit::Program program) {
  const jit::Op op = program.nodes[program.outputs[0]].op;
  if (op == jit::Op::kFalse || op == jit::Op::kTrue) {
    need.constant = op == jit::Op::kTrue;
  } else if (catalog_.mapping != nullptr) {
    need.is_mapped = std::ranges::any_of(program.fields, [this](const jit::Field& field) {
      return IsMapped(*catalog_.mapping, field);
    });
  }
  for (const jit::Field& field : program.fields) {
    need.columns.push_back(field.name);
  }
  need.present = lists_.AddProgram(PresenceOf(program.fields));
  need.met = lists_.AddProgram(std::move(program));
  return AddNeed(std::move(need));
}

Need NeedFormula::NeedOfLeaf(const CheckedKql& query, const grammar::Node& node) const {
  Need need;
  need.text = TextOfLeaf(query.text, node);
  need.place = {
      .asked_by = "query", .file = query.text.name, .where = query.text.Locate(node.span.begin)};
  std::vector<Span> spans = {node.span};
  const auto take = [&](const grammar::Literal& field, const grammar::Literal& value) {
    const bool is_bare = field.kind == grammar::Literal::Kind::kNull;
    need.field = is_bare ? "" : LiteralText(field);
    need.value = LiteralText(value);
    need.is_mapped = is_bare || !IsLeftOut(catalog_, need.field);
    spans.insert(spans.end(), {field.span, value.span});
  };
  std::visit(Overloaded{[&](const grammar::IsNode& is) { take(is.field, is.value); },
                        [&](const grammar::RangeNode& range) {
                          take(range.field, range.value);
                          need.value =
                              std::string(grammar::RangeOperatorText(range.op)) + " " + need.value;
                        },
                        [&](const grammar::NestedNode& group) {
                          need.field = LiteralText(group.path);
                          spans.push_back(group.path.span);
                        },
                        [](const auto&) {}},
             node.data);
  for (const Diagnostic& diagnostic : query.said) {
    if (need.because.empty() && std::ranges::any_of(spans, [&](const Span& span) {
          return StandsAt(diagnostic, query.text, span);
        })) {
      need.because = diagnostic.message;
    }
  }
  return need;
}

// The formula's nodes are those of the tree, one for one; what stands inside a group over nested
// objects is part of the group's own condition, and nothing names its nodes.
NeedFormula::Id NeedFormula::Query(const CheckedKql& query, Milliseconds run_interval) {
  Check(query.typed.nodes.size() == query.ast.nodes.size(), "a typed tree has its tree's nodes");
  std::vector<bool> is_inside(query.ast.nodes.size(), false);
  for (std::size_t id = query.ast.nodes.size(); id-- > 0;) {
    const auto mark = [&](grammar::NodeId operand) {
      is_inside[operand] =
          is_inside[id] || std::holds_alternative<grammar::NestedNode>(query.ast.nodes[id].data);
    };
    grammar::VisitOperands(query.ast.nodes[id], mark);
  }
  std::vector<Id> made(query.ast.nodes.size(), 0);
  for (std::size_t id = 0; id < made.size(); ++id) {
    const grammar::Node& node = query.ast.nodes[id];
    if (is_inside[id]) {
      continue;
    }
    std::vector<Id> operands;
    grammar::VisitOperands(node,
                           [&](grammar::NodeId operand) { operands.push_back(made[operand]); });
    if (std::holds_alternative<grammar::AndNode>(node.data)) {
      made[id] = All(std::move(operands));
    } else if (std::holds_alternative<grammar::OrNode>(node.data)) {
      made[id] = Any(std::move(operands));
    } else if (std::holds_alternative<grammar::NotNode>(node.data)) {
      made[id] = Not(operands[0]);
    } else {
      made[id] =
          AddCondition(NeedOfLeaf(query, node),
                       Lower(SubTree(query.typed, static_cast<TypedNodeId>(id)), run_interval));
    }
  }
  return made[query.ast.root];
}

NeedFormula::Id NeedFormula::Constant(bool value, const NeedPlace& place) {
  jit::ProgramBuilder builder;
  builder.AddOutput(builder.AddConstant(value));
  Need need;
  need.text = "a part of " + place.asked_by;
  need.place = place;
  return AddCondition(std::move(need), builder.Take());
}

NeedFormula::Id NeedFormula::Conditions(const jit::Program& program, const NeedPlace& place) {
  std::vector<Id> made;
  made.reserve(program.nodes.size());
  for (const jit::Node& node : program.nodes) {
    std::vector<Id> operands;
    if (node.op == jit::Op::kAnd || node.op == jit::Op::kOr) {
      for (const jit::NodeIndex operand :
           std::span(program.operands).subspan(node.first, node.count)) {
        operands.push_back(made[operand]);
      }
    }
    switch (node.op) {
      case jit::Op::kTrue:
      case jit::Op::kFalse:
        made.push_back(Constant(node.op == jit::Op::kTrue, place));
        break;
      case jit::Op::kAnd:
        made.push_back(All(std::move(operands)));
        break;
      case jit::Op::kOr:
        made.push_back(Any(std::move(operands)));
        break;
      case jit::Op::kNot:
        made.push_back(Not(made[node.first]));
        break;
      case jit::Op::kLeaf: {
        const jit::Leaf& leaf = program.leaves[node.first];
        const jit::Field& field = program.fields[leaf.field];
        Need need;
        need.field = PathOf(field);
        need.value = TextOfAtoms(leaf);
        need.text = need.field + " : " + need.value;
        need.place = place;
        made.push_back(AddCondition(std::move(need), ProgramOfLeaf(field, leaf)));
        break;
      }
    }
  }
  return made[program.outputs[0]];
}

NeedFormula::Id NeedFormula::Field(const std::string& name, const NeedPlace& place) {
  const FieldInfo* const info = FindField(catalog_, name);
  Need need;
  need.kind = Need::Kind::kField;
  need.text = name;
  need.field = name;
  need.place = place;
  if (IsLeftOut(catalog_, name)) {
    need.is_mapped = false;
    return AddCondition(std::move(need), PresenceOf({}));
  }
  const bool is_group = info != nullptr && info->IsObject();
  const jit::Field column = is_group          ? PatternColumn(name + ".*")
                            : info == nullptr ? UnknownColumn(name)
                                              : ColumnFor(*info, name);
  return AddCondition(std::move(need), PresenceOf(std::span(&column, 1)));
}

NeedFormula::Id NeedFormula::Job(const std::string& job_id, std::string because,
                                 const NeedPlace& place) {
  Need need;
  need.kind = Need::Kind::kJob;
  need.text = job_id;
  need.because = std::move(because);
  need.place = place;
  return AddCondition(std::move(need), PresenceOf({}));
}

std::vector<NeedNode> NeedFormula::Take(Id root) {
  if (root + 1 != nodes_.size()) {
    Add(NeedNode::Kind::kAllOf, {root});
  }
  return std::exchange(nodes_, {});
}

}  // namespace tripline::compiler
