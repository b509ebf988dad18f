// Atoms, one at a time against one value: the slow twin and the judge of jit/field_decider.h.
//
// Written to be obviously what jit/program.h says, not to be fast: every call reads the whole atom
// and, for text, splits the whole value. Any bytes are safe: broken UTF-8, NUL, none at all. An
// atom of another kind than the value accepts nothing.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// kString: the bytes; kText: the text before analysis; kAddress: 16 bytes. Whether the value
/// exists at all (ignore_above) is the field's affair: see ValueExists.
[[nodiscard]] bool AtomAccepts(const Atom& atom, std::string_view value,
                               Analysis analysis = Analysis::kStandard);
/// kInteger, kDate, kBoolean. A RelativeDateRange, which needs a clock, accepts nothing here.
[[nodiscard]] bool AtomAccepts(const Atom& atom, std::int64_t value);
/// kFloat; NaN satisfies nothing but Exists.
[[nodiscard]] bool AtomAccepts(const Atom& atom, double value);

/// False for values of a kString field that are longer than ignore_above UTF-16 units: no atom
/// accepts them, not even Exists.
[[nodiscard]] bool ValueExists(const Field& field, std::string_view value);

/// The leaves on one field, in the order of Program::leaves: a "position" is a place in this list.
[[nodiscard]] std::vector<LeafIndex> LeavesOf(const Program& program, FieldIndex field);

/// Positions of the leaves on `field` that are true for the value, rising. Requires: the field is
/// of a kind that has such values.
[[nodiscard]] std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field,
                                                      std::string_view value);
[[nodiscard]] std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field,
                                                      std::int64_t value);
[[nodiscard]] std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field,
                                                      double value);

}  // namespace tripline::jit
