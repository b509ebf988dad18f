// DuplicateRules: lint.duplicate_rule, two rules that ask for the same events in the same way under
// different names. Queries are compared as the Programs that they become, linked into one: equal
// meanings are one node there, whatever the order and the spelling.
//
//   duplicates.Add(rule, 3);  ...  duplicates.Find(linked)
//
// Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/rule.h"
#include "jit/program.h"

namespace tripline::compiler {

class DuplicateRules {
 public:
  /// `query`: the rule's output in the Program that Find will be given.
  void Add(const Rule& rule, jit::OutputIndex query);

  /// A warning for each rule that asks what an earlier one asks.
  [[nodiscard]] Diagnostics Find(const jit::Program& linked) const;

 private:
  struct Known {
    std::string rule_id;
    std::string name;
    std::string file;
    LineColumn where;  // of the query
    std::string kind;  // what decides beside the query, as one text
    jit::OutputIndex query = 0;
  };

  std::vector<Known> rules_;
};

}  // namespace tripline::compiler
