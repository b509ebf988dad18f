// One forward loop over the post-order Ast. A leaf becomes tests over the fields that its name
// stands for: one for a plain name, each known field that fits (and the pattern itself, for what no
// table knows) for a name with stars.
#include "compiler/check.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/default_fields.h"
#include "compiler/leaf_atoms.h"
#include "compiler/nested_groups.h"
#include "compiler/unknown_field.h"
#include "jit/atoms.h"

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

// True if one of the formats, joined by "||", is of those that ParseDate reads.
bool IsReadHere(std::string_view formats) {
  static constexpr std::array<std::string_view, 9> kKnown = {"date_optional_time",
                                                             "date_time",
                                                             "epoch_millis",
                                                             "strict_date",
                                                             "strict_date_optional_time",
                                                             "strict_date_optional_time_nanos",
                                                             "strict_date_time",
                                                             "strict_date_time_no_millis",
                                                             "yyyy-MM-dd"};
  bool is_known = formats.empty();
  while (!formats.empty()) {
    const std::size_t bars = formats.find("||");
    is_known = is_known || std::ranges::find(kKnown, formats.substr(0, bars)) != kKnown.end();
    formats.remove_prefix(bars == formats.npos ? formats.size() : bars + 2);
  }
  return is_known;
}

// What a name that stands for a field of one object becomes: its values stand inside the object.
// False if they do not.
bool MoveInto(const std::string& prefix, jit::Field* field) {
  const std::string source = field->source.empty() ? field->name : field->source;
  if (!source.starts_with(prefix + ".")) {
    return false;
  }
  field->source = source.substr(prefix.size() + 1);
  return true;
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

  template <class Meaning>
  TypedNode DefaultFields(const Literal& value, const Meaning& meaning_on) {
    if (value.kind == Kind::kNull) {
      return OneTest(UnknownColumn("*"), meaning_on(FieldType::kUnknown), value);
    }
    TestNode tests{DefaultFieldTests(catalog_, meaning_on)};
    return tests.tests.empty() ? TypedNode(ConstantNode{false}) : TypedNode(std::move(tests));
  }

  // What a condition on fields of that name becomes; inside a group, on those of one object.
  template <class Meaning>
  TypedNode Tests(const Literal& name, const Meaning& meaning_on, const Literal& value) {
    const Literal full = FullName(name, group_);
    TypedNode typed = full.kind == Kind::kWildcard ? PatternTests(full, meaning_on, value)
                                                   : PlainTests(full, meaning_on, value);
    auto* const tests = std::get_if<TestNode>(&typed);
    if (group_ == nullptr || tests == nullptr) {
      return typed;
    }
    std::erase_if(tests->tests,
                  [&](FieldTest& test) { return !MoveInto(group_->prefix, &test.field); });
    return tests->tests.empty() ? TypedNode(ConstantNode{false}) : typed;
  }

  template <class Meaning>
  TypedNode PlainTests(const Literal& name, const Meaning& meaning_on, const Literal& value) {
    const std::string path = LiteralText(name);
    const FieldInfo* const info = FindField(catalog_, path);
    if (info == nullptr && IsLeftOut(catalog_, path)) {
      SayLeftOut(name, path);
      return ConstantNode{false};
    }
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
    if (info->type == FieldType::kConstantKeyword && !info->constant.empty()) {
      return Constant(*info, meaning_on(LeafTypeOf(*info)));
    }
    if (info->IsMixed()) {
      return MixedTests(*info, path, meaning_on, value);
    }
    if (info->type == FieldType::kFlattened && info->name == path) {
      // Asked as a whole, a flattened field has the values of all its keys.
      return OneTest(PatternColumn(path + ".*"), meaning_on(LeafTypeOf(*info)), value);
    }
    return OneTest(ColumnFor(*info, path), meaning_on(LeafTypeOf(*info)), value);
  }

  // Of a field that has other types in other indices: by each of them. Types that cannot hold the
  // value are passed over, as the shards of their indices would fail by themselves.
  template <class Meaning>
  TypedNode MixedTests(const FieldInfo& info, const std::string& path, const Meaning& meaning_on,
                       const Literal& value) {
    TestNode tests;
    for (const FieldType type : info.types) {
      FieldInfo one = info;
      one.type = type;
      LeafMeaning meaning = one.IsObject() ? LeafMeaning{} : meaning_on(LeafTypeOf(one));
      if (meaning.atoms.empty()) {
        continue;
      }
      jit::Field column = ColumnFor(one, path);
      if (type != info.type) {
        column.source = column.source.empty() ? path : column.source;
        column.name = path + "<" + FieldTypeName(type) + ">";
      }
      tests.tests.push_back({std::move(column), std::move(meaning.atoms)});
    }
    return tests.tests.empty() ? OneTest(ColumnFor(info, path), meaning_on(LeafTypeOf(info)), value)
                               : TypedNode(std::move(tests));
  }

  // Every document of the index has the constant, whatever the event says.
  static TypedNode Constant(const FieldInfo& info, const LeafMeaning& meaning) {
    return ConstantNode{std::ranges::any_of(meaning.atoms, [&info](const jit::Atom& atom) {
      return jit::AtomAccepts(atom, info.constant);
    })};
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
        if (FindField(catalog_, info->name) != info) {
          continue;  // another table's word comes first
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
    if (seen.empty() && IsLeftOut(catalog_, LiteralText(name))) {
      SayLeftOut(name, LiteralText(name));
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

  void SayDoubts(const Literal& name, const FieldInfo& info, const std::string& path) {
    if (info.IsMixed()) {
      Report(name.span, Severity::kWarning, "field.mixed_types",
             "`" + path + "` has different types in different indices: it is asked by each of them",
             "give the mapping of one index, or agree on one type");
    }
    if (ColumnKindOf(info.type) == jit::ColumnKind::kDate && !IsReadHere(info.date_format)) {
      Report(name.span, Severity::kWarning, "field.unknown_date_format",
             "dates of `" + path + "` have the format `" + info.date_format +
                 "`, which is not known here: only ISO dates and milliseconds since the epoch are "
                 "read",
             "");
    }
    if (ColumnKindOf(info.type) == jit::ColumnKind::kText && !AnalysisNamed(info.analyzer)) {
      Report(name.span, Severity::kWarning, "field.unknown_analyzer",
             "the analyzer `" + info.analyzer + "` of `" + path +
                 "` is not known here: the field is taken as analyzed by `standard`",
             "what it matches may differ from what the index finds");
    }
    if (group_ != nullptr && info.nested_path != group_->prefix) {
      Report(name.span, Severity::kWarning, "field.outside_group",
             "`" + path + "` is no field of the nested objects `" + group_->prefix +
                 "`, and never matches in a group for them",
             "write it outside the braces");
    }
    if (group_ == nullptr && !info.nested_path.empty()) {
      Report(name.span, Severity::kError, "kql.nested_group",
             "`" + path + "` is a field of the nested objects `" + info.nested_path +
                 "`, outside a group for them",
             "write " + info.nested_path + ":{ ... } with the field's name without that prefix");
    }
  }

  void SayLeftOut(const Literal& name, const std::string& path) {
    const std::string nearest = catalog_.mapping->Suggest(path);
    Report(name.span, Severity::kWarning, "field.not_in_index",
           "`" + path + "` is not in the mapping, which takes in no other fields: it never matches",
           nearest.empty() ? "add it to the mapping" : "did you mean `" + nearest + "`?");
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
