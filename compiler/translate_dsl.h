// TranslateToDsl: Ast -> Elasticsearch query DSL, as the newest Kibana sends it for a detection
// rule. Used by the verb `translate --to dsl`, and by tests that ask a search engine what a query
// matches.
//
// No state, any thread. A condition becomes, for each field that it asks:
//   field: *        exists
//   field: a*b      wildcard on keywords, else query_string
//   field: a        term on keywords, a range on dates, else match; match_phrase if quoted
//   field > 5       range
//
//   TranslateToDsl(ast, query, {.ecs = &ecs})     // process.name: curl
//   {"bool":{"must":[],"filter":[{"bool":{"should":[{"term":{"process.name":{"value":"curl"}}}],
//    "minimum_should_match":1}}],"should":[],"must_not":[]}}
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "compiler/check.h"
#include "grammar/ast.h"

namespace tripline::compiler {

struct DslOptions {
  // A name with stars repeats its values for each field that it fits, a group its path in each
  // name: without a bound 1 MiB of query would become many GiB. Every other query that parses
  // stays below.
  std::size_t max_bytes = std::size_t{64} << 20U;
};

/// JSON on one line, its keys in Kibana's order. A field that no table of `catalog` knows is taken
/// without a type, as Kibana takes fields that an index does not have; to ask as against one index,
/// give that index's mapping alone.
/// Errors: exactly one Diagnostic about `query`, the text of `ast`. kql.nested_group: a nested
/// field outside its group or in another one, its message being Kibana's, one line a field.
/// translate.too_large: see DslOptions.
[[nodiscard]] std::expected<std::string, Diagnostics> TranslateToDsl(
    const grammar::Ast& ast, const SourceText& query, const FieldCatalog& catalog,
    const DslOptions& options = {});

}  // namespace tripline::compiler
