#include "runtime/anomaly/surprise_memory.h"

#include <algorithm>
#include <cmath>

namespace tripline::runtime {

namespace {

constexpr double kPriorBursts = 0.5;
constexpr double kPriorBuckets = 2000.0;
constexpr double kFreeBursts = 1.0;
constexpr float kRunShare = 0.25F;  // of a bucket that did not stand alone
constexpr double kPriorLogRatio = 0.5;
constexpr double kPriorWeight = 10.0;
constexpr double kMaxLogRatio = 1.5;      // so that one giant burst does not excuse all later ones
constexpr double kLeastSuspicion = 1e-3;  // chance of a burst when it is asked what a count was

}  // namespace

double SurpriseMemory::Bursts::Tail(double ratio) const {
  return chance * std::pow(std::max(ratio, 1.0), -1.0 / mean_log_ratio);
}

double SurpriseMemory::Bursts::Responsibility(double count, double rate, double mass) const {
  const double log_ratio = std::log(std::max(count, 1e-9) / rate);
  if (log_ratio <= 0.0) {
    return 0.0;
  }
  const double burst_mass =
      std::exp(-log_ratio / mean_log_ratio) / (mean_log_ratio * std::max(count, 1.0));
  const double suspicion = std::max(chance, kLeastSuspicion) * burst_mass;
  return suspicion / (suspicion + mass + 1e-300);
}

SurpriseMemory::Bursts SurpriseMemory::PredictBursts() const {
  const auto bursts = static_cast<double>(num_bursts_);
  Bursts answer;
  answer.chance = (kPriorBursts + std::max(0.0, bursts - kFreeBursts)) /
                  (kPriorBuckets + static_cast<double>(num_buckets_));
  answer.mean_log_ratio = (kPriorLogRatio * kPriorWeight + static_cast<double>(sum_log_ratios_)) /
                          (kPriorWeight + bursts);
  return answer;
}

void SurpriseMemory::ConfirmBurst() {
  num_bursts_ += (1.0F - kRunShare) * unconfirmed_;
  sum_log_ratios_ += (1.0F - kRunShare) * unconfirmed_ * unconfirmed_log_ratio_;
}

void SurpriseMemory::LearnBucket(double responsibility, double log_ratio, double keep) {
  const auto kept = static_cast<float>(keep);
  num_bursts_ *= kept;
  sum_log_ratios_ *= kept;
  num_buckets_ = num_buckets_ * kept + 1.0F;
  unconfirmed_ = static_cast<float>(responsibility);
  unconfirmed_log_ratio_ = static_cast<float>(std::clamp(log_ratio, 0.0, kMaxLogRatio));
  num_bursts_ += kRunShare * unconfirmed_;
  sum_log_ratios_ += kRunShare * unconfirmed_ * unconfirmed_log_ratio_;
}

void SurpriseMemory::RememberOutlier(std::int64_t index, double log_ratio) {
  indexes_[next_] = static_cast<std::uint32_t>(index);
  log_ratios_[next_] = static_cast<float>(std::clamp(log_ratio, -30.0, 30.0));
  next_ = static_cast<std::uint32_t>((next_ + 1) % kNumOutliers);
}

bool SurpriseMemory::IsSound() const {
  const bool has_sums = num_bursts_ >= 0.0F && num_buckets_ >= 0.0F && num_buckets_ <= 1e9F &&
                        num_bursts_ <= num_buckets_ + 1.0F && sum_log_ratios_ >= 0.0F &&
                        sum_log_ratios_ <= 2.0F * num_bursts_ + 1.0F && unconfirmed_ >= 0.0F &&
                        unconfirmed_ <= 1.0F && unconfirmed_log_ratio_ >= 0.0F &&
                        unconfirmed_log_ratio_ <= 2.0F;
  return has_sums && next_ < kNumOutliers &&
         std::all_of(
             log_ratios_.begin(), log_ratios_.end(),
             [](float ratio) { return std::abs(ratio) <= 30.0F; });
}

}  // namespace tripline::runtime
