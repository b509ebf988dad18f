// One function per kind of query, in the order of the table below; nodes are appended after their
// operands. A document is never nested deeper than kMaxDocumentDepth, so the functions may recurse.
#include "compiler/query_dsl.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/dsl_values.h"
#include "compiler/leaf_atoms.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;

constexpr std::string_view kBadValue = "dsl.bad_value";
constexpr std::size_t kMaxTerms = 65'536;  // of one `terms`, as in a search engine

class DslChecker {
 public:
  DslChecker(const FieldCatalog& catalog, Findings& findings)
      : catalog_(catalog), findings_(findings) {}

  std::optional<TypedAst> Run(const Node& query, const std::string& path) {
    typed_.root = Query(query, path);
    if (is_blocked_) {
      return std::nullopt;
    }
    return std::move(typed_);
  }

 private:
  using Function = TypedNodeId (DslChecker::*)(const Node&, const std::string&);
  struct Kind {
    std::string_view name;
    Function function;
  };
  static constexpr std::size_t kNumKinds = 11;
  static const std::array<Kind, kNumKinds> kKinds;

  TypedNodeId Query(const Node& query, const std::string& path) {
    const Node::Object* const object = query.AsObject();
    if (object == nullptr || object->size() != 1) {
      return Error(query, path + ": expected one query, {\"name\": {...}}", "");
    }
    const Member& member = object->front();
    for (const Kind& kind : kKinds) {
      if (kind.name == member.key) {
        return (this->*kind.function)(member.value, path + "." + member.key);
      }
    }
    return NotYet(member.value,
                  path + ": `" + Shown(member.key) + "` queries are not evaluated yet");
  }

  TypedNodeId MatchAll(const Node& /*body*/, const std::string& /*path*/) {
    return Add(ConstantNode{true});
  }
  TypedNodeId MatchNone(const Node& /*body*/, const std::string& /*path*/) {
    return Add(ConstantNode{false});
  }

  TypedNodeId Bool(const Node& body, const std::string& path) {
    if (body.AsObject() == nullptr) {
      return Error(body, path + ": expected an object", "");
    }
    for (const Member& member : *body.AsObject()) {
      static constexpr std::array<std::string_view, 7> kKnown = {"adjust_pure_negative",
                                                                 "boost",
                                                                 "filter",
                                                                 "minimum_should_match",
                                                                 "must",
                                                                 "must_not",
                                                                 "should"};
      if (std::ranges::find(kKnown, member.key) == kKnown.end()) {
        return Error(member.value,
                     path + ": `" + Shown(member.key) + "` is no part of a bool query", "");
      }
    }
    std::vector<TypedNodeId> all = Clauses(body, "must", path);
    for (const TypedNodeId clause : Clauses(body, "filter", path)) {
      all.push_back(clause);
    }
    const std::vector<TypedNodeId> any = Clauses(body, "should", path);
    std::optional<std::size_t> at_least = all.empty() && !any.empty() ? 1 : 0;
    if (const Node* const least = body.Find("minimum_should_match")) {
      at_least = CountOf(*least);
    }
    if (at_least && *at_least > any.size()) {
      return Add(ConstantNode{false});
    }
    if (!at_least || (*at_least > 1 && *at_least != any.size())) {
      return NotYet(body, path + ": this `minimum_should_match` is not evaluated yet");
    }
    if (*at_least == 1) {
      all.push_back(Join<TypedOr>(any));
    } else if (*at_least > 1) {
      all.insert(all.end(), any.begin(), any.end());
    }
    for (const TypedNodeId clause : Clauses(body, "must_not", path)) {
      all.push_back(Add(TypedNot{clause}));
    }
    return all.empty() ? Add(ConstantNode{true}) : Join<TypedAnd>(all);
  }

