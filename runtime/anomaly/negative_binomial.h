// The negative binomial distribution by mean and shape: the law of a count whose rate wanders.
//
// Estimand: with Y ~ Poisson(L), L ~ Gamma(shape, mean / shape): E Y = mean, Var Y = mean + mean^2
// / shape. A large shape is the Poisson law, a small one a bursty series. The shape need not be
// whole. Formula: the mass by its deviance around the saddle point (no difference of large
// log-gammas); a tail is the mass at its end times the continued fraction of the incomplete beta
// function. Error: relative 1e-6 against direct summation for count <= 1e5 and shape in [0.05, 1e4]
// wherever the tail is at least 1e-300; below that 0. Valid: finite count >= 0, mean > 0, shape >
// 0. Cost: O(sqrt(count)) near the mean, a few steps in the tail; never more than 1,000 steps.
//
//   NegativeBinomialUpperTails(8, 1.0, Double2{4.0, 25.0})   // P(Y >= 8) under two shapes
//
// Thread-safety: functions of their arguments.
#pragma once

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

/// P(Y >= count); 1 at count 0.
[[nodiscard]] Double2 NegativeBinomialUpperTails(double count, double mean, Double2 shape);
/// P(Y <= count).
[[nodiscard]] Double2 NegativeBinomialLowerTails(double count, double mean, Double2 shape);

}  // namespace tripline::runtime
