// The mass: Loader's saddle point form, ln P = -D + (ln(shape / (count (count + shape))) - ln 2 pi)
// / 2
// + e(count + shape) - e(shape) - e(count), where D = count ln(count / mean) - (count + shape)
// ln((count + shape) / (mean + shape)) is the deviance and e(x) the error of Stirling's formula.
// The tails: I_x(count, shape) with x = mean / (mean + shape), whose leading factor is the mass
// itself. Two shapes go side by side.
#include "runtime/anomaly/negative_binomial.h"

#include <algorithm>
#include <numbers>

namespace tripline::runtime {

namespace {

constexpr int kMaxSteps = 1000;
constexpr double kConverged = 1e-9;

// ln Gamma(x + 1) - ((x + 1/2) ln x - x + ln(2 pi) / 2): the continued fraction 1 / (12 (x + 1 /
// (30 (x + 53 / (210 x))))) in one division, 1e-10 from 8 on; smaller x are moved up there by
// Gamma(x + 1) = Gamma(x + 9) / ((x + 1) ... (x + 8)).
Double2 StirlingError(Double2 x) {
  const auto is_small = x < 8.0;
  const Double2 moved = is_small ? x + 8.0 : x;
  const Double2 square = moved * moved;
  const Double2 error = (210.0 * square + 53.0) / (moved * (2520.0 * square + 720.0));
  if ((is_small[0] | is_small[1]) == 0) {
    return error;
  }
  const Double2 product = ((x + 1.0) * (x + 2.0) * (x + 3.0) * (x + 4.0)) *
                          ((x + 5.0) * (x + 6.0) * (x + 7.0) * (x + 8.0));
  const Double2 gap =
      (moved + 0.5) * FastLog(moved) - 8.0 - FastLog(product) - (x + 0.5) * FastLog(x);
  return is_small ? error + gap : error;
}

// The continued fraction of the incomplete beta function, without its leading factor
// x^a (1 - x)^b / (a B(a, b)): numerators and denominators by Wallis' recurrence, which unlike
// Lentz' form has no division in its chain; rescaled before they leave the range of doubles.
Double2 BetaFraction(Double2 a, Double2 b, Double2 x) {
  Double2 above_before = Double2{} + 1.0;
  Double2 below_before = Double2{} + 1.0;
  Double2 above = Double2{} + 1.0;
  Double2 below = 1.0 - (a + b) * x / (a + 1.0);
  for (int m = 1; m <= kMaxSteps; ++m) {
    const double n = m;
    const Double2 at = a + 2.0 * n;
    const Double2 share = x / ((at - 1.0) * at * (at + 1.0));
    const Double2 even = n * (b - n) * (at + 1.0) * share;
    const Double2 odd = -(a + n) * (a + b + n) * (at - 1.0) * share;
    const Double2 above_even = above + even * above_before;
    const Double2 below_even = below + even * below_before;
    above_before = above_even;
    below_before = below_even;
    above = above_even + odd * above;
    below = below_even + odd * below;
    // (above / below) / (above_before / below_before) - 1, without dividing
    const Double2 now = above * below_before;
    const Double2 change = now - above_before * below;
    const auto moves = (change > kConverged * now) | (change < -kConverged * now);
    if ((moves[0] | moves[1]) == 0) {
      break;
    }
    const auto leaves = (below > 1e100) | (below < 1e-100);
    if ((leaves[0] | leaves[1]) != 0) {
      const Double2 scale = 1.0 / below;
      above *= scale;
      below *= scale;
      above_before *= scale;
      below_before *= scale;
    }
  }
  return above / below;
}

// ln P(Y = count), count > 0.
Double2 LogMass(double count, double mean, Double2 shape) {
  const Double2 sum = count + shape;
  const Double2 deviance = count * FastLog(count / mean) - sum * FastLog(sum / (mean + shape));
  return 0.5 * FastLog(shape / (2.0 * std::numbers::pi * count * sum)) - deviance +
         StirlingError(sum) - StirlingError(shape) - StirlingError(Double2{} + count);
}

// P(Y >= count) and P(Y < count), count > 0; the smaller of the two is the exact one.
struct Sides {
  Double2 upper;
  Double2 lower;
};

Sides SidesOf(double count, double mean, Double2 shape) {
  const Double2 a = Double2{} + count;
  const Double2 x = mean / (mean + shape);
  const auto is_upper = x < (a + 1.0) / (a + shape + 2.0);
  const Double2 mass = FastExp(LogMass(count, mean, shape));
  const Double2 fraction = BetaFraction(is_upper ? a : shape, is_upper ? shape : a,
                                        is_upper ? x : shape / (mean + shape));
  const Double2 tail = AtMost(AtLeast((is_upper ? mass : mass * a / shape) * fraction, 0.0), 1.0);
  return {is_upper ? tail : 1.0 - tail, is_upper ? 1.0 - tail : tail};
}

}  // namespace

Double2 NegativeBinomialUpperTails(double count, double mean, Double2 shape) {
  return count <= 0.0 ? Double2{} + 1.0 : SidesOf(count, mean, shape).upper;
}

Double2 NegativeBinomialLowerTails(double count, double mean, Double2 shape) {
  return SidesOf(count + 1.0, mean, shape).lower;
}

}  // namespace tripline::runtime
