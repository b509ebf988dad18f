// Logarithm, exponential and normal tail of two numbers at once, the first two also of one, for the
// inner loops of the anomaly models: called one by one, the C library's took half of an update's
// time.
//
// Error: 1e-12 of ln x, relative where |ln x| > 1, else absolute; 1e-11 of exp x and 1e-8 of a
// normal tail, relative. Valid: FastLog: normal x > 0, other bits give some number, never a trap;
// FastExp: any x, clamped to [-700, 700]; FastNormalUpperTail: any z, clamped to [-37, 37]. The
// same bits on every machine: sums and products in a fixed order. Four floats: float_lanes.h.
//
// Thread-safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace tripline::runtime {

/// Two lanes: what every x86-64 CPU computes at once.
using Double2 = double __attribute__((vector_size(16)));
using Bits2 = std::uint64_t __attribute__((vector_size(16)));

namespace fast_math_internal {

constexpr std::uint64_t kOne = 0x3FF0000000000000;
constexpr std::uint64_t kHalfRoot = 0x3FE6A09E667F3BCD;  // sqrt(1/2)
constexpr std::uint64_t kMantissa = 0x000FFFFFFFFFFFFF;
constexpr std::uint64_t kTwo52Bits = 0x4330000000000000;
constexpr double kTwo52 = 4503599627370496.0;
constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to whole numbers
constexpr double kLn2 = 0.69314718055994530942;

// ln x = e ln 2 + 2 artanh((m - 1) / (m + 1)) with m in [0.707, 1.414).
template <class Real, class Bits>
inline Real Log(Real x) {
  const Bits bits = std::bit_cast<Bits>(x);
  const Bits moved = bits + (kOne - kHalfRoot);
  const Real exponent = std::bit_cast<Real>((moved >> 52) | kTwo52Bits) - (kTwo52 + 1023.0);
  const Real m = std::bit_cast<Real>((moved & kMantissa) + kHalfRoot);
  const Real s = (m - 1.0) / (m + 1.0);
  const Real q = s * s;
  const Real q2 = q * q;
  const Real low = (1.0 + q * (1.0 / 3)) + q2 * (1.0 / 5 + q * (1.0 / 7));
  const Real high = (1.0 / 9 + q * (1.0 / 11)) + q2 * (1.0 / 13);
  return exponent * kLn2 + 2.0 * s * (low + (q2 * q2) * high);
}

// exp x = 2^n exp r with |r| <= ln 2 / 2, by its series. Requires |x| <= 700.
template <class Real, class Bits>
inline Real Exp(Real x) {
  const Real shifted = x * 1.4426950408889634074 + kRound;
  const Real n = shifted - kRound;
  const Real r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  const Real r2 = r * r;
  const Real low = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6));
  const Real middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  const Real high = 1.0 / 40320 + r * (1.0 / 362880);
  const Real r4 = r2 * r2;
  // The low bits of `shifted` are n in two's complement.
  const Bits scale = (std::bit_cast<Bits>(shifted) << 52) + kOne;
  return (low + r4 * (middle + r4 * high)) * std::bit_cast<Real>(scale);
}

}  // namespace fast_math_internal

inline double FastLog(double x) { return fast_math_internal::Log<double, std::uint64_t>(x); }
inline Double2 FastLog(Double2 x) { return fast_math_internal::Log<Double2, Bits2>(x); }

inline double FastExp(double x) {
  return fast_math_internal::Exp<double, std::uint64_t>(std::clamp(x, -700.0, 700.0));
}
inline Double2 FastExp(Double2 x) {
  x = x < -700.0 ? Double2{-700.0, -700.0} : x;
  x = x > 700.0 ? Double2{700.0, 700.0} : x;
  return fast_math_internal::Exp<Double2, Bits2>(x);
}

inline Double2 LoadTwo(const float* at) {
  return Double2{static_cast<double>(at[0]), static_cast<double>(at[1])};
}
inline Double2 AtLeast(Double2 value, double least) {
  return value < least ? Double2{least, least} : value;
}
inline Double2 AtMost(Double2 value, double most) {
  return value > most ? Double2{most, most} : value;
}

/// P(Z >= z) of the standard normal law: t exp(P(t) - z^2 / 2) with t = 1 / (1 + z / 4) for z >= 0,
/// where P is a polynomial fitted at Chebyshev's points.
inline Double2 FastNormalUpperTail(Double2 z) {
  const Double2 size = AtMost(z < 0.0 ? -z : z, 37.0);
  const Double2 t = 1.0 / (1.0 + 0.25 * size);
  const Double2 t2 = t * t;
  const Double2 a =
      (-2.305236662167 + t * 1.000150056943) + t2 * (0.4349409042176 + t * 0.2330582263761);
  const Double2 b =
      (-0.07862194339605 + t * 0.6021348873966) + t2 * (-1.749157686945 + t * 3.155245432975);
  const Double2 c =
      (-4.079602833322 + t * 3.192758852845) + t2 * (-1.323347047176 + t * 0.2245306325635);
  const Double2 t4 = t2 * t2;
  const Double2 tail = t * FastExp(a + t4 * (b + t4 * c) - 0.5 * size * size);
  return z < 0.0 ? 1.0 - tail : tail;
}

}  // namespace tripline::runtime
