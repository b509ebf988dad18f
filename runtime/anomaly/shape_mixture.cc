// The mass is Loader's form (negative_binomial.cc) with the first term of Stirling's error only: it
// weighs shapes against one another, where 1e-3 in ln does not matter. Tails are exact.
#include "runtime/anomaly/shape_mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/anomaly/count_law.h"
#include "runtime/anomaly/fast_math.h"
#include "runtime/anomaly/float_lanes.h"
#include "runtime/anomaly/negative_binomial.h"

namespace tripline::runtime {

namespace {

// 1 / shape
constexpr EightFloats kSpreads = {1 / 0.7F,  1 / 1.5F,  1 / 3.0F,  1 / 6.0F,
                                  1 / 12.0F, 1 / 25.0F, 1 / 60.0F, 1 / 250.0F};
constexpr double kMaxRateVariance = 9.0;
constexpr float kOutOfRace = -11.0F;  // votes below this (2e-5) are not even evaluated
constexpr float kMaxVoteLoss = 6.0F;  // of one count: no single bucket decides
constexpr float kWorstVote = -30.0F;
constexpr float kLeastFilled = 1e-12F;
constexpr double kEmptyMatters = 50.0;  // rates above this leave no bucket empty

// What the errors of Stirling's formula for count + shape and for shape add to ln P(count):
// 1 / (12 (count + shape)) - 1 / (12 (shape + 1 / (30 (shape + 0.2524 / shape)))), by one division.
Float4 StirlingErrors(Float4 sum, Float4 shape) {
  const Float4 square = shape * shape;
  const Float4 below = shape * (12.0F * square + 3.4288F);
  const Float4 above = 12.0F * sum;
  return (below - above * (square + 0.2524F)) / (above * below);
}

// The mean of `of(shapes)` under the weights, by pairs of shapes.
template <class Of>
double Mean(const ShapeMixture::Forecast& forecast, Of of) {
  Double2 sum{};
  for (std::size_t i = 0; i < kNumShapes; i += 2) {
    const Double2 weights = LoadTwo(&forecast.weights[i]);
    if (weights[0] + weights[1] > 0.0) {
      sum += weights * of(LoadTwo(&forecast.shapes[i]));
    }
  }
  return sum[0] + sum[1];
}

// What depends on the count alone: -ln(2 pi count) / 2 - the error of its factorial.
double LogMassOfCount(double count) {
  return -0.5 * FastLog(2.0 * std::numbers::pi * count) - 1.0 / (12.0 * count + 0.4 / count);
}

}  // namespace

ShapeMixture::Forecast ShapeMixture::Predict(double rate_variance, bool empty_is_missing) const {
  Forecast forecast;
  forecast.empty_is_missing = empty_is_missing;
  const auto widening = static_cast<float>(std::min(rate_variance, kMaxRateVariance));
  Float4 total{};
  Float4 dispersion{};
  for (std::size_t i = 0; i < kNumShapes; i += 4) {
    const Float4 votes = LoadFour(&votes_[i]);
    const Float4 weights = votes < kOutOfRace ? Float4{} : FastExp(votes);
    const Float4 spread = LoadFour(&kSpreads[i]);
    StoreFour(&forecast.shapes[i], 1.0F / (spread + widening));
    StoreFour(&forecast.weights[i], weights);
    total += weights;
    dispersion += weights * spread;
  }
  const float scale = 1.0F / Sum(total);
  for (std::size_t i = 0; i < kNumShapes; i += 4) {
    StoreFour(&forecast.weights[i], LoadFour(&forecast.weights[i]) * scale);
  }
  forecast.dispersion = static_cast<double>(Sum(dispersion) * scale);
  return forecast;
}

ShapeMixture::Likelihood ShapeMixture::Explain(const Forecast& forecast, double count,
                                               double rate) {
  Likelihood likelihood;
  const Float4 counts = Float4{} + static_cast<float>(count);
  const Float4 rates = Float4{} + static_cast<float>(rate);
  const bool is_truncated = forecast.empty_is_missing && rate < kEmptyMatters;
  Float4 best = Float4{} - 1e30F;
  for (std::size_t i = 0; i < kNumShapes; i += 4) {
    const Float4 shapes = LoadFour(&forecast.shapes[i]);
    const CountGap gap = GapBetween(counts, rates, shapes);
    const Float4 log_room = FastLog(1.0F + counts / shapes);
    const Float4 log_empty = shapes * (gap.log_ratio - log_room);
    Float4 log_mass = log_empty;
    if (count > 0.0) {
      log_mass = StirlingErrors(counts + shapes, shapes) - gap.deviance - 0.5F * log_room;
      if (is_truncated) {
        log_mass -= FastLog(AtLeast(-FastExpM1(log_empty), kLeastFilled));
      }
    }
    StoreFour(&likelihood.log_mass[i], log_mass);
    best = log_mass > best ? log_mass : best;
  }
  likelihood.best = Largest(best);
  return likelihood;
}

double ShapeMixture::Likelihood::Mass(const Forecast& forecast, double count) const {
  const double common = count > 0.0 ? LogMassOfCount(count) : 0.0;
  double mass = 0.0;
  for (std::size_t i = 0; i < kNumShapes; ++i) {
    if (forecast.weights[i] > 0.0F) {
      mass += static_cast<double>(forecast.weights[i]) *
              FastExp(common + static_cast<double>(log_mass[i]));
    }
  }
  return mass;
}

void ShapeMixture::Learn(const Likelihood& likelihood, double weight, double keep) {
  std::array<Float4, 2> votes{};
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const Float4 loss =
        AtLeast(LoadFour(&likelihood.log_mass[4 * i]) - likelihood.best, -kMaxVoteLoss);
    votes[i] =
        LoadFour(&votes_[4 * i]) * static_cast<float>(keep) + loss * static_cast<float>(weight);
  }
  const float top = Largest(votes[0] > votes[1] ? votes[0] : votes[1]);
  for (std::size_t i = 0; i < votes.size(); ++i) {
    StoreFour(&votes_[4 * i], AtLeast(votes[i] - top, kWorstVote));
  }
}

double ShapeMixture::Forecast::ChanceEmpty(double rate) const {
  if (rate >= kEmptyMatters) {
    return 0.0;
  }
  return Mean(*this,
              [rate](Double2 shape) { return FastExp(-shape * FastLog(1.0 + rate / shape)); });
}

double ShapeMixture::Forecast::UpperTail(double count, double rate) const {
  double tail =
      Mean(*this, [=](Double2 shape) { return NegativeBinomialUpperTails(count, rate, shape); });
  if (empty_is_missing) {
    tail /= std::max(1.0 - ChanceEmpty(rate), 1e-12);
  }
  return std::clamp(tail, 0.0, 1.0);
}

double ShapeMixture::Forecast::LowerTail(double count, double rate) const {
  double tail =
      Mean(*this, [=](Double2 shape) { return NegativeBinomialLowerTails(count, rate, shape); });
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
