// Numbers in the forms that fields keep them in (jit::NumberForm): what the index would hold of a
// value in an event. Used by ColumnBuilder.
//
// Pure functions; each answers nothing where the value cannot be held.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/date_format.h"
#include "jit/program.h"

namespace tripline::runtime {

/// A decimal text as a kInteger field's value.
[[nodiscard]] std::optional<std::int64_t> IntegerOfText(const jit::Field& field,
                                                        std::string_view text);
/// A date's text as a kDate field's value. `format` is the field's own, if it has one.
[[nodiscard]] std::optional<std::int64_t> DateOfText(const jit::Field& field,
                                                     const std::optional<DateFormat>& format,
                                                     std::string_view text);
/// A whole number as a kInteger field's value, or milliseconds since the epoch as a kDate field's.
[[nodiscard]] std::optional<std::int64_t> IntegerInForm(const jit::Field& field,
                                                        std::optional<std::int64_t> value);
/// A number as a kFloat field's value; finite.
[[nodiscard]] std::optional<double> FloatInForm(const jit::Field& field,
                                                std::optional<double> value);
/// The nearest whole number to value * scale, halves upwards.
[[nodiscard]] std::optional<std::int64_t> ScaledOf(double value, double scale);

}  // namespace tripline::runtime
