#include "jit/number_form.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tripline::jit {
namespace {

// A 16-bit float has 11 bits of significand, exponents down to -24 for the last bit, and 65,504 as
// its largest number; what rounds to 65,536 is infinite.
double RoundedToHalf(double value) {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = 0;
  (void)std::frexp(value, &exponent);
  const int last_bit = std::max(exponent - 11, -24);
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -last_bit)), last_bit);
  constexpr double kLargest = 65504;
  return std::abs(rounded) <= kLargest
             ? rounded
             : std::copysign(std::numeric_limits<double>::infinity(), value);
}

}  // namespace

double RoundedTo(NumberForm form, double value) {
  switch (form) {
    case NumberForm::kSingle:
      return static_cast<double>(static_cast<float>(value));
    case NumberForm::kHalf:
      // By way of a 32-bit float, as a search engine parses it.
      return RoundedToHalf(static_cast<double>(static_cast<float>(value)));
    case NumberForm::kPlain:
    case NumberForm::kScaled:
    case NumberForm::kUnsigned:
    case NumberForm::kNanos:
      break;
  }
  return value;
}

}  // namespace tripline::jit
