// One forward loop over the post-order Ast. A leaf becomes tests over the fields that its name
// stands for: one for a plain name, each known field that fits (and the pattern itself, for what no
// table knows) for a name with stars.
#include "compiler/check.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/default_fields.h"
#include "compiler/field_condition.h"
#include "compiler/leaf_atoms.h"
#include "compiler/nested_groups.h"
#include "compiler/unknown_field.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using Kind = grammar::Literal::Kind;

constexpr std::size_t kMaxFieldsOfOneName = 4096;  // what one starred field name may stand for
constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20U;  // of the paths of all groups

bool IsLoneStar(const Literal& literal) {
  return literal.kind == Kind::kWildcard && literal.pieces.size() == 2 &&
         literal.pieces[0].empty() && literal.pieces[1].empty();
}

class Checker {
 public:
  Checker(const SourceText& query, const FieldCatalog& catalog, const NestedGroups& groups)
      : query_(query), catalog_(catalog), groups_(groups) {}

  CheckedQuery Run(const grammar::Ast& ast) {
    for (std::size_t id = 0; id < ast.nodes.size(); ++id) {
      group_ = groups_.Around(id);
      typed_.nodes.push_back(Typed(ast.nodes[id]));
    }
    typed_.root = ast.root;
    CheckedQuery checked{std::nullopt, std::move(diagnostics_)};
    if (!is_blocked_) {
      checked.ast = std::move(typed_);
    }
    return checked;
  }

 private:
  TypedNode Typed(const grammar::Node& node) {
    return std::visit(
        Overloaded{
            [](const grammar::OrNode& n) -> TypedNode { return TypedOr{n.operands}; },
            [](const grammar::AndNode& n) -> TypedNode { return TypedAnd{n.operands}; },
            [](const grammar::NotNode& n) -> TypedNode { return TypedNot{n.operand}; },
            [&](const grammar::NestedNode& n) { return Nested(n); },
            [&](const grammar::IsNode& n) { return Is(n); },
            [&](const grammar::RangeNode& n) { return Range(n); },
        },
        node.data);
  }

  TypedNode Nested(const grammar::NestedNode& node) {
    const NestedGroup& inside = *groups_.Around(node.child);
    const std::string& path = inside.prefix;
    const FieldInfo* const info = FindField(catalog_, path);
    const bool is_known_otherwise =
        info != nullptr ? info->type != FieldType::kNested : IsLeftOut(catalog_, path);
    if (path.empty() || is_known_otherwise) {
      Report(node.path.span, Severity::kError, "field.not_nested",
             "`" + LiteralText(node.path) + "` is not a nested field",
             "a group in braces asks about single objects of a nested field; write its fields out, "
             "joined with `and`");
      return ConstantNode{false};
    }
    if (info == nullptr) {
      SayUnknown(node.path, path);
    }
    TypedNested group{path, path, node.child};
    if (group_ != nullptr) {
      group.source = path.substr(group_->prefix.size() + 1);
    }
    return group;
  }

  TypedNode Is(const grammar::IsNode& node) {
    const bool is_bare = node.field.kind == Kind::kNull && group_ == nullptr;
    if ((is_bare || IsLoneStar(node.field)) && IsLoneStar(node.value)) {
      return ConstantNode{true};
    }
    if (is_bare) {
      return DefaultFields(
          node.value, [&](const LeafType& type) { return MeaningOfBareValue(type, node.value); });
    }
    const auto meaning_on = [&](const LeafType& type) { return MeaningOfIs(type, node); };
    if (IsLoneStar(node.field) && group_ == nullptr) {
      return DefaultFields(node.value, meaning_on);
    }
    return Tests(node.field, meaning_on, node.value);
  }

  // Kibana sends patterns as query strings, which are split at blanks, where it does not know that
  // a field is a keyword and nothing else: inside groups, and where indices disagree.
  LeafMeaning MeaningOfIs(const LeafType& type, const grammar::IsNode& node) const {
    const FieldInfo* const info = FindField(catalog_, LiteralText(FullName(node.field, group_)));
    const bool is_split = group_ != nullptr || (info != nullptr && info->IsMixed());
    return is_split ? MeaningOfBareValue(type, node.value) : MeaningOfValue(type, node.value);
  }

  TypedNode Range(const grammar::RangeNode& node) {
    return Tests(
        node.field, [&](const LeafType& type) { return MeaningOfRange(type, node.op, node.value); },
        node.value);
  }

  TypedNode DefaultFields(const Literal& value, const MeaningOn& meaning_on) {
    if (value.kind == Kind::kNull) {
      return OneTest(UnknownColumn("*"), meaning_on(FieldType::kUnknown), value);
    }
    TestNode tests{DefaultFieldTests(catalog_, meaning_on)};
    return tests.tests.empty() ? TypedNode(ConstantNode{false}) : TypedNode(std::move(tests));
  }

