// CheckDsl: query DSL -> TypedAst, for what rules and jobs carry as JSON instead of KQL: a
// datafeed's query, a rule's filters. The same tree that Check makes of KQL goes on from here:
//
//   JSON document -CheckDsl-> TypedAst -Lower-> jit::Program
//
// Read: match_all, match_none, bool, term, terms, exists, range, prefix, wildcard, match,
// match_phrase. What else there is in the language is named as not yet evaluated. Meanings follow
// the search engine, as docs/kql.md says for each field type; `match` and `match_phrase` mean on a
// keyword what `term` does.
//
// A pure function.
#pragma once

#include <optional>
#include <string>

#include "compiler/columns.h"
#include "compiler/document.h"
#include "compiler/source_file.h"
#include "compiler/typed_ast.h"

namespace tripline::compiler {

/// `path` names the query in messages ("datafeed_config.query"). Mistakes and what is not evaluated
/// yet go to `findings`; none if there is an error, or a part that cannot be evaluated.
[[nodiscard]] std::optional<TypedAst> CheckDsl(const Node& query, const std::string& path,
                                               const FieldCatalog& catalog, Findings& findings);

}  // namespace tripline::compiler
