#include "compiler/typed_builder.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/overloaded.h"
#include "compiler/range_atoms.h"
#include "compiler/unknown_field.h"

namespace tripline::compiler {
namespace {

LeafMeaning MeaningOfGlob(const LeafType& leaf, const jit::Glob& glob) {
  const FieldType type = leaf.type;
  switch (ColumnKindOf(type)) {
    case jit::ColumnKind::kString:
      return {{glob}, std::nullopt};
    case jit::ColumnKind::kText:
      return {{jit::TextGlob{glob}}, std::nullopt};
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kFloat:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
    case jit::ColumnKind::kObject:
    case jit::ColumnKind::kDelegated:
      break;
  }
  return {{},
          LeafProblem{Severity::kError, "value.wildcard_on_type",
                      "patterns are for texts, not for " + FieldTypeName(type), ""}};
}

// Calls `visit` with every operand of the node.
template <class Visit>
void ForEachOperand(TypedNode& node, const Visit& visit) {
  std::visit(Overloaded{
                 [&](TypedNot& negation) { visit(negation.operand); },
                 [&](TypedNested& group) { visit(group.operand); },
                 [&](TypedAnd& conjunction) { std::ranges::for_each(conjunction.operands, visit); },
                 [&](TypedOr& disjunction) { std::ranges::for_each(disjunction.operands, visit); },
                 [](ConstantNode& /*leaf*/) {},
                 [](TestNode& /*leaf*/) {},
             },
             node);
}

// Puts the nodes of `part` behind the others; answers where its root stands then.
TypedNodeId AppendTree(TypedAst& all, TypedAst part) {
  const auto by = static_cast<TypedNodeId>(all.nodes.size());
  for (TypedNode& node : part.nodes) {
    ForEachOperand(node, [by](TypedNodeId& operand) { operand += by; });
    all.nodes.push_back(std::move(node));
  }
  return part.root + by;
}

}  // namespace

TypedNodeId TypedBuilder::Constant(bool value) {
  typed_.nodes.emplace_back(ConstantNode{value});
  return static_cast<TypedNodeId>(typed_.nodes.size() - 1);
}

TypedNodeId TypedBuilder::All(std::vector<TypedNodeId> operands) {
  if (operands.size() == 1) {
    return operands[0];
  }
  return operands.empty() ? Constant(true) : Add(TypedAnd{std::move(operands)});
}

TypedNodeId TypedBuilder::Any(std::vector<TypedNodeId> operands) {
  if (operands.size() == 1) {
    return operands[0];
  }
  return operands.empty() ? Constant(false) : Add(TypedOr{std::move(operands)});
}

TypedNodeId TypedBuilder::Exists(const DocumentPart& part, const std::string& field) {
  if (field.find('*') != field.npos && FindField(catalog_, field) == nullptr) {
    return ExistsAny(part, field);
  }
  return Test(part, field,
              [](const LeafType&) { return LeafMeaning{{jit::Exists{}}, std::nullopt}; });
}

// Whether one of the fields that the pattern stands for has a value.
TypedNodeId TypedBuilder::ExistsAny(const DocumentPart& part, const std::string& pattern) {
  if (catalog_.mapping == nullptr) {
    return Add(MovedInto(group_, {{FieldTest{PatternColumn(pattern), {jit::Exists{}}}}}));
  }
  std::vector<std::string> pieces(1);
  for (const char c : pattern) {
    if (c == '*') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  std::vector<TypedNodeId> any;
  for (const FieldInfo* const info : catalog_.mapping->Matching(pieces)) {
    if (info->nested_path == group_) {
      any.push_back(Exists(part, info->name));
    }
  }
  return Any(std::move(any));
}

TypedNodeId TypedBuilder::Value(const DocumentPart& part, const std::string& field,
                                const grammar::Literal& value) {
  return Test(part, field, [&](const LeafType& type) { return MeaningOfValue(type, value); });
}

TypedNodeId TypedBuilder::Term(const DocumentPart& part, const std::string& field,
                               const grammar::Literal& value) {
  return Test(part, field, [&](const LeafType& type) {
    return ColumnKindOf(type.type) == jit::ColumnKind::kText
               ? LeafMeaning{{jit::TextAny{{value.text}}}, std::nullopt}
               : MeaningOfValue(type, value);
  });
}

// What cannot be one atom, a fixed bound beside one that moves with the clock, is asked bound by
// bound.
TypedNodeId TypedBuilder::Between(const DocumentPart& part, const std::string& field,
                                  const std::vector<Bound>& bounds) {
  bool is_one = true;
  const auto meaning_on = [&](const LeafType& type) {
    LeafMeaning all = MeaningOfRange(type, bounds[0].op, bounds[0].value);
    for (std::size_t i = 1; i < bounds.size() && !all.problem; ++i) {
      LeafMeaning next = MeaningOfRange(type, bounds[i].op, bounds[i].value);
      auto both = BothBounds(all.atoms, next.atoms);
      is_one = is_one && both.has_value();
      all = {both.value_or(std::vector<jit::Atom>()), std::move(next.problem)};
    }
    return all;
  };
  const TypedNodeId between = Test(part, field, meaning_on);
  if (is_one) {
    return between;
  }
  std::vector<TypedNodeId> all;
  for (const Bound& bound : bounds) {
    all.push_back(Test(part, field, [&](const LeafType& type) {
      return MeaningOfRange(type, bound.op, bound.value);
    }));
  }
  return All(std::move(all));
}

TypedNodeId TypedBuilder::Pattern(const DocumentPart& part, const std::string& field,
                                  const jit::Glob& glob) {
  return Test(part, field, [&](const LeafType& type) { return MeaningOfGlob(type, glob); });
}

TypedNodeId TypedBuilder::Test(const DocumentPart& part, const std::string& field,
                               const MeaningOn& meaning_on) {
  if (field.empty()) {
    return Error(part, "field.no_name", "a field without a name", "name the field that is meant");
  }
  FieldCondition condition =
      ConditionOn(catalog_, field, group_, NestedOutside::kNeverMatches, meaning_on);
  for (LeafProblem& remark : condition.about_name) {
    SayOfName(part, field, std::move(remark));
  }
  for (LeafProblem& remark : condition.about_value) {
    Say(part, std::move(remark));
  }
  return Add(std::move(condition.node));
}

TypedNodeId TypedBuilder::Nested(const DocumentPart& part, const std::string& path,
                                 const std::function<TypedNodeId()>& inside) {
  const FieldInfo* const info = FindField(catalog_, path);
  if (info != nullptr ? info->type != FieldType::kNested : IsLeftOut(catalog_, path)) {
    return Error(part, "field.not_nested", "`" + path + "` is not a nested field",
                 "ask for its fields directly, each by its whole name");
  }
  if (!group_.empty() && !path.starts_with(group_ + ".")) {
    return Error(part, "field.not_nested",
                 "`" + path + "` does not lie within the nested objects `" + group_ + "` around it",
                 "write the whole path, beginning with " + group_);
  }
  if (info == nullptr) {
    SayOfName(part, path, AboutUnknownField(catalog_, path));
  }
  TypedNested group{path, group_.empty() ? path : path.substr(group_.size() + 1), 0};
  const std::string around = std::exchange(group_, path);
  group.operand = inside();
  group_ = around;
  return Add(std::move(group));
}

TypedNodeId TypedBuilder::Error(const DocumentPart& part, std::string code, const std::string& what,
                                std::string hint) {
  Say(part, {Severity::kError, std::move(code), what, std::move(hint)});
  return Constant(false);
}

TypedNodeId TypedBuilder::NotYet(const DocumentPart& part, std::string code,
                                 const std::string& what, std::string hint) {
  Say(part, {Severity::kNotYet, std::move(code), what, std::move(hint)});
  return Constant(false);
}

void TypedBuilder::Warn(const DocumentPart& part, std::string code, const std::string& what,
                        std::string hint) {
  Say(part, {Severity::kWarning, std::move(code), what, std::move(hint)});
}

std::optional<TypedAst> TypedBuilder::Finish(TypedNodeId root) {
  if (is_blocked_) {
    return std::nullopt;
  }
  typed_.root = root;
  return std::move(typed_);
}

TypedNodeId TypedBuilder::Add(TypedNode node) {
  typed_.nodes.push_back(std::move(node));
  return static_cast<TypedNodeId>(typed_.nodes.size() - 1);
}

void TypedBuilder::Say(const DocumentPart& part, LeafProblem problem) {
  std::string message = part.path + ": " + problem.message;
  switch (problem.severity) {
    case Severity::kError:
      is_blocked_ = true;
      findings_.Error(part.node.span, std::move(problem.code), std::move(message),
                      std::move(problem.hint));
      break;
    case Severity::kNotYet:
      is_blocked_ = true;
      findings_.NotYet(part.node.span, std::move(problem.code), std::move(message),
                       std::move(problem.hint));
      break;
    case Severity::kWarning:
    case Severity::kNote:
      findings_.Warning(part.node.span, std::move(problem.code), std::move(message),
                        std::move(problem.hint));
      break;
  }
}

void TypedBuilder::SayOfName(const DocumentPart& part, const std::string& field,
                             LeafProblem remark) {
  const bool is_said = remark.severity != Severity::kNote &&
                       (remark.code != "field.unknown" || said_unknown_.insert(field).second);
  if (is_said) {
    Say(part, std::move(remark));
  }
}

TypedAst JoinTrees(std::vector<TypedAst> required, std::vector<TypedAst> excluded) {
  TypedAst all;
  TypedAnd joined;
  for (TypedAst& part : required) {
    joined.operands.push_back(AppendTree(all, std::move(part)));
  }
  for (TypedAst& part : excluded) {
    const TypedNodeId root = AppendTree(all, std::move(part));
    all.nodes.emplace_back(TypedNot{root});
    joined.operands.push_back(static_cast<TypedNodeId>(all.nodes.size() - 1));
  }
  all.nodes.emplace_back(joined.operands.empty() ? TypedNode(ConstantNode{true})
                                                 : TypedNode(std::move(joined)));
  all.root = static_cast<TypedNodeId>(all.nodes.size() - 1);
  return all;
}

TypedAst SubTree(const TypedAst& ast, TypedNodeId root) {
  TypedNodeId first = root;  // a post-order list has the nodes of a tree side by side
  for (TypedNodeId id = root; id >= first; --id) {
    TypedNode node = ast.nodes[id];
    ForEachOperand(node, [&first](TypedNodeId& operand) { first = std::min(first, operand); });
    if (id == 0) {
      break;
    }
  }
  TypedAst part;
  for (TypedNodeId id = first; id <= root; ++id) {
    part.nodes.push_back(ast.nodes[id]);
    ForEachOperand(part.nodes.back(), [first](TypedNodeId& operand) { operand -= first; });
  }
  part.root = root - first;
  return part;
}

}  // namespace tripline::compiler
