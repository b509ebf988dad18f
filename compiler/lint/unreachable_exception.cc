#include "compiler/lint/unreachable_exception.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

// Lists are compared item by item with rules, and with themselves.
constexpr std::size_t kMaxItems = 1000;

// `host.os.type : linux` and an item of Windows.
bool AsksForAnotherSystem(const Condition& asked, const std::vector<std::string>& systems) {
  return !systems.empty() && !asked.is_negated && asked.test.field.name == "host.os.type" &&
         std::ranges::all_of(asked.test.atoms, [&](const jit::Atom& atom) {
           const auto* const term = std::get_if<jit::Term>(&atom);
           return term != nullptr && std::ranges::find(systems, term->value) == systems.end();
         });
}

bool CanMeet(const Conditions& query, const ExceptionLists::Item& item) {
  const auto is_apart = [&](const Condition& asked) {
    return AsksForAnotherSystem(asked, item.systems);
  };
  if (std::ranges::any_of(query.all, is_apart)) {
    return false;
  }
  return std::ranges::none_of(item.conditions.all, [&](const Condition& excepted) {
    return std::ranges::any_of(
        query.all, [&](const Condition& asked) { return ExcludeEachOther(asked, excepted); });
  });
}

// Whatever satisfies `item`, a query or an item, satisfies all of `other`.
bool IsCoveredBy(const Conditions& item, const Conditions& other) {
  return other.is_complete && !other.all.empty() &&
         std::ranges::all_of(other.all, [&](const Condition& wide) {
           return std::ranges::any_of(
               item.all, [&](const Condition& narrow) { return Implies(narrow, wide); });
         });
}

// The item that makes the one at `at` idle, of two equal ones the earlier. Null pointer: none.
const ExceptionLists::Item* Covering(const std::vector<ExceptionLists::Item>& items,
                                     std::size_t at) {
  const Conditions& covered = items[at].conditions;
  for (std::size_t i = 0; i < std::min(kMaxItems, items.size()); ++i) {
    if (i != at && IsCoveredBy(covered, items[i].conditions) &&
        (i < at || !IsCoveredBy(items[i].conditions, covered))) {
      return &items[i];
    }
  }
  return nullptr;
}

Diagnostic About(const ExceptionLists::Item& item, const std::string& what, std::string hint,
                 std::string code = "lint.unreachable_exception") {
  Diagnostic about;
  about.severity = Severity::kWarning;
  about.code = std::move(code);
  about.message = "exception item " + Shown(item.item_id) + " " + what;
  about.hint = std::move(hint);
  about.file = item.file;
  about.where = item.where;
  return about;
}

}  // namespace

void UnreachableExceptions::Add(const ExceptionLists::List& list, const std::string& rule,
                                const Conditions& query) {
  std::vector<Reach>& reached = reached_.try_emplace(&list, list.items.size()).first->second;
  for (std::size_t i = 0; i < std::min(kMaxItems, reached.size()); ++i) {
    const ExceptionLists::Item& item = list.items[i];
    reached[i].is_reached = reached[i].is_reached || CanMeet(query, item);
    if (reached[i].takes_all_from.empty() && IsCoveredBy(query, item.conditions)) {
      reached[i].takes_all_from = rule;
    }
  }
}

void UnreachableExceptions::AddUnknown(const ExceptionLists::List& list) {
  for (Reach& reach : reached_.try_emplace(&list, list.items.size()).first->second) {
    reach.is_reached = true;
  }
}

Diagnostics UnreachableExceptions::Find() const {
  Diagnostics said;
  for (const auto& [list, reached] : reached_) {
    for (std::size_t i = 0; i < std::min(kMaxItems, reached.size()); ++i) {
      const ExceptionLists::Item& item = list->items[i];
      if (!reached[i].is_reached) {
        said.push_back(About(item,
                             "takes nothing out: every rule that names its list asks for other "
                             "events",
                             "mend its values, or leave it out"));
        continue;
      }
      if (!reached[i].takes_all_from.empty()) {
        said.push_back(About(
            item,
            "takes out everything that the rule " + Shown(reached[i].takes_all_from) +
                " asks for: the rule never alerts",
            "narrow the item, or disable the rule if that is meant", "lint.exception_takes_all"));
      }
      if (const ExceptionLists::Item* const other = Covering(list->items, i)) {
        said.push_back(About(
            item, "takes nothing out: " + Shown(other->item_id) + " takes out all that it would",
            "leave it out, or mend one of the two"));
      }
    }
  }
  return said;
}

}  // namespace tripline::compiler
