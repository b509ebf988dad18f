// Rows are padded to whole blocks of four floats, and the blocks on the diagonal are stored whole:
// both passes over the covariance are then plain vector loops. Only blocks below the diagonal stand
// for two entries each.
#include "runtime/anomaly/rate_regression.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "runtime/anomaly/float_lanes.h"

namespace tripline::runtime {

namespace {

// Per day, as standard deviations of ln rate: the level may drift 5 % a day on its own (the level
// bank follows what is faster), a season's terms 3 % of their prior width.
constexpr double kLevelDriftPerDay = 0.05;
constexpr double kSeasonDriftPerDay = 0.03;
// Outside of these a forecast's variance says that rounding has worn the covariance out.
constexpr double kLeastSaneVariance = 1e-9;
constexpr double kMostSaneVariance = 1e4;
constexpr double kMaxDriftDays = 365.0;
constexpr float kDriftStepDays = 0.25F;  // often enough: four times a day
constexpr float kMaxMean = 40.0F;

constexpr std::size_t RowStart(std::size_t row) {
  const std::size_t block = row / 4;
  return 8 * block * (block + 1) + (row % 4) * 4 * (block + 1);
}

// The members' arrays are whole vectors, and an aligned operand costs no instruction of its own.
Float4 Load(const float* at) { return LoadFour(std::assume_aligned<16>(at)); }
void Store(float* at, Float4 value) { StoreFour(std::assume_aligned<16>(at), value); }

// The sums of four vectors.
Float4 Sums(Float4 a, Float4 b, Float4 c, Float4 d) {
  const Float4 ab =
      __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Float4 cd =
      __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

double LevelDrift(double days) {
  return kLevelDriftPerDay * kLevelDriftPerDay * std::min(days, kMaxDriftDays);
}

}  // namespace

RatePrior DefaultRatePrior() {
  // Widths of ln rate over series: any level; daily waves that fade with their speed; weekends at
  // half to twice the weekdays, with days of another form.
  RatePrior prior;
  prior.variance[0] = 9.0F;
  constexpr std::array<float, 5> kWaveWidth = {0.8F, 0.4F, 0.25F, 0.18F, 0.13F};
  for (std::size_t wave = 0; wave < kWaveWidth.size(); ++wave) {
    prior.variance[2 * wave + 1] = kWaveWidth[wave] * kWaveWidth[wave];
    prior.variance[2 * wave + 2] = kWaveWidth[wave] * kWaveWidth[wave];
  }
  prior.variance[11] = 0.36F;
  prior.variance[12] = prior.variance[13] = 0.09F;
  prior.variance[14] = prior.variance[15] = 0.04F;
  return prior;
}

void RateRegression::Start(const RatePrior& prior) {
  mean_ = prior.mean;
  StartCovariance(prior);
}

void RateRegression::StartCovariance(const RatePrior& prior) {
  covariance_.fill(0.0F);
  for (std::size_t term = 0; term < kNumFeatures; ++term) {
    covariance_[RowStart(term) + term] = prior.variance[term];
  }
}

double RateRegression::LogRate(const Features& features) const {
  Float4 sum{};
  for (std::size_t at = 0; at < kNumFeatures; at += 4) {
    sum += Load(&mean_[at]) * LoadFour(&features[at]);
  }
  return static_cast<double>(Sum(sum));
}

RateRegression::Forecast RateRegression::Predict(const Features& features, double days) const {
  Forecast forecast;
  const std::array<Float4, kNumBlocks> x = {LoadFour(&features[0]), LoadFour(&features[4]),
                                            LoadFour(&features[8]), LoadFour(&features[12])};
  std::array<Float4, kNumBlocks> direction{};
  const float* row = covariance_.data();
#pragma GCC unroll 4
  for (std::size_t block = 0; block < kNumBlocks; ++block) {
    // What lies left of the diagonal counts by columns and by rows; the diagonal's own block, which
    // is symmetric, by columns.
    std::array<Float4, 4> sums{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      const Float4 weight = Float4{} + x[block][static_cast<int>(i)];
#pragma GCC unroll 4
      for (std::size_t left = 0; left < block; ++left) {
        const Float4 entries = Load(row + 4 * left);
        sums[i] += entries * x[left];
        direction[left] += entries * weight;
      }
      direction[block] += Load(row + 4 * block) * weight;
      row += 4 * (block + 1);
    }
    if (block > 0) {
      direction[block] += Sums(sums[0], sums[1], sums[2], sums[3]);
    }
  }
  direction[0][0] += static_cast<float>(LevelDrift(static_cast<double>(pending_days_) + days));
  Float4 variance{};
  for (std::size_t block = 0; block < kNumBlocks; ++block) {
    variance += direction[block] * x[block];
    Store(&forecast.direction[4 * block], direction[block]);
  }
  forecast.log_rate = LogRate(features);
  const auto sum = static_cast<double>(Sum(variance));
  forecast.is_sane = sum > kLeastSaneVariance && sum < kMostSaneVariance;  // false for NaN
  forecast.variance = forecast.is_sane ? std::max(sum, 1e-6) : 1.0;
  return forecast;
}

void RateRegression::Learn(const Forecast& forecast, double step, double variance) {
  const double scale = 1.0 / forecast.variance;
  const Float4 scaled_step = Float4{} + static_cast<float>(step * scale);
  // The root in both factors, so that what is taken off is symmetric to the last bit.
  const auto shrink =
      static_cast<float>(std::sqrt(std::max(forecast.variance - variance, 0.0)) * scale);
  std::array<Float4, kNumBlocks> direction{};
  for (std::size_t block = 0; block < kNumBlocks; ++block) {
    const Float4 whole = Load(&forecast.direction[4 * block]);
    direction[block] = whole * shrink;
    Float4 mean = Load(&mean_[4 * block]) + whole * scaled_step;
    mean = mean > kMaxMean ? Float4{} + kMaxMean : mean;
    mean = mean < -kMaxMean ? Float4{} - kMaxMean : mean;
    Store(&mean_[4 * block], mean);
  }
  float* row = covariance_.data();
#pragma GCC unroll 4
  for (std::size_t block = 0; block < kNumBlocks; ++block) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      const Float4 weight = Float4{} - direction[block][static_cast<int>(i)];
#pragma GCC unroll 4
      for (std::size_t left = 0; left <= block; ++left) {
        Store(row + 4 * left, Load(row + 4 * left) + weight * direction[left]);
      }
      row += 4 * (block + 1);
    }
  }
}

