// The mass: Loader's saddle point form, ln P = -D + (ln(shape / (count (count + shape))) - ln 2 pi)
// / 2
// + e(count + shape) - e(shape) - e(count), where D = count ln(count / mean) - (count + shape)
// ln((count + shape) / (mean + shape)) is the deviance and e(x) the error of Stirling's formula.
// The tails: I_x(count, shape) with x = mean / (mean + shape), whose leading factor is the mass
// itself.
#include "runtime/anomaly/negative_binomial.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr int kMaxSteps = 1000;

// ln Gamma(x + 1) - ((x + 1/2) ln x - x + ln(2 pi) / 2): a continued fraction, 1e-10 from 8 on;
// smaller x are moved up there by Gamma(x + 1) = Gamma(x + n + 1) / ((x + 1) ... (x + n)).
double StirlingError(double x) {
  double product = 1.0;
  double moved = x;
  while (moved < 8.0) {
    moved += 1.0;
    product *= moved;
  }
  const double error = 1.0 / (12.0 * (moved + 1.0 / (30.0 * (moved + 53.0 / (210.0 * moved)))));
  if (moved == x) {
    return error;
  }
  return error + (moved + 0.5) * FastLog(moved) - moved - FastLog(product) -
         ((x + 0.5) * FastLog(x) - x);
}

// The continued fraction of the incomplete beta function (Lentz), without its leading factor
// x^a (1 - x)^b / (a B(a, b)).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  double c = 1.0;
  double d = 1.0 - (a + b) * x / (a + 1.0);
  d = 1.0 / (std::abs(d) < kTiny ? kTiny : d);
  double h = d;
  for (int m = 1; m <= kMaxSteps; ++m) {
    const double n = m;
    const double even = n * (b - n) * x / ((a + 2 * n - 1.0) * (a + 2 * n));
    d = 1.0 + even * d;
    d = 1.0 / (std::abs(d) < kTiny ? kTiny : d);
    c = 1.0 + even / c;
    c = std::abs(c) < kTiny ? kTiny : c;
    h *= d * c;
    const double odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1.0));
    d = 1.0 + odd * d;
    d = 1.0 / (std::abs(d) < kTiny ? kTiny : d);
    c = 1.0 + odd / c;
    c = std::abs(c) < kTiny ? kTiny : c;
    const double factor = d * c;
    h *= factor;
    if (std::abs(factor - 1.0) < 1e-10) {
      break;
    }
  }
  return h;
}

}  // namespace

double NegativeBinomialLogMass(double count, double mean, double shape) {
  if (count <= 0.0) {
    return -shape * FastLog(1.0 + mean / shape);
  }
  const double deviance =
      count * FastLog(count / mean) - (count + shape) * FastLog((count + shape) / (mean + shape));
  return -deviance + 0.5 * FastLog(shape / (2.0 * std::numbers::pi * count * (count + shape))) +
         StirlingError(count + shape) - StirlingError(shape) - StirlingError(count);
}

double NegativeBinomialZero(double mean, double shape) {
  return std::exp(NegativeBinomialLogMass(0.0, mean, shape));
}

double NegativeBinomialUpperTail(double count, double mean, double shape) {
  if (count <= 0.0) {
    return 1.0;
  }
  const double x = mean / (mean + shape);
  if (x < (count + 1.0) / (count + shape + 2.0)) {
    const double mass = std::exp(NegativeBinomialLogMass(count, mean, shape));
    return std::min(1.0, mass * BetaFraction(count, shape, x));
  }
  return 1.0 - NegativeBinomialLowerTail(count - 1.0, mean, shape);
}

double NegativeBinomialLowerTail(double count, double mean, double shape) {
  const double x = mean / (mean + shape);
  const double a = count + 1.0;  // P(Y <= count) = I_{1-x}(shape, count + 1)
  if (1.0 - x < (shape + 1.0) / (a + shape + 2.0)) {
    const double mass = std::exp(NegativeBinomialLogMass(a, mean, shape));
    return std::clamp(mass * a / shape * BetaFraction(shape, a, 1.0 - x), 0.0, 1.0);
  }
  const double mass = std::exp(NegativeBinomialLogMass(a, mean, shape));
  return std::clamp(1.0 - mass * BetaFraction(a, shape, x), 0.0, 1.0);
}

double NormalUpperTail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

double NormalUpperQuantile(double probability) {
  const double p = std::clamp(probability, 1e-300, 1.0 - 1e-12);
  if (p > 0.5) {
    return -NormalUpperQuantile(1.0 - p);
  }
  // Start: Hastings' rational form; then Newton steps on ln of the tail, which is nearly a
  // parabola.
  const double t = std::sqrt(-2.0 * FastLog(p));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                     (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int step = 0; step < 2; ++step) {
    const double tail = NormalUpperTail(z);
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    if (density <= 0.0) {
      break;
    }
    z += FastLog(tail / p) * tail / density;
  }
  return z;
}

}  // namespace tripline::runtime
