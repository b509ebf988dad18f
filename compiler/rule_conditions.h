// RuleConditions: what a rule asks of an event beside its query, each condition with an answer of
// its own, so that it can be told why an event is left out.
//
//   filters -> one condition each; items of the exception lists that it names -> one each
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/rule.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "jit/program.h"

namespace tripline::compiler {

struct RuleCondition {
  enum class Kind : std::uint8_t {
    kFilter,     // must be true
    kException,  // must be false
  };
  Kind kind = Kind::kFilter;
  std::string name;                 // "filters[0]", "item i of the list l"
  std::string text;                 // what it asks, in short
  std::vector<std::string> fields;  // what it looks at
  jit::Program program;             // one output
};

/// Conditions with a mistake are left out, as they are left out of the rule; `said` has why.
[[nodiscard]] std::vector<RuleCondition> ConditionsBeside(const Rule& rule,
                                                          std::span<const AsideDocument> asides,
                                                          const FieldCatalog& catalog,
                                                          ValueLists& value_lists,
                                                          Diagnostics& said);

}  // namespace tripline::compiler
