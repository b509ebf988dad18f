// What MeaningOfValue and MeaningOfRange (compiler/leaf_atoms.h) choose among: one pair of
// functions per family of field types. Used by the leaf_*.cc files alone.
#pragma once

#include <string>

#include "compiler/leaf_atoms.h"

namespace tripline::compiler {

[[nodiscard]] LeafMeaning Only(jit::Atom atom);
[[nodiscard]] LeafMeaning Never();
[[nodiscard]] LeafMeaning Problem(Severity severity, std::string code, std::string message,
                                  std::string hint);
/// `value.wrong_type`: the literal cannot be a value of the type.
[[nodiscard]] LeafMeaning WrongType(const grammar::Literal& value, FieldType type,
                                    const std::string& wanted);
/// `value.wildcard_on_type`.
[[nodiscard]] LeafMeaning NoGlobs(FieldType type);

[[nodiscard]] LeafMeaning AddressValue(const grammar::Literal& value, FieldType type);
[[nodiscard]] LeafMeaning AddressRangeValue(FieldType type, grammar::RangeOperator op,
                                            const grammar::Literal& value);
[[nodiscard]] LeafMeaning IntegerValue(const grammar::Literal& value, const LeafType& leaf);
[[nodiscard]] LeafMeaning IntegerRangeValue(const LeafType& leaf, grammar::RangeOperator op,
                                            const grammar::Literal& value);
[[nodiscard]] LeafMeaning FloatValue(const grammar::Literal& value, FieldType type);
[[nodiscard]] LeafMeaning FloatRangeValue(FieldType type, grammar::RangeOperator op,
                                          const grammar::Literal& value);
[[nodiscard]] LeafMeaning DateValue(const grammar::Literal& value, const LeafType& leaf);
[[nodiscard]] LeafMeaning DateRangeValue(const LeafType& leaf, grammar::RangeOperator op,
                                         const grammar::Literal& value);

}  // namespace tripline::compiler
