// AboutUnknownField, AboutLeftOutField: what there is to say about a field that no table knows, or
// that the index does not search, in queries, filters and exceptions alike. Pure functions.
#pragma once

#include <string>

#include "compiler/columns.h"
#include "compiler/leaf_atoms.h"

namespace tripline::compiler {

/// `field.unknown`: a warning where a known field is near, where the field claims to be of an ECS
/// field set, or where a mapping was given; else a note.
[[nodiscard]] LeafProblem AboutUnknownField(const FieldCatalog& catalog, const std::string& field);

/// `field.not_in_index`, about a field for which IsLeftOut holds.
[[nodiscard]] LeafProblem AboutLeftOutField(const FieldCatalog& catalog, const std::string& field);

}  // namespace tripline::compiler
