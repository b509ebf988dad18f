// DefaultFields: a value without a field, asked of every field that an index searches by default.
// Part of Check.
//
// A search engine asks each field by its own type, and passes over those that cannot hold the
// value. So do the tests here: known fields with a meaning of their own (text, numbers, addresses,
// dates) one by one, and all the others, known keywords and fields that no table knows, together as
// one column of strings. Fields of nested objects are not searched.
//
// Pure functions.
#pragma once

#include <functional>
#include <vector>

#include "compiler/columns.h"
#include "compiler/leaf_atoms.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"

namespace tripline::compiler {

/// Tests of all default fields; `meaning_on` tells what the value means on a type, whose problems
/// are passed over.
[[nodiscard]] std::vector<FieldTest> DefaultFieldTests(
    const FieldCatalog& catalog, const std::function<LeafMeaning(const LeafType&)>& meaning_on);

/// The meaning of a bare value on a type: as `field : value`, but that a value with stars is split
/// at blanks on every type, because it is asked as a query string.
[[nodiscard]] LeafMeaning MeaningOfBareValue(const LeafType& type, const grammar::Literal& value);

}  // namespace tripline::compiler
