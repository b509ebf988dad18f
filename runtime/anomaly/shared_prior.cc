#include "runtime/anomaly/shared_prior.h"

#include <algorithm>
#include <cmath>

namespace tripline::runtime {

namespace {

constexpr double kKeep = 1.0 - 1.0 / 2000.0;
// Sums within a bucket are whole numbers, so that the order of the series does not round them.
constexpr double kFixedPoint = 1024.0 * 1024.0;
constexpr double kDefaultWeight = 20.0;
constexpr double kLeastVarianceShare = 0.05;  // of the default: no two series are quite alike

}  // namespace

SharedPrior::SharedPrior() { Update(); }

void SharedPrior::Observe(const SeriesModel& model) {
  num_pending_ += 1;
  for (std::size_t term = 1; term < kNumFeatures; ++term) {
    const auto mean = static_cast<double>(model.regression().mean()[term]);
    const double variance = model.regression().Variance(static_cast<int>(term));
    pending_[term] += std::llround(std::clamp(mean, -40.0, 40.0) * kFixedPoint);
    pending_squares_[term] +=
        std::llround(std::clamp(mean * mean + variance, 0.0, 2000.0) * kFixedPoint);
  }
}

void SharedPrior::Update() {
  if (num_pending_ > 0) {
    const double keep = std::pow(kKeep, static_cast<double>(num_pending_));
    weight_ = weight_ * keep + static_cast<double>(num_pending_);
    for (std::size_t term = 1; term < kNumFeatures; ++term) {
      sum_[term] = sum_[term] * keep + static_cast<double>(pending_[term]) / kFixedPoint;
      sum_squares_[term] =
          sum_squares_[term] * keep + static_cast<double>(pending_squares_[term]) / kFixedPoint;
    }
    num_pending_ = 0;
    pending_.fill(0);
    pending_squares_.fill(0);
  }
  const RatePrior standard = DefaultRatePrior();
  const double total = weight_ + kDefaultWeight;
  for (std::size_t term = 1; term < kNumFeatures; ++term) {
    const auto usual = static_cast<double>(standard.variance[term]);
    const double mean = sum_[term] / total;
    const double variance = (sum_squares_[term] + kDefaultWeight * usual) / total - mean * mean;
    prior_.mean[term] = static_cast<float>(mean);
    prior_.variance[term] =
        static_cast<float>(std::clamp(variance, kLeastVarianceShare * usual, 4.0 * usual));
  }
}

void SharedPrior::Save(ByteWriter& writer) const {
  writer.Number(weight_);
  for (std::size_t term = 0; term < kNumFeatures; ++term) {
    writer.Number(sum_[term]);
    writer.Number(sum_squares_[term]);
    writer.Number(prior_.mean[term]);
    writer.Number(prior_.variance[term]);
  }
}

Result<SharedPrior> SharedPrior::Load(ByteReader& reader) {
  SharedPrior shared;
  bool is_sound = true;
  const auto within = [&is_sound](double value, double least, double most) {
    is_sound = is_sound && value >= least && value <= most;  // false for NaN
  };
  TRIPLINE_TRY(shared.weight_, reader.Number<double>());
  within(shared.weight_, 0.0, 1e9);
  for (std::size_t term = 0; term < kNumFeatures; ++term) {
    TRIPLINE_TRY(shared.sum_[term], reader.Number<double>());
    TRIPLINE_TRY(shared.sum_squares_[term], reader.Number<double>());
    TRIPLINE_TRY(shared.prior_.mean[term], reader.Number<float>());
    TRIPLINE_TRY(shared.prior_.variance[term], reader.Number<float>());
    within(shared.sum_[term], -1e11, 1e11);
    within(shared.sum_squares_[term], 0.0, 1e13);
    within(static_cast<double>(shared.prior_.mean[term]), -40.0, 40.0);
    within(static_cast<double>(shared.prior_.variance[term]), 0.0, 100.0);
  }
  if (!is_sound) {
    return reader.Damaged("the numbers of a shared prior");
  }
  return shared;
}

}  // namespace tripline::runtime