void RateRegression::Drift(double days, const RatePrior& prior) {
  pending_days_ += static_cast<float>(std::min(days, kMaxDriftDays));
  if (pending_days_ < kDriftStepDays) {
    return;
  }
  const auto passed = static_cast<double>(pending_days_);
  pending_days_ = 0.0F;
  const double season = kSeasonDriftPerDay * kSeasonDriftPerDay * std::min(passed, kMaxDriftDays);
  for (std::size_t term = 0; term < kNumFeatures; ++term) {
    const auto widest = static_cast<double>(prior.variance[term]);
    const double added = term == 0 ? LevelDrift(passed) : season * widest;
    // Only ever added to: taking from the diagonal alone would leave no covariance at all.
    float& entry = covariance_[RowStart(term) + term];
    const double room = std::max(0.0, widest - static_cast<double>(entry));
    entry += static_cast<float>(std::min(added, room));
  }
}

void RateRegression::MoveLevel(double step) {
  mean_[0] = std::clamp(mean_[0] + static_cast<float>(step), -kMaxMean, kMaxMean);
  covariance_[0] += 0.05F;
}

double RateRegression::Variance(int term) const {
  const auto at = static_cast<std::size_t>(term);
  return static_cast<double>(covariance_[RowStart(at) + at]);
}

bool RateRegression::IsSound() const {
  if (!(pending_days_ >= 0.0F && pending_days_ <= 1e6F)) {
    return false;
  }
  for (const float value : mean_) {
    if (!(std::abs(value) <= kMaxMean)) {
      return false;
    }
  }
  for (const float value : covariance_) {
    if (!(std::abs(value) <= 1000.0F)) {
      return false;
    }
  }
  return true;  // a variance may be below zero by rounding: Predict finds that
}

}  // namespace tripline::runtime
