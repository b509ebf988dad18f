// BothBounds: the values that satisfy two bounds of one range, as one atom each. A range in query
// DSL asks for one value between its bounds; two conditions beside each other may be satisfied by
// two values of the same event.
//
// A pure function.
#pragma once

#include <optional>
#include <vector>

#include "jit/program.h"

namespace tripline::compiler {

/// Atoms that a value satisfies if it satisfies one of `a` and one of `b`; empty: no value does.
/// None if one bound moves with the clock and the other does not, which no atom can say.
[[nodiscard]] std::optional<std::vector<jit::Atom>> BothBounds(const std::vector<jit::Atom>& a,
                                                               const std::vector<jit::Atom>& b);

}  // namespace tripline::compiler