  std::vector<TypedNodeId> Clauses(const Node& body, std::string_view name,
                                   const std::string& path) {
    std::vector<TypedNodeId> clauses;
    const Node* const found = body.Find(name);
    if (found == nullptr || found->IsNull()) {
      return clauses;
    }
    const std::string inner = path + "." + std::string(name);
    if (const Node::Array* const list = found->AsArray()) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        clauses.push_back(Query((*list)[i], inner + "[" + std::to_string(i) + "]"));
      }
    } else {
      clauses.push_back(Query(*found, inner));
    }
    return clauses;
  }

  TypedNodeId Exists(const Node& body, const std::string& path) {
    const Node* const field = body.Find("field");
    if (field == nullptr || field->AsString() == nullptr) {
      return Error(body, path + ": expected {\"field\": \"name\"}", "");
    }
    return Test(*field, *field->AsString(), path,
                [](FieldType) { return LeafMeaning{{jit::Exists{}}, std::nullopt}; });
  }

  TypedNodeId Term(const Node& body, const std::string& path) {
    return OneValue(body, path, "value");
  }
  // On text any word will do; on other types it is a term.
  TypedNodeId Match(const Node& body, const std::string& path) {
    return OneValue(body, path, "query", Quotes::kNone);
  }
  TypedNodeId MatchPhrase(const Node& body, const std::string& path) {
    return OneValue(body, path, "query");
  }

  // {"field": scalar} or {"field": {"value": scalar, "case_insensitive": flag}}.
  enum class Quotes : std::uint8_t { kNone, kQuoted };
  TypedNodeId OneValue(const Node& body, const std::string& path, std::string_view value_key,
                       Quotes quotes = Quotes::kQuoted) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return Add(ConstantNode{false});
    }
    const Node* value = &field->value;
    bool ignores_case = false;
    if (value->AsObject() != nullptr) {
      ignores_case = IgnoresCase(*value);
      value = value->Find(value_key);
    }
    std::optional<Literal> literal = value != nullptr ? LiteralOf(*value) : std::nullopt;
    if (!literal) {
      return Error(field->value, path + ": expected a text, a number, true or false", "");
    }
    literal->is_quoted = quotes == Quotes::kQuoted;
    if (ignores_case) {
      return TestGlob(field->value, field->key, path,
                      {.pieces = {literal->text}, .ignores_case = true});
    }
    return Test(field->value, field->key, path,
                [&](FieldType type) { return MeaningOfValue(type, *literal); });
  }

  TypedNodeId Terms(const Node& body, const std::string& path) {
    const Member* const field = OneField(body, path);
    const Node::Array* const values = field == nullptr ? nullptr : field->value.AsArray();
    if (field == nullptr) {
      return Add(ConstantNode{false});
    }
    if (values == nullptr || values->size() > kMaxTerms) {
      return Error(field->value, path + ": expected a list of at most 65,536 values", "");
    }
    std::vector<TypedNodeId> tests;
    for (const Node& value : *values) {
      const std::optional<Literal> literal = LiteralOf(value);
      tests.push_back(literal ? Test(value, field->key, path,
                                     [&](FieldType type) { return MeaningOfValue(type, *literal); })
                              : Error(value, path + ": expected texts or numbers in the list", ""));
    }
    return tests.empty() ? Add(ConstantNode{false}) : Join<TypedOr>(tests);
  }

  TypedNodeId Range(const Node& body, const std::string& path) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return Add(ConstantNode{false});
    }
    if (field->value.AsObject() == nullptr) {
      return Error(field->value, path + ": expected bounds, {\"gte\": value}", "");
    }
    std::vector<TypedNodeId> bounds;
    for (const Member& bound : *field->value.AsObject()) {
      const std::optional<RangeOperator> op = RangeOperatorOf(bound.key);
      if (!op) {
        if (bound.key == "boost" || bound.value.IsNull()) {
          continue;
        }
        return NotYet(bound.value,
                      path + ": `" + Shown(bound.key) + "` of a range is not evaluated yet");
      }
      if (bound.value.IsNull()) {
        continue;
      }
      const std::optional<Literal> literal = LiteralOf(bound.value);
      if (!literal) {
        return Error(bound.value, path + ": expected a number or a text as a bound", "");
      }
      bounds.push_back(Test(bound.value, field->key, path,
                            [&](FieldType type) { return MeaningOfRange(type, *op, *literal); }));
    }
    if (bounds.empty()) {
      return Error(field->value, path + ": a range without a bound",
                   "write gt, gte, lt or lte; `exists` asks for any value");
    }
    return Join<TypedAnd>(bounds);
  }

  TypedNodeId Prefix(const Node& body, const std::string& path) {
    return Pattern(body, path, [](std::string_view text) {
      return jit::Glob{.pieces = {std::string(text), ""}};
    });
  }

  TypedNodeId Wildcard(const Node& body, const std::string& path) {
    return Pattern(body, path, GlobOfWildcard);
  }

  template <class MakeGlob>
  TypedNodeId Pattern(const Node& body, const std::string& path, const MakeGlob& make_glob) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return Add(ConstantNode{false});
    }
    const Node* value = &field->value;
    bool ignores_case = false;
    if (value->AsObject() != nullptr) {
      ignores_case = IgnoresCase(*value);
      const Node* const named = value->Find("value");
      value = named != nullptr ? named : value->Find("wildcard");
    }
    if (value == nullptr || value->AsString() == nullptr) {
      return Error(field->value, path + ": expected a text", "");
    }
    jit::Glob glob = make_glob(*value->AsString());
    glob.ignores_case = ignores_case;
    if (glob.has_question && value->AsString()->find("\\?") != std::string::npos) {
      return NotYet(field->value,
                    path + ": a pattern with both `?` and `\\?` is not evaluated yet");
    }
    return TestGlob(field->value, field->key, path, std::move(glob));
  }

  static bool IgnoresCase(const Node& options) {
    const Node* const flag = options.Find("case_insensitive");
    const bool* const value = flag == nullptr ? nullptr : std::get_if<bool>(&flag->value);
    return value != nullptr && *value;
  }

  TypedNodeId TestGlob(const Node& at, const std::string& name, const std::string& path,
                       jit::Glob glob) {
    return Test(at, name, path, [&](FieldType type) -> LeafMeaning {
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
        case jit::ColumnKind::kDelegated:
          break;
      }
      return {{},
              LeafProblem{Severity::kError, "value.wildcard_on_type",
                          "patterns are for texts, not for " + FieldTypeName(type), ""}};
    });
  }

  const Member* OneField(const Node& body, const std::string& path) {
    const Member* const found = OnlyField(body);
    if (found == nullptr) {
      Error(body, path + ": expected one field, {\"name\": value}", "");
    }
    return found;
  }

  template <class Meaning>
  TypedNodeId Test(const Node& at, const std::string& name, const std::string& path,
                   const Meaning& meaning_on) {
    const FieldInfo* const info = FindField(catalog_, name);
    if (info != nullptr && !info->nested_path.empty()) {
      return NotYet(at, path + ": `" + name +
                            "` is a field of nested objects, which are not looked "
                            "at yet");
    }
    const FieldType type = info == nullptr ? FieldType::kUnknown : info->type;
    const bool is_group =
        info != nullptr &&
        (info->IsObject() || (type == FieldType::kFlattened && info->name == name));
    LeafMeaning meaning =
        meaning_on(info != nullptr && info->IsObject() ? FieldType::kKeyword : type);
    if (meaning.problem) {
      Report(at, meaning.problem->severity, meaning.problem->code,
             path + ": " + meaning.problem->message + " (`" + name + "`)", meaning.problem->hint);
    }
    if (meaning.atoms.empty()) {
      return Add(ConstantNode{false});
    }
    jit::Field column = is_group          ? PatternColumn(name + ".*")
                        : info == nullptr ? UnknownColumn(name)
                                          : ColumnFor(*info, name);
    return Add(TestNode{{FieldTest{std::move(column), std::move(meaning.atoms)}}});
  }

  TypedNodeId Error(const Node& at, std::string message, std::string hint) {
    Report(at, Severity::kError, std::string(kBadValue), std::move(message), std::move(hint));
    return Add(ConstantNode{false});
  }
  TypedNodeId NotYet(const Node& at, std::string message) {
    Report(at, Severity::kNotYet, "not_yet.dsl", std::move(message), "");
    return Add(ConstantNode{false});
  }

  void Report(const Node& at, Severity severity, std::string code, std::string message,
              std::string hint) {
    switch (severity) {
      case Severity::kError:
        is_blocked_ = true;
        findings_.Error(at.span, std::move(code), std::move(message), std::move(hint));
        break;
      case Severity::kNotYet:
        is_blocked_ = true;
        findings_.NotYet(at.span, std::move(code), std::move(message), std::move(hint));
        break;
      case Severity::kWarning:
      case Severity::kNote:
        findings_.Warning(at.span, std::move(code), std::move(message), std::move(hint));
        break;
    }
  }

  TypedNodeId Add(TypedNode node) {
    typed_.nodes.push_back(std::move(node));
    return static_cast<TypedNodeId>(typed_.nodes.size() - 1);
  }
  template <class Junction>
  TypedNodeId Join(std::vector<TypedNodeId> operands) {
    return operands.size() == 1 ? operands[0] : Add(Junction{std::move(operands)});
  }

  const FieldCatalog& catalog_;
  Findings& findings_;
  TypedAst typed_;
  bool is_blocked_ = false;
};

const std::array<DslChecker::Kind, DslChecker::kNumKinds> DslChecker::kKinds = {{
    {"match_all", &DslChecker::MatchAll},
    {"match_none", &DslChecker::MatchNone},
    {"bool", &DslChecker::Bool},
    {"exists", &DslChecker::Exists},
    {"term", &DslChecker::Term},
    {"terms", &DslChecker::Terms},
    {"range", &DslChecker::Range},
    {"prefix", &DslChecker::Prefix},
    {"wildcard", &DslChecker::Wildcard},
    {"match", &DslChecker::Match},
    {"match_phrase", &DslChecker::MatchPhrase},
}};

}  // namespace

std::optional<TypedAst> CheckDsl(const Node& query, const std::string& path,
                                 const FieldCatalog& catalog, Findings& findings) {
  return DslChecker(catalog, findings).Run(query, path);
}

}  // namespace tripline::compiler
