// Print: a Program as text for people, for golden files and for `tripline inspect`.
//
//   fields 1
//     f0 process.name: string
//   leaves 2
//     l0 process.name: "curl" | "wget"
//     l1 process.name: glob "*.exe"
//   nodes 3
//     n0 = l0
//     n1 = l1
//     n2 = and n0 n1
//   outputs 1
//     o0 = n2
//
// The text is not a format: nothing reads it back, and it may change.
#pragma once

#include <string>
#include <string_view>

#include "jit/program.h"

namespace tripline::jit {

/// The whole Program. Requires: Verify accepts it.
[[nodiscard]] std::string Print(const Program& program);

/// One atom as Print shows it, for example `glob "a*b"` or `10.0.0.0/8`.
[[nodiscard]] std::string Print(const Atom& atom);

/// The word for a kind of column: "string", "address", ...
[[nodiscard]] std::string_view KindName(ColumnKind kind);

/// The word for an operation: "and", "leaf", ...
[[nodiscard]] std::string_view OpName(Op op);

}  // namespace tripline::jit
