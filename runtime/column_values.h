// Single values out of a Batch's columns, for the parts that look at events one by one: times and
// new-terms values of events that matched. The Matcher never comes here.
//
// Free functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/batch.h"

namespace tripline::runtime {

/// The earliest of the row's values as a time: of dates and integers the milliseconds since the
/// epoch, of strings what ParseDate makes of them. None if no value is a time of the years 1-9999.
[[nodiscard]] std::optional<Timestamp> EarliestTime(const Column& column, std::uint32_t row);

/// Appends the row's distinct values as terms (runtime/term.h), in their order. `terms` is empty.
void AppendTerms(const Column& column, std::uint32_t row, std::vector<std::string>& terms);

}  // namespace tripline::runtime
