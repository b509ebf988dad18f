// CheckFilters: a rule's `filters` -> TypedAsts, joined with its query by `and`. Filters are what
// Kibana's filter bar writes: a query in DSL and a `meta` that may negate or disable it.
//
//   [{"meta": {"negate": true}, "query": {"wildcard": {"file.path": ...}}}]
//
// A pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/rule.h"
#include "compiler/typed_ast.h"

namespace tripline::compiler {

struct CheckedFilters {
  std::vector<TypedAst> required;
  std::vector<TypedAst> excluded;  // the negated ones
  bool is_complete = true;         // false: a mistake, or a part that is not evaluated yet
};

/// `filters` is the JSON text of the list, empty for none; `key` is where the rule has it
/// ("filters", "threat_filters"). Remarks point at the filter's place in the rule's file.
[[nodiscard]] CheckedFilters CheckFilters(const Rule& rule, const std::string& filters,
                                          std::string_view key, const FieldCatalog& catalog,
                                          Diagnostics& diagnostics);

}  // namespace tripline::compiler
