// Covers: whether one atom's values are all among another's. What the rewrite that drops covered
// atoms and the lints about superfluous conditions have in common.
//
// Pure functions. "Yes" is certain; "no" may only mean that it was not worth finding out.
#pragma once

#include "compiler/typed_ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// Decided where it is cheap: equal atoms, exists over everything, a prefix set inside a prefix
/// set, a number range inside a number range, and a term or pure prefix under a pure-prefix glob.
[[nodiscard]] bool Covers(const jit::Atom& big, const jit::Atom& small);

/// The same with any glob over terms and globs, a range over what lies in it, and, on text, a
/// choice of words over fewer words or over a phrase. Takes a glob's time.
[[nodiscard]] bool CoversAtLength(const jit::Atom& big, const jit::Atom& small);

/// Every event of which `narrow` is true makes `wide` true: each test of the one is among those of
/// the other. The atoms must be as FitAtoms leaves them.
[[nodiscard]] bool Implies(const TestNode& narrow, const TestNode& wide);

}  // namespace tripline::compiler
