// The mass is Loader's form (negative_binomial.cc) with the first term of Stirling's error only: it
// weighs shapes against one another, where 1e-3 in ln does not matter. Tails are exact.
#include "runtime/anomaly/shape_mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/anomaly/fast_math.h"
#include "runtime/anomaly/negative_binomial.h"

namespace tripline::runtime {

namespace {

constexpr EightDoubles kShapes = {0.7, 1.5, 3.0, 6.0, 12.0, 25.0, 60.0, 250.0};
constexpr double kMaxRateVariance = 9.0;
constexpr double kOutOfRace = -11.0;  // votes below this (2e-5) are not even evaluated
constexpr double kMaxVoteLoss = 6.0;  // of one count: no single bucket decides
constexpr double kWorstVote = -30.0;
constexpr double kEmptyMatters = 50.0;  // rates above this leave no bucket empty

// 1 / (12 (x + 1 / (30 (x + 0.2524 / x)))), with one division; Real is double or Double2.
template <class Real>
Real StirlingError(Real x) {
  const Real square = x * x;
  return (square + 0.2524) / (x * (12.0 * square + 3.4288));
}

}  // namespace

ShapeMixture::Forecast ShapeMixture::Predict(double rate_variance, bool empty_is_missing) const {
  Forecast forecast;
  forecast.empty_is_missing = empty_is_missing;
  const double widening = std::min(rate_variance, kMaxRateVariance);
  double total = 0.0;
  double dispersion = 0.0;
  for (std::size_t i = 0; i < kNumShapes; i += 2) {
    const Double2 shapes = LoadTwo(&kShapes[i]);
    const Double2 votes = LoadTwo(&votes_[i]);
    const Double2 weights = votes < kOutOfRace ? Double2{} : FastExp(votes);
    const Double2 spread = 1.0 / shapes;
    StoreTwo(&forecast.shapes[i], 1.0 / (spread + widening));
    StoreTwo(&forecast.weights[i], weights);
    const Double2 spreads = weights * spread;
    total += weights[0] + weights[1];
    dispersion += spreads[0] + spreads[1];
  }
  const double scale = 1.0 / total;
  for (double& weight : forecast.weights) {
    weight *= scale;
  }
  forecast.dispersion = dispersion * scale;
  return forecast;
}

ShapeMixture::Likelihood ShapeMixture::Explain(const Forecast& forecast, double count,
                                               double rate) {
  Likelihood likelihood;
  const bool has_count = count > 0.0;
  const double log_ratio = has_count ? FastLog(count / rate) : 0.0;
  // What does not depend on the shape.
  const double common = has_count ? -0.5 * FastLog(2.0 * std::numbers::pi * count) -
                                        count * log_ratio - StirlingError(count)
                                  : 0.0;
  const bool is_truncated = forecast.empty_is_missing && rate < kEmptyMatters;
  likelihood.best = -1e300;
  for (std::size_t i = 0; i < kNumShapes; i += 2) {
    const Double2 shapes = LoadTwo(&forecast.shapes[i]);
    const Double2 log_room = FastLog(1.0 + rate / shapes);
    Double2 log_mass = -shapes * log_room;
    if (has_count) {
      const Double2 sum = count + shapes;
      const Double2 log_sum = FastLog(sum / (rate + shapes));
      log_mass = common + sum * log_sum - 0.5 * (log_sum + log_room) + 1.0 / (12.0 * sum) -
                 StirlingError(shapes);
    }
    if (is_truncated) {
      log_mass -= FastLog(AtLeast(1.0 - FastExp(-shapes * log_room), 1e-12));
    }
    StoreTwo(&likelihood.log_mass[i], log_mass);
    likelihood.best = std::max(likelihood.best, std::max(log_mass[0], log_mass[1]));
  }
  return likelihood;
}

double ShapeMixture::Likelihood::Mass(const Forecast& forecast) const {
  double mass = 0.0;
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    if (forecast.weights[i] > 0.0) {
      mass += forecast.weights[i] * FastExp(log_mass[i]);
    }
  }
  return mass;
}

void ShapeMixture::Learn(const Likelihood& likelihood, double weight, double keep) {
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    const double vote = static_cast<double>(votes_[i]) * keep +
                        weight * std::max(likelihood.log_mass[i] - likelihood.best, -kMaxVoteLoss);
    votes_[i] = static_cast<float>(vote);
  }
  const float top = *std::max_element(votes_.begin(), votes_.end());
  for (float& vote : votes_) {
    vote = std::max(vote - top, static_cast<float>(kWorstVote));
  }
}

double ShapeMixture::Forecast::ChanceEmpty(double rate) const {
  if (rate >= kEmptyMatters) {
    return 0.0;
  }
  double chance = 0.0;
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    if (weights[i] > 0.0) {
      chance += weights[i] * FastExp(-shapes[i] * FastLog(1.0 + rate / shapes[i]));
    }
  }
  return chance;
}

double ShapeMixture::Forecast::UpperTail(double count, double rate) const {
  double tail = 0.0;
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    if (weights[i] > 0.0) {
      tail += weights[i] * NegativeBinomialUpperTail(count, rate, shapes[i]);
    }
  }
  if (empty_is_missing) {
    tail /= std::max(1.0 - ChanceEmpty(rate), 1e-12);
  }
  return std::clamp(tail, 0.0, 1.0);
}

double ShapeMixture::Forecast::LowerTail(double count, double rate) const {
  double tail = 0.0;
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    if (weights[i] > 0.0) {
      tail += weights[i] * NegativeBinomialLowerTail(count, rate, shapes[i]);
    }
  }
  if (empty_is_missing) {
    const double empty = ChanceEmpty(rate);
    tail = (tail - empty) / std::max(1.0 - empty, 1e-12);
  }
  return std::clamp(tail, 0.0, 1.0);
}

bool ShapeMixture::IsSound() const {
  bool has_best = false;
  for (const float vote : votes_) {
    if (!(vote <= 0.0F && vote >= -100.0F)) {
      return false;
    }
    has_best = has_best || vote == 0.0F;
  }
  return has_best;
}

}  // namespace tripline::runtime
