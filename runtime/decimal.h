// Decimal numbers in text, as OpenSearch's numeric fields read them: an optional sign, digits with
// at most one point, an optional exponent. No blanks, no hexadecimal digits, no NaN, no infinity.
// The event reader turns numbers and numeric strings into column values with it.
//
//   ParseDecimal("-1.5e3")      // -1500.0
//   TruncateDecimal("12.9")     // 12
//   TruncateDecimal("1e30")     // nothing: it does not fit 64 bits
//
// Thread-safety: free functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tripline::runtime {

/// The nearest double. Empty if the text is no decimal number or the number is beyond the largest
/// double; what is too small to be told from zero is zero.
[[nodiscard]] std::optional<double> ParseDecimal(std::string_view text);

/// The number without its fraction, exactly. Empty if the text is no decimal number or the answer
/// does not fit.
[[nodiscard]] std::optional<std::int64_t> TruncateDecimal(std::string_view text);

/// The double without its fraction. Empty if the answer does not fit (or is no number).
[[nodiscard]] std::optional<std::int64_t> Truncate(double value);

}  // namespace tripline::runtime
