// QueryParts: a KQL query taken apart, each part with an answer of its own, so that it can be told
// why an event matches or does not.
//
//   text -SplitQuery-> parts (a tree) + one Program with an output a part
//
// A part's answer is the answer of its text alone as a query; a nested group is one part, because
// what stands in it is asked of one nested object at a time.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "compiler/columns.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

struct QueryPart {
  enum class Kind : std::uint8_t { kAllOf, kAnyOf, kNot, kLeaf };
  Kind kind = Kind::kLeaf;
  std::string text;  // kLeaf: as it stands in the query, `field : value`
  std::vector<std::uint32_t> operands;
  std::vector<std::string> fields;  // kLeaf: what it looks at
};

struct QueryParts {
  std::vector<QueryPart> parts;  // operands before what they are operands of; the last is the whole
  jit::Program program;          // output i is part i
};

/// A condition as it stands in the query; one of a value list with its field in front of it.
[[nodiscard]] std::string TextOfLeaf(const SourceText& query, const grammar::Node& leaf);

/// None if the query is not one, or a part cannot be evaluated; `said` has why.
[[nodiscard]] std::optional<QueryParts> SplitQuery(const SourceText& query,
                                                   const FieldCatalog& catalog, Diagnostics& said);

/// The leaves whose answers would have to turn for the last part's answer to become `wanted`, as
/// few as possible; `answers`: one a part. Empty if it is `wanted` already.
[[nodiscard]] std::vector<std::uint32_t> LeavesToTurn(const QueryParts& parts,
                                                      const std::vector<bool>& answers,
                                                      bool wanted);

}  // namespace tripline::compiler
