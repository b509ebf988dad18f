// What a count of a given rate and dispersion is expected to be, and how much it says about the
// rate: with empty buckets as data, or missing, in which case every count seen is at least 1.
//
// Estimand: mean E[Y] or E[Y | Y > 0], and its derivative by ln rate (the Fisher information is
// worth * derivative, worth = 1 / (1 + rate * dispersion)). Exact for the negative binomial.
// Valid: rate in [1e-13, 1e20], dispersion >= 1e-4.
//
// Thread-safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <cmath>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

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

}  // namespace tripline::runtime
