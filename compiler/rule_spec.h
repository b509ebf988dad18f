// DescribeRule: Rule -> RuleSpec, everything but the query: when the rule runs, over which window,
// what its detector reads, and what of it this version cannot run yet (said once, by rule).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/check.h"
#include "compiler/rule.h"
#include "jit/program.h"
#include "runtime/ruleset.h"

namespace tripline::compiler {

/// The anomaly jobs of a compilation, by their ids.
struct RulesetJobs {
  std::vector<runtime::AnomalyJobSpec> jobs;
  std::set<std::string> with_mistakes;
};

struct DescribedRule {
  runtime::RuleSpec spec;  // without `query`
  std::vector<jit::Field> detector_fields;
};

/// `jobs`: the anomaly jobs that a machine_learning rule may name, as they will stand in the
/// ruleset; none for those that have mistakes.
[[nodiscard]] DescribedRule DescribeRule(const Rule& rule, const RulesetJobs& jobs,
                                         const FieldCatalog& catalog, Diagnostics& diagnostics);

}  // namespace tripline::compiler
