// Filters first, each brought into the form of today's filter bar, then exceptions: every item an
// alternative of one more negated filter. Documents have a bounded depth, so passes may recurse.
#include "compiler/translate_rule.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "compiler/columns.h"
#include "compiler/document.h"
#include "compiler/exception_lists.h"

namespace tripline::compiler {
namespace {

constexpr std::string_view kBeforeClauses = R"({"bool":{"must":[],"filter":[)";
constexpr std::string_view kAfterClauses = R"(],"should":[],"must_not":[]}})";

Node Text(std::string text) { return {std::move(text), {}}; }

Node Whole(std::int64_t number) { return {number, {}}; }

Node List(std::vector<Node> nodes) { return {std::move(nodes), {}}; }

Node Object(std::vector<std::pair<std::string, Node>> members) {
  Node object{Node::Object{}, {}};
  for (auto& [key, value] : members) {
    object.Put(std::move(key), {}, std::move(value));
  }
  return object;
}

Node Only(std::string key, Node value) { return Object({{std::move(key), std::move(value)}}); }

Node Bool(std::string key, Node value) {
  return Only("bool", Only(std::move(key), std::move(value)));
}

Node OneOf(std::vector<Node> clauses) {
  return Only("bool",
              Object({{"should", List(std::move(clauses))}, {"minimum_should_match", Whole(1)}}));
}

// A member of a member; null pointer if there is none.
const Node* Inner(const Node& node, std::string_view key, std::string_view inner) {
  const Node* const member = node.Find(key);
  return member == nullptr ? nullptr : member->Find(inner);
}

std::string_view TextOf(const Node* node) {
  const std::string* const text = node == nullptr ? nullptr : node->AsString();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::span<const Node> ItemsOf(const Node* node) {
  const Node::Array* const items = node == nullptr ? nullptr : node->AsArray();
  return items == nullptr ? std::span<const Node>() : std::span<const Node>(*items);
}

// The one field of {"match_phrase": {"field": ...}}.
const Member* FieldOf(const Node* clause) {
  const Node::Object* const fields = clause == nullptr ? nullptr : clause->AsObject();
  return fields == nullptr || fields->empty() ? nullptr : &fields->front();
}

class Filters {
 public:
  explicit Filters(const FieldCatalog& catalog) : catalog_(catalog) {}

  // The clauses of the filters that are negated, or of those that are not.
  std::vector<Node> Clauses(std::span<const Node> filters, bool is_negated) const {
    std::vector<Node> clauses;
    for (const Node& filter : filters) {
      const bool* const disabled = Flag(filter, "disabled");
      if (filter.AsObject() == nullptr || (disabled != nullptr && *disabled)) {
        continue;
      }
      const Node* const negate = Inner(filter, "meta", "negate");
      const bool* const flag = Flag(filter, "negate");
      if (negate == nullptr ? !is_negated : flag != nullptr && *flag == is_negated) {
        clauses.push_back(Clause(filter));
      }
    }
    return clauses;
  }

 private:
  static const bool* Flag(const Node& filter, std::string_view name) {
    const Node* const flag = Inner(filter, "meta", name);
    return flag == nullptr ? nullptr : std::get_if<bool>(&flag->value);
  }

  Node Clause(const Node& filter) const {
    const Node* const type = Inner(filter, "meta", "type");
    return TextOf(type) == "combined" ? Combined(filter) : Grouped(filter, Query(filter));
  }

  Node Combined(const Node& filter) const {
    const std::span<const Node> params = ItemsOf(Inner(filter, "meta", "params"));
    if (TextOf(Inner(filter, "meta", "relation")) == "AND") {
      return BoolOf(params);
    }
    std::vector<Node> alternatives;
    for (const Node& param : params) {
      alternatives.push_back(BoolOf({&param, 1}));
    }
    return OneOf(std::move(alternatives));
  }

  Node BoolOf(std::span<const Node> filters) const {
    return Only("bool", Object({{"must", List({})},
                                {"filter", List(Clauses(filters, false))},
                                {"should", List({})},
                                {"must_not", List(Clauses(filters, true))}}));
  }

  // Older exports have the query beside `meta`, and phrases as a kind of `match`.
  static Node Query(const Node& filter) {
    const Node* const written = filter.Find("query");
    const bool has_query = written != nullptr && !written->IsNull();
    Node query = has_query ? *written : filter;
    if (!has_query) {
      for (const char* const aside : {"meta", "$state", "query"}) {
        query.Take(aside);
      }
    }
    const Member* const phrase = FieldOf(query.Find("match"));
    if (phrase == nullptr || TextOf(phrase->value.Find("type")) != "phrase") {
      return query;
    }
    Node options = phrase->value;
    options.Take("type");
    return Only("match_phrase", Only(phrase->key, std::move(options)));
  }

  // A filter on a field of nested objects is about one of them.
  Node Grouped(const Node& filter, Node query) const {
    const std::string field = FilterField(query);
    if (field.empty() || TextOf(Inner(filter, "meta", "key")) != field) {
      return query;  // its type is not loaded
    }
    const FieldInfo* const info = FindField(catalog_, field);
    if (info == nullptr || info->nested_path.empty()) {
      return query;
    }
    return Only("nested", Object({{"path", Text(info->nested_path)}, {"query", std::move(query)}}));
  }

  static std::string FilterField(const Node& query) {
    for (const char* const kind : {"match_phrase", "range"}) {
      if (const Member* const field = FieldOf(query.Find(kind))) {
        return field->key;
      }
    }
    return std::string(TextOf(Inner(query, "exists", "field")));
  }

  const FieldCatalog& catalog_;
};

Node EntryClause(const Node& entry, const std::string& parent);

Node AllOf(std::span<const Node> entries, const std::string& parent) {
  std::vector<Node> clauses;
  for (const Node& entry : entries) {
    clauses.push_back(EntryClause(entry, parent));
  }
  return clauses.size() == 1 ? std::move(clauses[0]) : Bool("filter", List(std::move(clauses)));
}

Node Phrase(const std::string& field, const Node& value) {
  std::vector<Node> phrase;
  phrase.push_back(Only("match_phrase", Only(field, value)));
  return OneOf(std::move(phrase));
}

Node AnyPhrase(const std::string& field, const Node& values) {
  std::vector<Node> phrases;
  for (const Node& value : ItemsOf(&values)) {
    phrases.push_back(Phrase(field, value));
  }
  return phrases.size() == 1 ? std::move(phrases[0]) : OneOf(std::move(phrases));
}

Node PositiveClause(std::string_view type, const std::string& field, const Node& value) {
  if (type == "match_any") {
    return AnyPhrase(field, value);
  }
  if (type == "wildcard") {
    return Bool("filter", Only("wildcard", Only(field, value)));
  }
  if (type == "exists") {
    std::vector<Node> exists;
    exists.push_back(Only("exists", Only("field", Text(field))));
    return OneOf(std::move(exists));
  }
  return Phrase(field, value);
}

Node EntryClause(const Node& entry, const std::string& parent) {
  const std::string name(TextOf(entry.Find("field")));
  const std::string_view type = TextOf(entry.Find("type"));
  if (type == "nested") {
    return Only("nested", Object({{"path", Text(name)},
                                  {"query", AllOf(ItemsOf(entry.Find("entries")), name)},
                                  {"score_mode", Text("none")}}));
  }
  const Node* const value = entry.Find("value");
  Node clause = PositiveClause(type, parent.empty() ? name : parent + "." + name,
                               value != nullptr ? *value : Node{});
  const bool is_excluded = TextOf(entry.Find("operator")) == "excluded";
  return is_excluded ? Bool("must_not", std::move(clause)) : clause;
}

// An item for some operating systems is one for each way in which agents name each of them.
std::vector<Node> ItemClauses(const Node& item) {
  const std::span<const Node> entries = ItemsOf(item.Find("entries"));
  const std::span<const Node> systems = ItemsOf(item.Find("os_types"));
  std::vector<Node> clauses;
  if (systems.empty()) {
    clauses.push_back(AllOf(entries, ""));
  }
  for (const char* const field : {"host.os.type", "host.os.name.caseless"}) {
    for (const Node& system : systems) {
      std::vector<Node> all;
      all.push_back(Phrase(field, system));
      for (const Node& entry : entries) {
        all.push_back(EntryClause(entry, ""));
      }
      clauses.push_back(Bool("filter", List(std::move(all))));
    }
  }
  return clauses;
}

bool NamesValueList(const Node& item) {
  const std::span<const Node> entries = ItemsOf(item.Find("entries"));
  return std::ranges::any_of(entries, [](const Node& entry) {
    return TextOf(entry.Find("type")) == "list" || NamesValueList(entry);
  });
}

bool HasExpired(const Node& item, Timestamp now) {
  const std::optional<Timestamp> end = ParseDate(TextOf(item.Find("expire_time")));
  return end && *end < now;
}

// The clauses of all items that hold for the rule.
std::vector<Node> Exceptions(const Rule& rule, std::span<const AsideDocument> asides, Timestamp now,
                             std::size_t& num_with_value_lists) {
  const std::vector<ListName> named = ListsNamedIn(rule.exceptions_list);
  std::vector<Node> clauses;
  for (const AsideDocument& aside : asides) {
    const auto item = ParseJson(aside.document, 0);
    if (aside.kind != AsideDocument::Kind::kExceptionItem || !item ||
        std::ranges::find(named, ListOf(item->root)) == named.end() ||
        HasExpired(item->root, now)) {
      continue;
    }
    if (NamesValueList(item->root)) {
      ++num_with_value_lists;
      continue;
    }
    std::ranges::move(ItemClauses(item->root), std::back_inserter(clauses));
  }
  return clauses;
}

std::string Joined(std::span<const Node> clauses) {
  std::string joined;
  for (const Node& clause : clauses) {
    joined += (joined.empty() ? "" : ",") + ToJson(clause);
  }
  return joined;
}

}  // namespace

RuleDsl TranslateRuleToDsl(const std::string& query, const Rule& rule,
                           std::span<const AsideDocument> asides, const FieldCatalog& catalog,
                           Timestamp now) {
  Check(query.starts_with(kBeforeClauses) && query.ends_with(kAfterClauses),
        "a query's DSL has four lists");
  const auto parsed = ParseJson(rule.filters.empty() ? "[]" : rule.filters, 0);
  const std::span<const Node> filters = parsed ? ItemsOf(&parsed->root) : std::span<const Node>();
  std::vector<Node> required = Filters(catalog).Clauses(filters, false);
  std::erase_if(required,
                [](const Node& clause) { return ToJson(clause) == R"({"match_all":{}})"; });
  std::vector<Node> excluded = Filters(catalog).Clauses(filters, true);
  RuleDsl dsl;
  std::vector<Node> exceptions = Exceptions(rule, asides, now, dsl.num_with_value_lists);
  if (!exceptions.empty()) {
    excluded.push_back(Bool("should", List(std::move(exceptions))));
  }
  dsl.json = query.substr(0, query.size() - kAfterClauses.size());
  if (!required.empty()) {
    dsl.json += (dsl.json.size() > kBeforeClauses.size() ? "," : "") + Joined(required);
  }
  dsl.json += R"(],"should":[],"must_not":[)" + Joined(excluded) + "]}}";
  return dsl;
}

}  // namespace tripline::compiler
