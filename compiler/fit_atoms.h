// FitAtoms: what a query asks for takes the form that the field's values have in its column: lower
// case where the index lower-cases. Part of Lower, so that it holds for queries of every kind.
//
// A pure function.
#pragma once

#include <vector>

#include "jit/program.h"

namespace tripline::compiler {

/// The atoms, as values of `field` are compared with them.
[[nodiscard]] std::vector<jit::Atom> FitAtoms(const jit::Field& field,
                                              std::vector<jit::Atom> atoms);

}  // namespace tripline::compiler
