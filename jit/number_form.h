// The arithmetic of NumberForm (jit/program.h), for who writes atoms and who reads values.
//
// Pure functions.
#pragma once

#include <cstdint>

#include "jit/program.h"

namespace tripline::jit {

/// Unsigned numbers in an order that signed comparison keeps: 2^63 taken away.
[[nodiscard]] constexpr std::int64_t FromUnsigned(std::uint64_t value) {
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63U));
}
[[nodiscard]] constexpr std::uint64_t ToUnsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63U);
}

/// The nearest number that the form holds (ties to even); infinite where it is beyond the largest.
/// Forms other than kSingle and kHalf hold every double.
[[nodiscard]] double RoundedTo(NumberForm form, double value);

}  // namespace tripline::jit
