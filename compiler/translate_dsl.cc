// One forward loop over the post-order Ast: each node's clause out of the clauses of its operands.
// What a condition asks of one field stands first, then the node rules, then the class that walks.
// Writing the text recurses as deep as the query nests, which Parse bounds.
#include "compiler/translate_dsl.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/diagnostic.h"
#include "base/overloaded.h"
#include "base/result.h"
#include "base/source_text.h"
#include "compiler/check.h"
#include "compiler/data_view.h"
#include "compiler/field_types.h"
#include "compiler/leaf_atoms.h"
#include "compiler/nested_groups.h"
#include "compiler/query_string_escape.h"
#include "compiler/translate_ast.h"
#include "compiler/translate_text.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

using Json = nlohmann::ordered_json;
using grammar::Literal;
using Kind = grammar::Literal::Kind;
using Translation = std::expected<Json, Diagnostics>;

constexpr std::string_view kTimeZone = "Zulu";  // what every detection rule asks for
constexpr std::size_t kClauseBytes = 512;       // memory of a clause beside its name and value

// The field that a clause asks.
struct Target {
  Json name;  // text, unless the query names the field `true`, `false` or `null`
  std::string key;
  TypeFamily family = TypeFamily::kOther;
};

Json Only(std::string_view key, Json value) {
  Json object;
  object[std::string(key)] = std::move(value);
  return object;
}

bool IsLoneStar(const Literal& literal) {
  return literal.kind == Kind::kWildcard && LiteralText(literal) == "*";
}

Json JsonOf(const Literal& literal) {
  switch (literal.kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kBoolean:
      return literal.boolean;
    case Kind::kString:
    case Kind::kWildcard:
      break;
  }
  return LiteralText(literal);
}

