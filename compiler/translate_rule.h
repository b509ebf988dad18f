// TranslateRuleToDsl: a rule's query, its filters and its exceptions -> the one query in DSL that
// Kibana sends for the rule.
//
//   TranslateToDsl -query-> | filters beside it, negated ones under must_not | exceptions likewise
//
// Exceptions with value lists are left out: what becomes of them depends on the lists' sizes, and
// of large ones Kibana takes care after the search. Free functions, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/time.h"
#include "compiler/columns.h"
#include "compiler/rule.h"
#include "compiler/rule_reader.h"

namespace tripline::compiler {

struct RuleDsl {
  std::string json;
  std::size_t num_with_value_lists = 0;  // exceptions that were left out
};

/// `query` is what TranslateToDsl made of the rule's query. Exceptions are those `asides` whose
/// list the rule names and which have not expired by `now`. Parts of no known form are passed over:
/// they have been remarked on when the rule was read.
[[nodiscard]] RuleDsl TranslateRuleToDsl(const std::string& query, const Rule& rule,
                                         std::span<const AsideDocument> asides,
                                         const FieldCatalog& catalog, Timestamp now);

}  // namespace tripline::compiler
