// Check: Ast -> TypedAst. Names meet the field types, values meet the types of their fields;
// everything that is wrong or doubtful is said at its place, all at once.
//
// Fields are looked up in the mapping if one is given, else in ECS; a field that neither knows is
// taken as a keyword that also compares numbers (what the index templates of Beats and of Elastic's
// integrations make of it).
#pragma once

#include <optional>

#include "base/diagnostic.h"
#include "compiler/field_types.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"

namespace tripline::compiler {

/// Where names are looked up, first to last. The tables must outlive the call.
struct FieldCatalog {
  const FieldTypes* mapping = nullptr;  // the user's own; may be absent
  const FieldTypes* ecs = nullptr;
};

struct CheckedQuery {
  /// Absent if a diagnostic is an error, or says that a part of the query cannot be evaluated yet.
  std::optional<TypedAst> ast;
  Diagnostics diagnostics;
};

[[nodiscard]] CheckedQuery Check(const grammar::Ast& ast, const SourceText& query,
                                 const FieldCatalog& catalog);

/// What a detector reads from the field beside any query: its kind and where it stands. An unknown
/// field is a string.
[[nodiscard]] jit::Field DetectorField(const std::string& name, const FieldCatalog& catalog);

}  // namespace tripline::compiler
