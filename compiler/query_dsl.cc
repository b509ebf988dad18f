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
#include "compiler/typed_builder.h"
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
  DslChecker(const FieldCatalog& catalog, Findings& findings) : builder_(catalog, findings) {}

  std::optional<TypedAst> Run(const Node& query, const std::string& path) {
    return builder_.Finish(Query(query, path));
  }

 private:
  using Function = TypedNodeId (DslChecker::*)(const Node&, const std::string&);
  struct Kind {
    std::string_view name;
    Function function;
  };
  static constexpr std::size_t kNumKinds = 14;
  static const std::array<Kind, kNumKinds> kKinds;

  TypedNodeId Query(const Node& query, const std::string& path) {
    const Node::Object* const object = query.AsObject();
    if (object == nullptr || object->size() != 1) {
      return Error(query, path, "expected one query, {\"name\": {...}}");
    }
    const Member& member = object->front();
    for (const Kind& kind : kKinds) {
      if (kind.name == member.key) {
        return (this->*kind.function)(member.value, path + "." + member.key);
      }
    }
    return NotYet(member.value, path, Shown(member.key) + " queries are not evaluated yet");
  }

  TypedNodeId MatchAll(const Node& /*body*/, const std::string& /*path*/) {
    return builder_.Constant(true);
  }
  TypedNodeId MatchNone(const Node& /*body*/, const std::string& /*path*/) {
    return builder_.Constant(false);
  }

  TypedNodeId Bool(const Node& body, const std::string& path) {
    if (body.AsObject() == nullptr) {
      return Error(body, path, "expected an object");
    }
    for (const Member& member : *body.AsObject()) {
      static constexpr std::array<std::string_view, 8> kKnown = {"_name",
                                                                 "adjust_pure_negative",
                                                                 "boost",
                                                                 "filter",
                                                                 "minimum_should_match",
                                                                 "must",
                                                                 "must_not",
                                                                 "should"};
      if (std::ranges::find(kKnown, member.key) == kKnown.end()) {
        return Error(member.value, path, Shown(member.key) + " is no part of a bool query");
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
      return builder_.Constant(false);
    }
    if (!at_least || (*at_least > 1 && *at_least != any.size())) {
      return NotYet(body, path, "this `minimum_should_match` is not evaluated yet");
    }
    if (*at_least == 1) {
      all.push_back(builder_.Any(any));
    } else if (*at_least > 1) {
      all.insert(all.end(), any.begin(), any.end());
    }
    for (const TypedNodeId clause : Clauses(body, "must_not", path)) {
      all.push_back(builder_.Not(clause));
    }
    return builder_.All(std::move(all));
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

  // Scores play no part in a filter.
  TypedNodeId ConstantScore(const Node& body, const std::string& path) {
    const Node* const filter = body.Find("filter");
    return filter != nullptr ? Query(*filter, path + ".filter")
                             : Error(body, path, "expected {\"filter\": {...}}");
  }
  TypedNodeId DisMax(const Node& body, const std::string& path) {
    return builder_.Any(Clauses(body, "queries", path));
  }

  // Scores play no part, nor does what is shown of the objects.
  TypedNodeId Nested(const Node& body, const std::string& path) {
    static constexpr std::array<std::string_view, 6> kKnown = {
        "_name", "boost", "ignore_unmapped", "inner_hits", "path", "query"};
    const Node* const nested_path = body.Find("path");
    const Node* const query = body.Find("query");
    if (query == nullptr || nested_path == nullptr || nested_path->AsString() == nullptr) {
      return Error(body, path, R"(expected {"path": "name", "query": {...}})");
    }
    for (const Member& member : *body.AsObject()) {
      if (member.key != "score_mode" && std::ranges::find(kKnown, member.key) == kKnown.end()) {
        return Error(member.value, path, Shown(member.key) + " is no part of a nested query");
      }
    }
    return builder_.Nested({*nested_path, path + ".path"}, *nested_path->AsString(),
                           [&] { return Query(*query, path + ".query"); });
  }

  TypedNodeId Exists(const Node& body, const std::string& path) {
    const Node* const field = body.Find("field");
    if (field == nullptr || field->AsString() == nullptr) {
      return Error(body, path, "expected {\"field\": \"name\"}");
    }
    return builder_.Exists({*field, path}, *field->AsString());
  }

  TypedNodeId Term(const Node& body, const std::string& path) {
    return OneValue(body, path, "value", Analyzed::kNo);
  }
  TypedNodeId MatchPhrase(const Node& body, const std::string& path) {
    return OneValue(body, path, "query", Analyzed::kAsPhrase);
  }

  // On text any word will do, or all of them with "operator": "and"; on other types it is a term.
  TypedNodeId Match(const Node& body, const std::string& path) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return builder_.Constant(false);
    }
    if (OptionIs(field->value, "type", "phrase")) {
      return OneValue(body, path, "query", Analyzed::kAsPhrase);
    }
    const Node* const query = field->value.Find("query");
    const std::optional<Literal> literal =
        query != nullptr ? LiteralOf(*query) : std::optional<Literal>();
    if (!OptionIs(field->value, "operator", "and") || !literal) {
      return OneValue(body, path, "query", Analyzed::kAsWords);
    }
    const FieldInfo* const info = FindField(builder_.catalog(), field->key);
    std::vector<TypedNodeId> all;
    if (info != nullptr && ColumnKindOf(info->type) == jit::ColumnKind::kText) {
      for (const std::string& token : WordsOf(literal->text, LeafTypeOf(*info).analysis)) {
        all.push_back(builder_.Test({field->value, path}, field->key, [&](const LeafType&) {
          return LeafMeaning{{jit::TextAny{{token}}}, std::nullopt};
        }));
      }
    }
    return all.empty() ? OneValue(body, path, "query", Analyzed::kAsWords)
                       : builder_.All(std::move(all));
  }

  static bool OptionIs(const Node& options, std::string_view name, std::string_view wanted) {
    const Node* const option = options.Find(name);
    const std::string* const text = option == nullptr ? nullptr : option->AsString();
    return text != nullptr && AsciiLowerCased(*text) == wanted;
  }

  // {"field": scalar} or {"field": {"value": scalar, "case_insensitive": flag}}.
  enum class Analyzed : std::uint8_t { kNo, kAsWords, kAsPhrase };
  TypedNodeId OneValue(const Node& body, const std::string& path, std::string_view value_key,
                       Analyzed analyzed) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return builder_.Constant(false);
    }
    const Node* value = &field->value;
    bool ignores_case = false;
    if (value->AsObject() != nullptr) {
      if (const std::string_view option = ChangingOption(*value, value_key); !option.empty()) {
        return NotYet(*value, path,
                      "the option " + Shown(option) + " of this query is not evaluated yet");
      }
      ignores_case = IgnoresCase(*value);
      value = value->Find(value_key);
    }
    std::optional<Literal> literal = value != nullptr ? LiteralOf(*value) : std::nullopt;
    if (!literal) {
      return Error(field->value, path, "expected a text, a number, true or false");
    }
    literal->is_quoted = analyzed != Analyzed::kAsWords;
    if (ignores_case) {
      return builder_.Pattern({field->value, path}, field->key,
                              {.pieces = {literal->text}, .ignores_case = true});
    }
    return analyzed == Analyzed::kNo ? builder_.Term({field->value, path}, field->key, *literal)
                                     : builder_.Value({field->value, path}, field->key, *literal);
  }

  TypedNodeId Terms(const Node& body, const std::string& path) {
    const Member* const field = OneField(body, path);
    const Node::Array* const values = field == nullptr ? nullptr : field->value.AsArray();
    if (field == nullptr) {
      return builder_.Constant(false);
    }
    if (values == nullptr || values->size() > kMaxTerms) {
      return Error(field->value, path, "expected a list of at most 65,536 values");
    }
    std::vector<TypedNodeId> tests;
    for (const Node& value : *values) {
      const std::optional<Literal> literal = LiteralOf(value);
      tests.push_back(literal ? builder_.Term({value, path}, field->key, *literal)
                              : Error(value, path, "expected texts or numbers in the list"));
    }
    return builder_.Any(std::move(tests));
  }

  TypedNodeId Range(const Node& body, const std::string& path) {
    const Member* const field = OneField(body, path);
    if (field == nullptr) {
      return builder_.Constant(false);
    }
    if (field->value.AsObject() == nullptr) {
      return Error(field->value, path, "expected bounds, {\"gte\": value}");
    }
    std::vector<TypedBuilder::Bound> bounds;
    for (const Member& bound : *field->value.AsObject()) {
      if (bound.key == "boost" || bound.value.IsNull() || IsUsualDateFormat(bound)) {
        continue;
      }
      const std::optional<RangeOperator> op = RangeOperatorOf(bound.key);
      if (!op) {
        return NotYet(bound.value, path, Shown(bound.key) + " of a range is not evaluated yet");
      }
      const std::optional<Literal> literal = LiteralOf(bound.value);
      if (!literal) {
        return Error(bound.value, path, "expected a number or a text as a bound");
      }
      bounds.push_back({*op, *literal});
    }
    if (bounds.empty()) {
      return Error(field->value, path, "a range without a bound",
                   "write gt, gte, lt or lte; `exists` asks for any value");
    }
    return builder_.Between({field->value, path}, field->key, bounds);
  }

  TypedNodeId Prefix(const Node& body, const std::string& path) {
    const PatternText pattern = PatternOf(body, path);
    if (pattern.text == nullptr) {
      return builder_.Constant(false);
    }
    return builder_.Pattern({pattern.field->value, path}, pattern.field->key,
                            {.pieces = {*pattern.text, ""}, .ignores_case = pattern.ignores_case});
  }

  TypedNodeId Wildcard(const Node& body, const std::string& path) {
    const PatternText pattern = PatternOf(body, path);
    if (pattern.text == nullptr) {
      return builder_.Constant(false);
    }
    const DocumentPart part{pattern.field->value, path};
    const WildcardText wildcard = ReadWildcard(*pattern.text);
    if (wildcard.is_ambiguous) {
      return NotYet(part.node, path, "a pattern with both `?` and `\\?` is not evaluated yet");
    }
    if (!wildcard.lost_backslashes.empty()) {
      builder_.Warn(part, "dsl.lost_backslash", AboutLostBackslash(wildcard),
                    "for the backslash itself write two: \\\\ (in JSON and in quoted TOML four)");
    }
    jit::Glob glob = wildcard.glob;
    glob.ignores_case = pattern.ignores_case;
    return builder_.Pattern(part, pattern.field->key, glob);
  }

  // {"field": text} or {"field": {"value": text, "case_insensitive": flag}}.
  struct PatternText {
    const Member* field = nullptr;
    const std::string* text = nullptr;  // null: a mistake, which is said
    bool ignores_case = false;
  };
  PatternText PatternOf(const Node& body, const std::string& path) {
    PatternText pattern{.field = OneField(body, path)};
    if (pattern.field == nullptr) {
      return pattern;
    }
    const Node* value = &pattern.field->value;
    if (value->AsObject() != nullptr) {
      pattern.ignores_case = IgnoresCase(*value);
      const Node* const named = value->Find("value");
      value = named != nullptr ? named : value->Find("wildcard");
    }
    pattern.text = value == nullptr ? nullptr : value->AsString();
    if (pattern.text == nullptr) {
      Error(pattern.field->value, path, "expected a text");
    }
    return pattern;
  }

  const Member* OneField(const Node& body, const std::string& path) {
    const Member* const found = OnlyField(body);
    if (found == nullptr) {
      Error(body, path, "expected one field, {\"name\": value}");
    }
    return found;
  }

  TypedNodeId Error(const Node& at, const std::string& path, const std::string& what,
                    std::string hint = "") {
    return builder_.Error({at, path}, std::string(kBadValue), what, std::move(hint));
  }
  TypedNodeId NotYet(const Node& at, const std::string& path, const std::string& what) {
    return builder_.NotYet({at, path}, "not_yet.dsl", what);
  }

  TypedBuilder builder_;
};

const std::array<DslChecker::Kind, DslChecker::kNumKinds> DslChecker::kKinds = {{
    {"match_all", &DslChecker::MatchAll},
    {"match_none", &DslChecker::MatchNone},
    {"bool", &DslChecker::Bool},
    {"constant_score", &DslChecker::ConstantScore},
    {"dis_max", &DslChecker::DisMax},
    {"exists", &DslChecker::Exists},
    {"term", &DslChecker::Term},
    {"terms", &DslChecker::Terms},
    {"range", &DslChecker::Range},
    {"prefix", &DslChecker::Prefix},
    {"wildcard", &DslChecker::Wildcard},
    {"match", &DslChecker::Match},
    {"match_phrase", &DslChecker::MatchPhrase},
    {"nested", &DslChecker::Nested},
}};

}  // namespace

std::optional<TypedAst> CheckDsl(const Node& query, const std::string& path,
                                 const FieldCatalog& catalog, Findings& findings) {
  return DslChecker(catalog, findings).Run(query, path);
}

}  // namespace tripline::compiler
