// CheckExceptionItem: one item of an exception list, as Kibana exports it -> TypedAst: the events
// that it takes out of the rules that use its list.
//
//   {"item_id": "x", "list_id": "l", "entries": [
//      {"field": "process.name", "type": "match", "operator": "included", "value": "backup"}]}
//
// All entries must hold; `excluded` negates an entry. Further conditions of an item: one of its
// `os_types`, and an event before its `expire_time`. Entries mean what the queries in DSL mean that
// Kibana makes of them (docs/rules.md).
//
// Free functions; the value lists are loaded as they are asked for.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/rule_reader.h"
#include "compiler/typed_ast.h"
#include "compiler/value_list.h"

namespace tripline::compiler {

struct CheckedItem {
  /// None if the item has a mistake, or an entry that is not evaluated yet; it is said, at the
  /// item's place.
  std::optional<TypedAst> ast;
  std::string list_digests;  // of the value lists that it names
};

[[nodiscard]] CheckedItem CheckExceptionItem(const AsideDocument& item, const FieldCatalog& catalog,
                                             ValueLists& value_lists, Diagnostics& diagnostics);

}  // namespace tripline::compiler
