// JSON numbers compared as what they are, not as what a double makes of them: 9007199254740993 is
// greater than 9007199254740992.
//
// Values of untyped fields arrive as JSON text (jit/program.h, StringRange); this says which of
// them are numbers, and their order.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tripline::jit {

/// A decimal number 0.DIGITS x 10^exponent, its digits looking into the text it was parsed from.
struct JsonNumber {
  bool is_negative = false;
  std::string_view digits;    // may hold one '.'; without leading zeros; empty for zero
  std::int64_t exponent = 0;  // saturates far beyond what any two different texts can tell apart
};

/// Exactly RFC 8259's `number`, no blanks around. `text` must outlive the answer.
[[nodiscard]] std::optional<JsonNumber> ParseJsonNumber(std::string_view text);

/// Numeric order; 1, 1.0 and 10e-1 are equal, and so are 0 and -0.
[[nodiscard]] std::strong_ordering Compare(const JsonNumber& a, const JsonNumber& b);

}  // namespace tripline::jit