// Time zones move dates, not milliseconds since the epoch.
bool IsEpoch(const Literal& value) {
  const std::string text = LiteralText(value);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Json RangeClause(const Target& target, std::initializer_list<std::string_view> bounds,
                 const Literal& value) {
  Json range;
  for (const std::string_view bound : bounds) {
    range[std::string(bound)] = JsonOf(value);
  }
  if (target.family == TypeFamily::kDate && !IsEpoch(value)) {
    range["time_zone"] = kTimeZone;
  }
  return Only("range", Only(target.key, std::move(range)));
}

Json WildcardClause(const Target& target, const Literal& value) {
  std::string pattern = QueryStringPattern(value.pieces);
  if (target.family == TypeFamily::kKeyword) {
    return Only("wildcard", Only(target.key, Only("value", std::move(pattern))));
  }
  Json query;
  query["fields"] = Json::array({target.name});
  query["query"] = std::move(pattern);
  return Only("query_string", std::move(query));
}

Json ValueClause(const Target& target, const Literal& value) {
  if (IsLoneStar(value)) {
    return Only("exists", Only("field", target.name));
  }
  if (value.kind == Kind::kWildcard) {
    return WildcardClause(target, value);
  }
  switch (target.family) {
    case TypeFamily::kDate:
      return RangeClause(target, {"gte", "lte"}, value);
    case TypeFamily::kKeyword:
      return Only("term", Only(target.key, Only("value", JsonOf(value))));
    case TypeFamily::kOther:
      break;
  }
  return Only(value.is_quoted ? "match_phrase" : "match", Only(target.key, JsonOf(value)));
}

// A value without a field.
Json DefaultFieldsClause(const Literal& value) {
  if (value.kind == Kind::kWildcard) {
    return Only("query_string", Only("query", QueryStringPattern(value.pieces)));
  }
  Json query;
  query["type"] = value.is_quoted ? "phrase" : "best_fields";
  query["query"] = JsonOf(value);
  query["lenient"] = true;
  return Only("multi_match", std::move(query));
}

Json Alternatives(Json clauses) {
  Json query;
  query["should"] = std::move(clauses);
  query["minimum_should_match"] = 1;
  return Only("bool", std::move(query));
}

Json NestedClause(Json path, Json query) {
  Json nested;
  nested["path"] = std::move(path);
  nested["query"] = std::move(query);
  nested["score_mode"] = "none";
  return Only("nested", std::move(nested));
}

// The text around the query: everything but the filter is empty.
std::string Whole(Json query) {
  Json filter = Json::array();
  if (query != Only("match_all", Json::object())) {
    filter.push_back(std::move(query));
  }
  Json whole;
  whole["must"] = Json::array();
  whole["filter"] = std::move(filter);
  whole["should"] = Json::array();
  whole["must_not"] = Json::array();
  return Printed(
      Only("bool", std::move(whole)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

class Translator {
 public:
  Translator(const grammar::Ast& ast, const SourceText& query, const NestedGroups& groups,
             const FieldCatalog& catalog, std::size_t max_bytes)
      : ast_(ast),
        query_(query),
        groups_(groups),
        view_(ast, groups, catalog),
        max_bytes_(max_bytes) {}

  std::expected<std::string, Diagnostics> Run() {
    for (std::size_t id = 0; id < ast_.nodes.size(); ++id) {
      TRIPLINE_TRY(Json clause, Translated(id));
      done_.push_back(std::move(clause));
    }
    tripline::Check(ast_.root < done_.size(), "the root is one of the nodes");
    return Whole(Take(ast_.root));
  }

 private:
  Translation Translated(std::size_t id) {
    return std::visit(Overloaded{
                          [&](const grammar::OrNode& n) -> Translation {
                            return Alternatives(TakeAll(n.operands));
                          },
                          [&](const grammar::AndNode& n) -> Translation {
                            return Only("bool", Only("filter", TakeAll(n.operands)));
                          },
                          [&](const grammar::NotNode& n) -> Translation {
                            return Only("bool", Only("must_not", Take(n.operand)));
                          },
                          [&](const grammar::NestedNode& n) -> Translation {
                            return NestedClause(JsonOf(groups_.Around(n.child)->path),
                                                Take(n.child));
                          },
                          [&](const grammar::IsNode& n) { return Is(n, groups_.Around(id)); },
                          [&](const grammar::RangeNode& n) { return Range(n, groups_.Around(id)); },
                      },
                      ast_.nodes[id].data);
  }

  Translation Is(const grammar::IsNode& node, const NestedGroup* group) {
    if (IsLoneStar(node.field) && IsLoneStar(node.value)) {
      return Only("match_all", Json::object());
    }
    if (FullName(node.field, group).kind == Kind::kNull) {
      TRIPLINE_TRY_VOID(Spend(node.field, kClauseBytes + LiteralText(node.value).size()));
      return DefaultFieldsClause(node.value);
    }
    return EachField(node.field, group, node.value,
                     [&](const Target& target) { return ValueClause(target, node.value); });
  }

  Translation Range(const grammar::RangeNode& node, const NestedGroup* group) {
    return EachField(node.field, group, node.value, [&](const Target& target) {
      return RangeClause(target, {RangeOperatorName(node.op)}, node.value);
    });
  }

  template <class MakeClause>
  Translation EachField(const Literal& field, const NestedGroup* group, const Literal& value,
                        const MakeClause& make_clause) {
    const std::size_t prefix_size = group != nullptr ? group->prefix.size() : 0;
    TRIPLINE_TRY_VOID(Spend(field, prefix_size));
    const Literal name = FullName(field, group);
    const bool is_free_pattern = name.kind == Kind::kWildcard && prefix_size == 0;
    std::vector<const FieldInfo*> fields = view_.Fields(name);
    if (!is_free_pattern) {
      TRIPLINE_TRY_VOID(CheckNesting(field, fields, group));
    }
    if (fields.empty()) {
      fields.push_back(nullptr);  // a name that fits no field asks for itself
    }
    const std::size_t value_size = LiteralText(value).size();
    Json clauses = Json::array();
    for (const FieldInfo* const info : fields) {
      const Target target = info != nullptr ? Target{info->name, info->name, FamilyOf(*info)}
                                            : Target{JsonOf(name), LiteralText(name)};
      TRIPLINE_TRY_VOID(Spend(field, kClauseBytes + 2 * (target.key.size() + value_size)));
      Json clause = make_clause(target);
      const bool needs_group =
          is_free_pattern && group == nullptr && info != nullptr && !info->nested_path.empty();
      clauses.push_back(needs_group ? NestedClause(info->nested_path, std::move(clause))
                                    : std::move(clause));
    }
    return Alternatives(std::move(clauses));
  }

  std::expected<void, Diagnostics> CheckNesting(const Literal& field,
                                                const std::vector<const FieldInfo*>& fields,
                                                const NestedGroup* group) const {
    std::string mistakes = NestingMistakes(fields, group);
    if (mistakes.empty()) {
      return {};
    }
    return Refuse(field.span, "kql.nested_group", std::move(mistakes),
                  "a condition on a nested field stands in a group of its path, "
                  "`path: { field: value }`, and every other one outside");
  }

  // Counts what is about to be made for a condition on `field`.
  std::expected<void, Diagnostics> Spend(const Literal& field, std::size_t num_bytes) {
    num_bytes_ += num_bytes;
    if (num_bytes_ <= max_bytes_) {
      return {};
    }
    return Refuse(
        field.span, "translate.too_large",
        "the translation takes more than " + std::to_string(max_bytes_) +
            " bytes: names with stars stand for many fields, and groups repeat their path",
        "name the fields that are meant, or split the query");
  }

  std::unexpected<Diagnostics> Refuse(Span span, std::string code, std::string message,
                                      std::string hint) const {
    return std::unexpected(Diagnostics{MakeDiagnostic(
        query_, span, Severity::kError, std::move(code), std::move(message), std::move(hint))});
  }

  Json Take(grammar::NodeId id) { return std::move(done_.at(id)); }

  Json TakeAll(const std::vector<grammar::NodeId>& operands) {
    Json all = Json::array();
    for (const grammar::NodeId operand : operands) {
      all.push_back(Take(operand));
    }
    return all;
  }

  const grammar::Ast& ast_;
  const SourceText& query_;
  const NestedGroups& groups_;
  DataView view_;
  std::size_t max_bytes_;
  std::size_t num_bytes_ = 0;
  std::vector<Json> done_;
};

}  // namespace

std::expected<std::string, Diagnostics> TranslateToDsl(const grammar::Ast& ast,
                                                       const SourceText& query,
                                                       const FieldCatalog& catalog,
                                                       const DslOptions& options) {
  const std::optional<grammar::Ast> guarded = GuardedAst(ast);
  const grammar::Ast& tree = guarded ? *guarded : ast;
  const std::optional<NestedGroups> groups = NestedGroups::Find(tree, options.max_bytes);
  if (!groups) {
    return std::unexpected(
        Diagnostics{MakeDiagnostic(query, Span{}, Severity::kError, "translate.too_large",
                                   "the paths of groups inside groups take more than " +
                                       std::to_string(options.max_bytes) + " bytes",
                                   "split the query")});
  }
  return Translator(tree, query, *groups, catalog, options.max_bytes).Run();
}

}  // namespace tripline::compiler
