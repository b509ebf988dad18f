// Rewrites: Program -> Program with the same answers and less work, one file each. `Rewrite` is all
// of them in order.
#pragma once

#include "jit/program.h"

namespace tripline::compiler {

/// Alternatives on one field become one leaf: (a:x or a:y) -> a:(x|y), and (not a:x and not a:y) ->
/// not a:(x|y).
[[nodiscard]] jit::Program MergeAlternatives(const jit::Program& program);

/// Atoms that another atom of the same leaf covers are dropped: 10.1.0.0/16 beside 10.0.0.0/8,
/// "curl" beside "c*".
[[nodiscard]] jit::Program DropCoveredAtoms(const jit::Program& program);

[[nodiscard]] jit::Program Rewrite(const jit::Program& program);

}  // namespace tripline::compiler
