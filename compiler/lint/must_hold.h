// MustHold: the conditions of a typed tree that every event has to satisfy of which it is true, as
// far as each is about one field. What a rule and an exception item are compared by.
//
// Pure functions.
#pragma once

#include <vector>

#include "compiler/typed_ast.h"

namespace tripline::compiler {

/// Some value of the field satisfies one of the atoms; or, negated, none does.
struct Condition {
  FieldTest test;
  bool is_negated = false;
};

struct Conditions {
  std::vector<Condition> all;
  bool is_complete = true;  // there is nothing else in the tree
};

/// Requires: depth is bounded, as the readers of queries and of documents do.
[[nodiscard]] Conditions MustHold(const TypedAst& typed);

/// No event satisfies both. Two different values of one field exclude each other only where ECS has
/// one value for it (`process.name`, not `process.args`).
[[nodiscard]] bool ExcludeEachOther(const Condition& a, const Condition& b);

/// Every event that satisfies `narrow` satisfies `wide`.
[[nodiscard]] bool Implies(const Condition& narrow, const Condition& wide);

}  // namespace tripline::compiler
