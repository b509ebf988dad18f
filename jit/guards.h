// Guards: what must be alive in a block for a node to be worth looking at. Both evaluators ask them
// first: a rule that is asleep costs a few bytes' reading.
#pragma once

#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// If one of `clauses` has only empty leaves, no row is true.
struct Guard {
  std::vector<std::vector<LeafIndex>> clauses;
  bool is_never = false;  // the constant false

  friend bool operator==(const Guard&, const Guard&) = default;
};

/// The guard of every node. Requires: Verify accepts the Program.
[[nodiscard]] std::vector<Guard> FindGuards(const Program& program);

}  // namespace tripline::jit
