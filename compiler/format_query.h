// FormatQuery: a KQL query in its canonical text: one operand a line where a line does not hold
// all, groups indented, operators in lower case. Names and values stay as they are written.
//
//   a:1 AND (b : (x OR y))   becomes   a : 1 and b : (x or y)
//
// The syntax tree never changes: the text is parsed again, and one with another tree is not given.
//
// A pure function.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/source_text.h"

namespace tripline::compiler {

/// None if the query has a mistake, or no canonical text with the same tree is known.
[[nodiscard]] std::optional<std::string> FormatQuery(const SourceText& query,
                                                     std::size_t width = 100);

}  // namespace tripline::compiler
