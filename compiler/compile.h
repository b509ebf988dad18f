// Compile: rules -> Ruleset, the pipeline from end to end. Read compile.cc top to bottom to see the
// stages; each of them lives in a file of its own.
//
// A rule with an error is left out and its mistakes are said; a rule that this version cannot
// evaluate is left out of the matching, kept as a document, and says so once. The other rules are
// compiled either way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/check.h"
#include "compiler/exception_lists.h"
#include "compiler/rule.h"
#include "compiler/rule_reader.h"
#include "runtime/ruleset.h"

namespace tripline::compiler {

/// Counts of what was read and what became of it, for summaries.
struct CompileSummary {
  std::size_t kql_rules = 0;  // rules whose query is KQL and was parsed
  std::size_t machine_learning_rules = 0;
  std::size_t other_rules = 0;  // eql, esql, lucene
  std::size_t runnable = 0;     // matched and scheduled
  std::size_t match_only = 0;   // matched by `match`, not scheduled by `run` yet
  std::size_t not_yet = 0;      // read and kept, not matched yet
  std::size_t failed = 0;       // with errors

  friend bool operator==(const CompileSummary&, const CompileSummary&) = default;
};

struct CompiledRules {
  runtime::Ruleset ruleset;               // the rules that compiled
  Diagnostics diagnostics;                // of all rules
  std::vector<std::string> failed_rules;  // names of those that are left out because of errors
  CompileSummary summary;
};

/// What becomes of a query that compiles, but probably does not mean what was meant.
enum class Strictness : std::uint8_t {
  kAsKibana,  // what Kibana takes is taken, with a warning
  kStrict,    // the warning is an error
};

/// Compiles `rules`; `jobs` are the anomaly jobs that machine_learning rules may name, `exceptions`
/// the lists that any rule may name.
[[nodiscard]] CompiledRules Compile(const std::vector<Rule>& rules,
                                    const std::vector<JobDocument>& jobs,
                                    const FieldCatalog& catalog,
                                    const ExceptionLists& exceptions = {},
                                    Strictness strictness = Strictness::kAsKibana);

}  // namespace tripline::compiler
