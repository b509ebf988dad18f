// AboutUnknownField: what there is to say about a field that no table knows, in queries, filters
// and exceptions alike. A pure function.
#pragma once

#include <string>

#include "compiler/columns.h"
#include "compiler/leaf_atoms.h"

namespace tripline::compiler {

/// `field.unknown`: a warning where a known field is near, where the field claims to be of an ECS
/// field set, or where a mapping was given; else a note.
[[nodiscard]] LeafProblem AboutUnknownField(const FieldCatalog& catalog, const std::string& field);

}  // namespace tripline::compiler
