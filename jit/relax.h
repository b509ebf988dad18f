// Relax: what a Program can still make true while some of its leaves are not known yet. A host that
// gets some leaves cheaply (from an inverted index) asks the relaxed Program which rows are worth
// reading the other leaves' columns for.
//
//   Program relaxed = Relax(program, knowledge);   // formulas over the same leaves and outputs
//
// On every row, and whatever the unknown leaves are: if an output of the Program is true there, the
// relaxed output is true, which looks at known leaves only. It may be true where the output turns
// out to be false; with every leaf known the two are the same.
//
// Its leaves have neither fields nor atoms: they are known, and never asked. Outputs that are not
// wanted become false. A pure function; its time and space are linear in the Program's formulas.
#pragma once

#include <cstdint>
#include <span>

#include "jit/program.h"

namespace tripline::jit {

enum class Knowledge : std::uint8_t {
  kUnknown,
  kKnown,
  kNever,  // false on every row: no row has the field
};

/// `wanted` has a byte per output, zero for those that nobody asks for; empty: all are wanted.
/// Requires: Verify accepts the Program, and one entry per leaf.
[[nodiscard]] Program Relax(const Program& program, std::span<const Knowledge> knowledge,
                            std::span<const std::uint8_t> wanted = {});

}  // namespace tripline::jit
