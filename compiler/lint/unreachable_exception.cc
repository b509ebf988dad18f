#include "compiler/lint/unreachable_exception.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

// Lists are compared item by item with rules, and with themselves.
constexpr std::size_t kMaxItems = 1000;

bool CanMeet(const Conditions& query, const Conditions& item) {
  return std::ranges::none_of(item.all, [&](const Condition& excepted) {
    return std::ranges::any_of(
        query.all, [&](const Condition& asked) { return ExcludeEachOther(asked, excepted); });
  });
}

// Whatever satisfies `item` satisfies all of `earlier`.
bool IsCoveredBy(const Conditions& item, const Conditions& earlier) {
  return earlier.is_complete && !earlier.all.empty() &&
         std::ranges::all_of(earlier.all, [&](const Condition& wide) {
           return std::ranges::any_of(
               item.all, [&](const Condition& narrow) { return Implies(narrow, wide); });
         });
}

Diagnostic About(const ExceptionLists::Item& item, const std::string& what, std::string hint) {
  Diagnostic about;
  about.severity = Severity::kWarning;
  about.code = "lint.unreachable_exception";
  about.message = "exception item " + Shown(item.item_id) + " " + what;
  about.hint = std::move(hint);
  about.file = item.file;
  about.where = item.where;
  return about;
}

}  // namespace

void UnreachableExceptions::Add(const ExceptionLists::List& list, const Conditions& query) {
  std::vector<bool>& reached = reached_.try_emplace(&list, list.items.size(), false).first->second;
  for (std::size_t i = 0; i < std::min(kMaxItems, reached.size()); ++i) {
    reached[i] = reached[i] || CanMeet(query, list.items[i].conditions);
  }
}

void UnreachableExceptions::AddUnknown(const ExceptionLists::List& list) {
  reached_[&list].assign(list.items.size(), true);
}

Diagnostics UnreachableExceptions::Find() const {
  Diagnostics said;
  for (const auto& [list, reached] : reached_) {
    for (std::size_t i = 0; i < std::min(kMaxItems, reached.size()); ++i) {
      const ExceptionLists::Item& item = list->items[i];
      if (!reached[i]) {
        said.push_back(About(item,
                             "takes nothing out: every rule that names its list asks for other "
                             "events",
                             "mend its values, or leave it out"));
        continue;
      }
      const auto covers = [&](const ExceptionLists::Item& earlier) {
        return IsCoveredBy(item.conditions, earlier.conditions);
      };
      const auto end = list->items.begin() + static_cast<std::ptrdiff_t>(i);
      if (const auto earlier = std::find_if(list->items.begin(), end, covers); earlier != end) {
        said.push_back(About(item,
                             "takes nothing out: " + Shown(earlier->item_id) +
                                 " before it takes out all that it would",
                             "leave it out, or mend one of the two"));
      }
    }
  }
  return said;
}

}  // namespace tripline::compiler
