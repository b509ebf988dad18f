// Columns: which column of an event a field name of a query asks, by the field types that are
// known. What Check (KQL) and the query DSL reader have in common.
//
// Free functions without state.
#pragma once

#include <string>

#include "compiler/field_types.h"
#include "jit/program.h"

namespace tripline::compiler {

/// Where names are looked up, first to last. The tables must outlive the call.
struct FieldCatalog {
  const FieldTypes* mapping = nullptr;  // the user's own; may be absent
  const FieldTypes* ecs = nullptr;
};

/// The first table's field of that name; null pointer if none knows it.
[[nodiscard]] const FieldInfo* FindField(const FieldCatalog& catalog, const std::string& name);

/// True if the mapping says that the index does not search such a field: whatever an event has
/// there, nothing matches.
[[nodiscard]] bool IsLeftOut(const FieldCatalog& catalog, const std::string& name);

/// The column of a field that a table knows. `path` is what the query says: a key below a flattened
/// field, or below an object whose keys all have one type, is described by that field, but stands
/// under its own path.
[[nodiscard]] jit::Field ColumnFor(const FieldInfo& info, const std::string& path);

/// A field that no table knows: a keyword that also compares numbers (what the index templates of
/// Beats and of Elastic's integrations make of it).
[[nodiscard]] jit::Field UnknownColumn(const std::string& name);

/// The values of every field that a name with stars stands for.
[[nodiscard]] jit::Field PatternColumn(const std::string& pattern);

/// What a detector reads from the field beside any query: its kind and where it stands. An unknown
/// field is a string.
[[nodiscard]] jit::Field DetectorField(const std::string& name, const FieldCatalog& catalog);

}  // namespace tripline::compiler
