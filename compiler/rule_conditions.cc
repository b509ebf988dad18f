#include "compiler/rule_conditions.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "compiler/document.h"
#include "compiler/exception_item.h"
#include "compiler/exception_lists.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/rule_filters.h"
#include "compiler/typed_builder.h"

namespace tripline::compiler {
namespace {

std::string TextOf(const Node& object, std::string_view key) {
  const Node* const found = object.Find(key);
  return found != nullptr && found->AsString() != nullptr ? *found->AsString() : "";
}

RuleCondition Made(RuleCondition::Kind kind, std::string name, std::string text, TypedAst typed) {
  RuleCondition made{kind, std::move(name), std::move(text), {}, Rewrite(Lower(std::move(typed)))};
  for (const jit::Field& field : made.program.fields) {
    made.fields.push_back(field.name);
  }
  return made;
}

void AddFilters(const Rule& rule, const FieldCatalog& catalog, Diagnostics& said,
                std::vector<RuleCondition>& conditions) {
  const auto parsed = ParseJson(rule.filters.empty() ? "[]" : rule.filters, 0);
  const Node::Array* const list = parsed ? parsed->root.AsArray() : nullptr;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Node& filter = (*list)[i];
    CheckedFilters checked =
        CheckFilters(rule, "[" + ToJson(filter) + "]", "filters", catalog, said);
    const bool is_disabled =
        checked.is_complete && checked.required.empty() && checked.excluded.empty();
    if (is_disabled || !checked.is_complete) {
      continue;
    }
    Node shown = filter;
    shown.Take("meta");
    shown.Take("$state");
    const Node* const query = shown.Find("query");
    std::string text =
        (checked.excluded.empty() ? "" : "not ") + ToJson(query != nullptr ? *query : shown);
    conditions.push_back(Made(RuleCondition::Kind::kFilter, "filters[" + std::to_string(i) + "]",
                              std::move(text),
                              JoinTrees(std::move(checked.required), std::move(checked.excluded))));
  }
}

std::string Entries(const Node& holder);

// One entry as a query would say it.
std::string InWords(const Node& entry) {
  const std::string type = TextOf(entry, "type");
  const Node* const value = entry.Find("value");
  std::string text = TextOf(entry, "operator") == "excluded" ? "not " : "";
  text += TextOf(entry, "field");
  if (type == "exists") {
    return text + " : *";
  }
  if (type == "nested") {
    return text + ":{ " + Entries(entry) + " }";
  }
  if (type == "list") {
    const Node* const list = entry.Find("list");
    return text + " in the value list " + (list == nullptr ? "" : TextOf(*list, "id"));
  }
  if (value != nullptr && value->AsArray() != nullptr) {
    std::string values;
    for (const Node& one : *value->AsArray()) {
      values += (values.empty() ? "" : " or ") + ToJson(one);
    }
    return text + " : (" + values + ")";
  }
  return text + " : " +
         (value == nullptr     ? ""
          : type == "wildcard" ? TextOf(entry, "value")
                               : ToJson(*value));
}

std::string Entries(const Node& holder) {
  std::string text;
  const Node* const entries = holder.Find("entries");
  for (std::size_t i = 0;
       entries != nullptr && entries->AsArray() != nullptr && i < entries->AsArray()->size(); ++i) {
    text += (i == 0 ? "" : " and ") + InWords((*entries->AsArray())[i]);
  }
  return text;
}

// "a : 1 and on linux or macos until 2026-05-01T00:00:00Z".
std::string ItemText(const Node& item) {
  std::string text = Entries(item);
  const Node* const systems = item.Find("os_types");
  if (systems != nullptr && systems->AsArray() != nullptr) {
    std::string names;
    for (const Node& system : *systems->AsArray()) {
      names += (names.empty() ? "" : " or ") + (system.AsString() ? *system.AsString() : "");
    }
    text += names.empty() ? "" : (text.empty() ? "on " : " and on ") + names;
  }
  const std::string expiry = TextOf(item, "expire_time");
  return expiry.empty() ? text : text + " until " + expiry;
}

void AddItems(const Rule& rule, std::span<const AsideDocument> asides, const FieldCatalog& catalog,
              ValueLists& value_lists, Diagnostics& said, std::vector<RuleCondition>& conditions) {
  const std::vector<ListName> lists = ListsNamedIn(rule.exceptions_list);
  for (const AsideDocument& aside : asides) {
    const auto parsed = ParseJson(aside.document, 0);
    if (aside.kind != AsideDocument::Kind::kExceptionItem || !parsed) {
      continue;
    }
    const ListName name = ListOf(parsed->root);
    if (std::ranges::find(lists, name) == lists.end()) {
      continue;
    }
    CheckedItem item = CheckExceptionItem(aside, catalog, value_lists, said);
    if (item.ast) {
      conditions.push_back(
          Made(RuleCondition::Kind::kException,
               "item " + TextOf(parsed->root, "item_id") + " of the list " + name.list_id,
               ItemText(parsed->root), *std::move(item.ast)));
    }
  }
}

}  // namespace

std::vector<RuleCondition> ConditionsBeside(const Rule& rule, std::span<const AsideDocument> asides,
                                            const FieldCatalog& catalog, ValueLists& value_lists,
                                            Diagnostics& said) {
  std::vector<RuleCondition> conditions;
  AddFilters(rule, catalog, said, conditions);
  AddItems(rule, asides, catalog, value_lists, said, conditions);
  return conditions;
}

}  // namespace tripline::compiler
