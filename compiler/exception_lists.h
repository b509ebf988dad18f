// ExceptionLists: the exception lists that travel with rules, compiled, ready to be joined with any
// number of rules.
//
//   AsideDocuments -CheckExceptionItem, Lower-> one Program a list -JoinExceptions-> Ruleset
//
// A list's Program is true for the events that one of its items takes out. A rule names its lists
// in `exceptions_list`, by list_id and namespace_type.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/document.h"
#include "compiler/lint/must_hold.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "jit/program.h"

namespace tripline::compiler {

/// How a rule, or an item, names a list.
struct ListName {
  std::string list_id;
  std::string namespace_type = "single";  // or "agnostic": of all of Kibana's spaces

  friend bool operator==(const ListName&, const ListName&) = default;
};

/// The list that a list's own document, an item's, or a rule's reference is about.
[[nodiscard]] ListName ListOf(const Node& document);

/// The lists that a rule's `exceptions_list` (JSON text, or empty) names.
[[nodiscard]] std::vector<ListName> ListsNamedIn(const std::string& exceptions_list);

class ExceptionLists {
 public:
  struct Item {
    std::string item_id;
    Conditions conditions;             // of the events that it takes out
    std::vector<std::string> systems;  // its os_types; none: all
    std::string file;
    LineColumn where;
  };
  struct List {
    ListName name;
    std::size_t num_items = 0;
    std::vector<Item> items;
    jit::Program program;  // one output
    std::string digest;    // SHA-256 (hex) of the items and of the value lists they name
    std::string file;      // where its first document stands
    LineColumn where;
  };

  /// None.
  ExceptionLists() = default;
  /// Lists and items among `asides`, with the value lists among them; connectors are passed over. An item with a mistake is left
  /// out, and its mistake is said.
  [[nodiscard]] static ExceptionLists Make(std::span<const AsideDocument> asides,
                                           const FieldCatalog& catalog, ValueLists& value_lists,
                                           Diagnostics& diagnostics);

  /// Null pointer if no document is of this list.
  [[nodiscard]] const List* Find(const ListName& name) const;
  [[nodiscard]] std::span<const List> lists() const { return lists_; }

 private:
  std::vector<List> lists_;  // in the order of their first documents
};

}  // namespace tripline::compiler
