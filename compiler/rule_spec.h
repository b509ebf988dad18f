// DescribeRule: Rule -> RuleSpec, everything but the query: when the rule runs, over which window,
// what its detector reads, and what of it this version cannot run yet (said once, by rule).
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "compiler/check.h"
#include "compiler/rule.h"
#include "compiler/rule_reader.h"
#include "jit/program.h"
#include "runtime/ruleset.h"

namespace tripline::compiler {

struct DescribedRule {
  runtime::RuleSpec spec;  // without `query`
  std::vector<jit::Field> detector_fields;
};

[[nodiscard]] DescribedRule DescribeRule(const Rule& rule, const std::vector<JobDocument>& jobs,
                                         const FieldCatalog& catalog, Diagnostics& diagnostics);

}  // namespace tripline::compiler
