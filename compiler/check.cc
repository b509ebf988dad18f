// One forward loop over the post-order Ast. A leaf becomes tests over the fields that its name
// stands for: one for a plain name, each known field that fits (and the pattern itself, for what no
// table knows) for a name with stars.
#include "compiler/check.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/overloaded.h"
#include "compiler/leaf_atoms.h"
#include "compiler/unknown_field.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using Kind = grammar::Literal::Kind;

constexpr std::size_t kMaxFieldsOfOneName = 4096;  // what one starred field name may stand for

bool IsLoneStar(const Literal& literal) {
  return literal.kind == Kind::kWildcard && literal.pieces.size() == 2 &&
         literal.pieces[0].empty() && literal.pieces[1].empty();
}

class Checker {
 public:
  Checker(const SourceText& query, const FieldCatalog& catalog)
      : query_(query), catalog_(catalog) {}

  CheckedQuery Run(const grammar::Ast& ast) {
    for (const grammar::Node& node : ast.nodes) {
      typed_.nodes.push_back(Typed(node));
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
            [&](const grammar::NestedNode& n) { return Nested(n, node.span); },
            [&](const grammar::IsNode& n) { return Is(n, node.span); },
            [&](const grammar::RangeNode& n) { return Range(n); },
        },
        node.data);
  }

  TypedNode Nested(const grammar::NestedNode& node, Span span) {
    const std::string path = LiteralText(node.path);
    const FieldInfo* const info = FindField(catalog_, path);
    if (info != nullptr && info->type != FieldType::kNested) {
      Report(node.path.span, Severity::kError, "field.not_nested",
             "`" + path + "` is not a nested field",
             "a group in braces asks about single objects of a nested field; write its fields out, "
             "joined with `and`");
    } else {
      Report(span, Severity::kNotYet, "not_yet.nested",
             "groups in braces over nested fields are not evaluated yet", "");
    }
    return ConstantNode{false};
  }

  TypedNode Is(const grammar::IsNode& node, Span span) {
    if (node.field.kind == Kind::kNull) {
      if (IsLoneStar(node.value)) {
        return ConstantNode{true};
      }
      Report(span, Severity::kNotYet, "not_yet.all_fields",
             "a value without a field searches all default fields of an index, which is not "
             "evaluated yet",
             "name the field: `message : \"...\"`");
      return ConstantNode{false};
    }
    if (IsLoneStar(node.field) && IsLoneStar(node.value)) {
      return ConstantNode{true};
    }
    return Tests(
        node.field,
        [&](FieldType type) {
          return IsLoneStar(node.value) ? LeafMeaning{{jit::Exists{}}, std::nullopt}
                                        : MeaningOfValue(type, node.value);
        },
        node.value);
  }

  TypedNode Range(const grammar::RangeNode& node) {
    return Tests(
        node.field, [&](FieldType type) { return MeaningOfRange(type, node.op, node.value); },
        node.value);
  }

  template <class Meaning>
  TypedNode Tests(const Literal& name, const Meaning& meaning_on, const Literal& value) {
    if (name.kind == Kind::kWildcard) {
      return PatternTests(name, meaning_on, value);
    }
    const std::string path = LiteralText(name);
    const FieldInfo* const info = FindField(catalog_, path);
    if (info == nullptr) {
      SayUnknown(name, path);
      return OneTest(UnknownColumn(path), meaning_on(FieldType::kUnknown), value);
    }
    if (info->IsObject()) {
      if (IsLoneStar(value)) {
        // An object exists if anything below it does.
        return OneTest(PatternColumn(path + ".*"), LeafMeaning{{jit::Exists{}}, std::nullopt},
                       value);
      }
      Report(name.span, Severity::kWarning, "field.is_object",
             "`" + path + "` is an object: it has no value of its own, and this part never matches",
             "name one of the fields below it");
      return ConstantNode{false};
    }
    SayDoubts(name, *info, path);
    if (info->type == FieldType::kFlattened && info->name == path) {
      // Asked as a whole, a flattened field has the values of all its keys.
      return OneTest(PatternColumn(path + ".*"), meaning_on(info->type), value);
    }
    return OneTest(ColumnFor(*info, path), meaning_on(info->type), value);
  }

  TypedNode OneTest(jit::Field field, LeafMeaning meaning, const Literal& value) {
    if (meaning.problem) {
      Report(value.span, meaning.problem->severity, meaning.problem->code,
             meaning.problem->message + " (`" + field.name + "`)", meaning.problem->hint);
    }
    if (meaning.atoms.empty()) {
      return ConstantNode{false};
    }
    return TestNode{{FieldTest{std::move(field), std::move(meaning.atoms)}}};
  }

  // The known fields that the pattern fits, each by its type; and, as strings, whatever else an
  // event has there.
  template <class Meaning>
  TypedNode PatternTests(const Literal& name, const Meaning& meaning_on, const Literal& value) {
    TestNode tests;
    std::set<std::string> seen;
    for (const FieldTypes* const table : {catalog_.mapping, catalog_.ecs}) {
      if (table == nullptr) {
        continue;
      }
      for (const FieldInfo* const info : table->Matching(name.pieces)) {
        if (!seen.insert(info->name).second || tests.tests.size() >= kMaxFieldsOfOneName) {
          continue;
        }
        // A value that one of several fields cannot take is no mistake: the others are meant.
        LeafMeaning meaning = meaning_on(info->type);
        if (!meaning.atoms.empty()) {
          tests.tests.push_back({ColumnFor(*info, info->name), std::move(meaning.atoms)});
        }
      }
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

  void SayDoubts(const Literal& name, const FieldInfo& info, const std::string& path) {
    if (info.IsMixed()) {
      Report(name.span, Severity::kWarning, "field.mixed_types",
             "`" + path + "` has different types in different indices; taken as " +
                 FieldTypeName(info.type),
             "give the mapping of one index, or agree on one type");
    }
    if (!info.nested_path.empty()) {
      Report(name.span, Severity::kError, "kql.nested_group",
             "`" + path + "` is a field of the nested objects `" + info.nested_path +
                 "`, outside a group for them",
             "write " + info.nested_path + ":{ ... } with the field's name without that prefix");
    }
  }

  void SayUnknown(const Literal& name, const std::string& path) {
    if (!said_unknown_.insert(path).second) {
      return;  // once per query is enough
    }
    LeafProblem remark = AboutUnknownField(catalog_, path);
    Report(name.span, remark.severity, std::move(remark.code), std::move(remark.message),
           std::move(remark.hint));
  }

  void Report(Span span, Severity severity, std::string code, std::string message,
              std::string hint) {
    is_blocked_ = is_blocked_ || severity == Severity::kError || severity == Severity::kNotYet;
    diagnostics_.push_back(MakeDiagnostic(query_, span, severity, std::move(code),
                                          std::move(message), std::move(hint)));
  }

  const SourceText& query_;
  const FieldCatalog& catalog_;
  TypedAst typed_;
  Diagnostics diagnostics_;
  std::set<std::string> said_unknown_;
  bool is_blocked_ = false;
};

}  // namespace

CheckedQuery Check(const grammar::Ast& ast, const SourceText& query, const FieldCatalog& catalog) {
  return Checker(query, catalog).Run(ast);
}

}  // namespace tripline::compiler
