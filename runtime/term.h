// Terms: values of new-terms fields as bytes that compare, hash and travel, and their way back to
// JSON.
//
// A term of a rule with n fields is the n encoded values one after another; each tells its own
// length, so different terms never have the same bytes.
//
//   value   = 's' u32 length, bytes        a string
//           | 'i' i64                      an integer
//           | 'f' f64                      a floating number, never NaN, no negative zero
//           | 'b' u8 (0, 1)                a boolean
//           | 'd' i64                      a date, milliseconds since 1970 UTC
//           | 'a' 16 bytes                 an address, IPv4 mapped
//
// Free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/time.h"

namespace tripline::runtime {

[[nodiscard]] std::string StringTerm(std::string_view text);
[[nodiscard]] std::string IntegerTerm(std::int64_t value);
/// Requires that `value` is not NaN.
[[nodiscard]] std::string FloatTerm(double value);
[[nodiscard]] std::string BooleanTerm(bool value);
[[nodiscard]] std::string DateTerm(Timestamp value);
[[nodiscard]] std::string AddressTerm(const IpAddress& value);

/// The values as a JSON array: ["/tmp/x",443]. Dates and addresses are strings in their usual form.
/// Requires NumTermValues(term) > 0.
[[nodiscard]] std::string TermToJson(std::string_view term);

/// The number that a term of one value is: an integer, a floating number, or a text that spells
/// one. None for anything else.
[[nodiscard]] std::optional<double> NumberOfTerm(std::string_view term);
/// How many values these bytes hold; 0 if they are not a row of whole values.
[[nodiscard]] std::size_t NumTermValues(std::string_view term);

}  // namespace tripline::runtime
