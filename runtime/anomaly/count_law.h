// What a count of a given rate and dispersion is expected to be, how much it says about the rate,
// and how far from it a count lies: with empty buckets as data, or missing, in which case every
// count seen is at least 1.
//
// Estimand: mean E[Y] or E[Y | Y > 0], and its derivative by ln rate (the Fisher information is
// worth * derivative, worth = 1 / (1 + rate * dispersion)); the deviance, ln P of the count at its
// own rate less ln P at this one. Exact for the negative binomial; four at once to 1e-6 of their
// terms. Valid: rate in [1e-13, 1e20], dispersion >= 1e-4, count in [0, 1e15], shape in [1e-2,
// 1e4].
//
// Thread-safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <cmath>

#include "runtime/anomaly/fast_math.h"
#include "runtime/anomaly/float_lanes.h"

namespace tripline::runtime {

/// Counts above this are taken as this.
constexpr double kMaxCount = 1e15;

constexpr double kLeastLogRate = -30.0;
constexpr double kMostLogRate = 40.0;
inline double RateOf(double log_rate) {
  return FastExp(std::clamp(log_rate, kLeastLogRate, kMostLogRate));
}

struct CountLaw {
  double mean = 0.0;
  double slope = 0.0;  // d mean / d ln rate
};

/// Above this rate the chance of an empty bucket moves nothing for shapes of at least 2 or so.
constexpr double kTruncationMatters = 30.0;

inline CountLaw LawOfCount(double rate, double dispersion, bool empty_is_missing) {
  if (!empty_is_missing || rate >= kTruncationMatters) {
    return {rate, rate};
  }
  const double shape = 1.0 / dispersion;
  const double log_empty = -shape * FastLog(1.0 + rate * dispersion);
  if (log_empty < -12.0) {
    return {rate, rate};
  }
  if (rate < 1e-6) {
    return {1.0, rate};
  }
  const double filled = 1.0 - FastExp(log_empty);
  const double odds = (1.0 - filled) / filled;
  const double mean = rate / filled;
  return {mean, mean * std::max(1e-3, 1.0 - odds * rate * shape / (shape + rate))};
}

/// The same of four rates, and ln of the chance of a bucket that is not empty.
struct FourLaws {
  Float4 mean;
  Float4 slope;
  Float4 log_filled;
};

inline FourLaws LawsOfCounts(Float4 rate, float dispersion, bool empty_is_missing) {
  constexpr auto kPlain = static_cast<float>(kTruncationMatters);
  if (!empty_is_missing || -Largest(-rate) >= kPlain) {
    return {rate, rate, Float4{}};
  }
  const float shape = 1.0F / dispersion;
  const Float4 log_empty = -shape * FastLog1p(rate * dispersion);
  const Float4 filled = -FastExpM1(log_empty);
  const Float4 mean = rate / filled;
  const Float4 lost = (1.0F - filled) * mean * (shape / (shape + rate));
  const Float4 slope = mean * AtLeast(1.0F - lost, 1e-3F);
  const Whole4 is_rare = rate < 1e-6F;
  const Whole4 is_plain = (rate >= kPlain) | (log_empty < -12.0F);
  return {is_plain  ? rate
          : is_rare ? Float4{} + 1.0F
                    : mean,
          (is_plain | is_rare) ? rate : slope,
          is_plain ? Float4{} : FastLog(is_rare ? rate : filled)};
}

/// Between a count and a rate, for four shapes.
struct CountGap {
  Float4 deviance;
  Float4 log_ratio;  // ln((count + shape) / (rate + shape))
};

/// Deviance: count ln(count / rate) - (count + shape) log_ratio, written so that large counts
/// cancel nothing.
inline CountGap GapBetween(Float4 count, Float4 rate, Float4 shape) {
  const Whole4 is_above = count > rate;
  const Float4 high = is_above ? count : rate;
  const Float4 low = is_above ? rate : count;
  const Float4 beside = shape * (high - low) / (AtLeast(low, 1e-20F) * (high + shape));
  const Float4 ratio = FastLog1p((high - low) / (low + shape));
  const Float4 deviance = count * FastLog1p(beside) - shape * ratio;
  return {is_above ? deviance : -deviance, is_above ? ratio : -ratio};
}

}  // namespace tripline::runtime