  // What a condition on fields of that name becomes; inside a group, on those of one object.
  TypedNode Tests(const Literal& name, const MeaningOn& meaning_on, const Literal& value) {
    if (name.kind == Kind::kString && name.text.empty()) {
      Report(name.span, Severity::kError, "field.no_name", "a field without a name",
             "name the field that is meant, or leave out the colon to ask all default fields");
      return ConstantNode{false};
    }
    const Literal full = FullName(name, group_);
    if (full.kind == Kind::kWildcard && group_ != nullptr && value.kind != Kind::kWildcard) {
      // Kibana sends the name as it is, and only exists and query_string take stars in names.
      Report(name.span, Severity::kWarning, "field.starred_in_group",
             "inside a group a field's name with stars is taken literally: this part never matches",
             "name each field; stars are taken there with a pattern or `*` as the value");
      return ConstantNode{false};
    }
    if (full.kind == Kind::kWildcard) {
      TypedNode typed = PatternTests(full, meaning_on, value);
      auto* const tests = std::get_if<TestNode>(&typed);
      return tests == nullptr ? typed : MovedInto(GroupPath(), std::move(*tests));
    }
    FieldCondition condition = ConditionOn(catalog_, LiteralText(full), GroupPath(),
                                           NestedOutside::kIsRefused, meaning_on);
    for (LeafProblem& remark : condition.about_name) {
      if (remark.code != "field.unknown" || said_unknown_.insert(LiteralText(full)).second) {
        Report(name.span, std::move(remark));
      }
    }
    for (LeafProblem& remark : condition.about_value) {
      Report(value.span, std::move(remark));
    }
    return std::move(condition.node);
  }

  [[nodiscard]] std::string GroupPath() const { return group_ == nullptr ? "" : group_->prefix; }

  TypedNode OneTest(jit::Field field, LeafMeaning meaning, const Literal& value) {
    if (meaning.problem) {
      meaning.problem->message += " (`" + field.name + "`)";
      Report(value.span, *std::move(meaning.problem));
    }
    if (meaning.atoms.empty()) {
      return ConstantNode{false};
    }
    return TestNode{{FieldTest{std::move(field), std::move(meaning.atoms)}}};
  }

  // The known fields that the pattern fits, each by its type; and, as strings, whatever else an
  // event has there.
  TypedNode PatternTests(const Literal& name, const MeaningOn& meaning_on, const Literal& value) {
    TestNode tests;
    bool is_left_out = false;
    std::set<std::string> seen;
    for (const FieldTypes* const table : {catalog_.mapping, catalog_.ecs}) {
      if (table == nullptr) {
        continue;
      }
      for (const FieldInfo* const info : table->Matching(name.pieces)) {
        if (FindField(catalog_, info->name) != info) {
          continue;  // another table's word comes first
        }
        if (info->is_disabled) {
          is_left_out = true;
          continue;
        }
        if (!seen.insert(info->name).second || tests.tests.size() >= kMaxFieldsOfOneName) {
          continue;
        }
        // A value that one of several fields cannot take is no mistake: the others are meant.
        LeafMeaning meaning = meaning_on(LeafTypeOf(*info));
        if (!meaning.atoms.empty()) {
          tests.tests.push_back({ColumnFor(*info, info->name), std::move(meaning.atoms)});
        }
      }
    }
    is_left_out = is_left_out || IsLeftOut(catalog_, LiteralText(name));
    if (seen.empty() && is_left_out) {
      Report(name.span, AboutLeftOutField(catalog_, LiteralText(name)));
      return ConstantNode{false};
    }
    if (seen.empty()) {
      LeafMeaning meaning = meaning_on(FieldType::kUnknown);
      if (meaning.problem) {
        return OneTest(UnknownColumn(LiteralText(name)), std::move(meaning), value);
      }
      tests.tests.push_back({PatternColumn(LiteralText(name)), std::move(meaning.atoms)});
    }
    if (tests.tests.empty()) {
      return ConstantNode{false};
    }
    return tests;
  }

  void SayUnknown(const Literal& name, const std::string& path) {
    if (!said_unknown_.insert(path).second) {
      return;  // once per query is enough
    }
    Report(name.span, AboutUnknownField(catalog_, path));
  }

  void Report(Span span, LeafProblem problem) {
    Report(span, problem.severity, std::move(problem.code), std::move(problem.message),
           std::move(problem.hint));
  }

  void Report(Span span, Severity severity, std::string code, std::string message,
              std::string hint) {
    is_blocked_ = is_blocked_ || severity == Severity::kError || severity == Severity::kNotYet;
    diagnostics_.push_back(MakeDiagnostic(query_, span, severity, std::move(code),
                                          std::move(message), std::move(hint)));
  }

  const SourceText& query_;
  const FieldCatalog& catalog_;
  const NestedGroups& groups_;
  const NestedGroup* group_ = nullptr;  // around the node that is being typed
  TypedAst typed_;
  Diagnostics diagnostics_;
  std::set<std::string> said_unknown_;
  bool is_blocked_ = false;
};

}  // namespace

CheckedQuery Check(const grammar::Ast& ast, const SourceText& query, const FieldCatalog& catalog) {
  const std::optional<NestedGroups> groups = NestedGroups::Find(ast, kMaxGroupBytes);
  if (!groups) {
    return {std::nullopt,
            {MakeDiagnostic(query, Span{}, Severity::kError, "kql.too_long",
                            "the paths of groups inside groups take more than " +
                                std::to_string(kMaxGroupBytes) + " bytes",
                            "split the query")}};
  }
  return Checker(query, catalog, *groups).Run(ast);
}

}  // namespace tripline::compiler
