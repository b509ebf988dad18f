// Check: Ast -> TypedAst. Names meet the field types, values meet the types of their fields;
// everything that is wrong or doubtful is said at its place, all at once.
//
// Fields are looked up in the mapping if one is given, else in ECS (compiler/columns.h).
#pragma once

#include <optional>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"

namespace tripline::compiler {

struct CheckedQuery {
  /// Absent if a diagnostic is an error, or says that a part of the query cannot be evaluated yet.
  std::optional<TypedAst> ast;
  Diagnostics diagnostics;
};

[[nodiscard]] CheckedQuery Check(const grammar::Ast& ast, const SourceText& query,
                                 const FieldCatalog& catalog);

}  // namespace tripline::compiler
