// Four floats at once, with their logarithms and exponentials, for the inner loops of the anomaly
// models where one belief is weighed against another. Answers that are reported: fast_math.h.
//
// Error, relative to the answer: 3e-7 of FastLog and FastLog1p, 2e-7 of FastExp and FastExpM1.
// Valid: FastLog: normal x > 0, other bits give some number, never a trap; FastLog1p: x in [0,
// 1e38]; FastExp and FastExpM1: any x, clamped to [-87, 88]. The same bits on every machine: sums
// and products in a fixed order.
//
// Thread-safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tripline::runtime {

using Float4 = float __attribute__((vector_size(16)));
using Bits4 = std::uint32_t __attribute__((vector_size(16)));
using Whole4 = std::int32_t __attribute__((vector_size(16)));

inline Float4 LoadFour(const float* at) {
  Float4 value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}
inline void StoreFour(float* at, Float4 value) { std::memcpy(at, &value, sizeof(value)); }
inline float Sum(Float4 value) { return (value[0] + value[1]) + (value[2] + value[3]); }
inline float Largest(Float4 value) {
  return std::max(std::max(value[0], value[1]), std::max(value[2], value[3]));
}
inline Float4 AtLeast(Float4 value, float least) {
  return value < least ? Float4{} + least : value;
}
inline Float4 AtMost(Float4 value, float most) { return value > most ? Float4{} + most : value; }

namespace float_lanes_internal {

constexpr std::uint32_t kOne = 0x3F800000;
constexpr std::uint32_t kHalfRoot = 0x3F3504F3;  // sqrt(1/2)
constexpr std::uint32_t kMantissa = 0x007FFFFF;
constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to whole numbers
constexpr float kLn2 = 0.693147181F;

// e ln 2 + 2 artanh(r / (2 + r)), where 2^e (1 + r) is the number and e stands in `moved`.
inline Float4 LogOfParts(Bits4 moved, Float4 r) {
  const Float4 exponent = __builtin_convertvector(std::bit_cast<Whole4>(moved >> 23) - 127, Float4);
  const Float4 s = r / (2.0F + r);
  const Float4 q = s * s;
  const Float4 series = (1.0F / 3) + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9)));
  return exponent * kLn2 + (s + s) * (1.0F + q * series);
}

// exp x = 2^n + 2^n (exp r - 1) with |r| <= ln 2 / 2: 2^n and the second term.
struct ExpParts {
  Float4 scale;
  Float4 rest;
};
inline ExpParts PartsOfExp(Float4 x) {
  x = AtMost(AtLeast(x, -87.0F), 88.0F);
  const Float4 shifted = x * 1.44269504F + kRound;
  const Float4 n = shifted - kRound;
  const Float4 r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  const Float4 r2 = r * r;
  const Float4 low = 0.5F + r * (1.0F / 6);
  const Float4 high = (1.0F / 24 + r * (1.0F / 120)) + r2 * (1.0F / 720 + r * (1.0F / 5040));
  // The low bits of `shifted` are n in two's complement.
  const Float4 scale = std::bit_cast<Float4>((std::bit_cast<Bits4>(shifted) << 23) + kOne);
  return {scale, scale * (r + r2 * (low + r2 * high))};
}

}  // namespace float_lanes_internal

inline Float4 FastLog(Float4 x) {
  using namespace float_lanes_internal;
  const Bits4 moved = std::bit_cast<Bits4>(x) + (kOne - kHalfRoot);
  return LogOfParts(moved, std::bit_cast<Float4>((moved & kMantissa) + kHalfRoot) - 1.0F);
}

/// ln(1 + x).
inline Float4 FastLog1p(Float4 x) {
  using namespace float_lanes_internal;
  const Float4 u = 1.0F + x;
  const Float4 lost = x - (u - 1.0F);  // of x, when it was added to 1
  const Bits4 moved = std::bit_cast<Bits4>(u) + (kOne - kHalfRoot);
  const Float4 scale = std::bit_cast<Float4>((2 * kOne) - (moved & ~kMantissa));  // 2^-e
  const Float4 m = std::bit_cast<Float4>((moved & kMantissa) + kHalfRoot);
  return LogOfParts(moved, (m - 1.0F) + lost * scale);
}

inline Float4 FastExp(Float4 x) {
  const auto parts = float_lanes_internal::PartsOfExp(x);
  return parts.scale + parts.rest;
}

/// exp(x) - 1, good near 0 too.
inline Float4 FastExpM1(Float4 x) {
  const auto parts = float_lanes_internal::PartsOfExp(x);
  return (parts.scale - 1.0F) + parts.rest;
}

}  // namespace tripline::runtime
