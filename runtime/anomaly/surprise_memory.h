// SurpriseMemory: what a series' past surprises say about the next one: how often it bursts of its
// own accord and how high, and which outliers stood here a day or a week ago.
//
// Bursts. Estimand: the chance e that a bucket bursts, and the mean k of ln(count / rate) of
// bursts, so that P(burst above r times the rate) = r^(-1/k). Formula: e = (0.5 + max(0, n - 1)) /
// (2000 + buckets), k = (5 + sum of ln ratios, each at most 1.5) / (10 + n), with n the faded sum
// of the chances that a bucket was a burst rather than scatter. A burst mostly stands alone: one
// that the next bucket goes on with was more likely an error of the forecast, or an anomaly of
// several buckets, and counts a quarter. One burst in six weeks is held for an anomaly and teaches
// nothing. Valid: e stays below 0.5. Returns. The last twelve outliers with their ln ratios. One of
// a like size exactly a day or a week later is no surprise; one of another size is. Space: 124
// bytes.
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tripline::runtime {

class SurpriseMemory {
 public:
  static constexpr std::size_t kNumOutliers = 12;

  struct Bursts {
    double chance = 0.0;
    double mean_log_ratio = 0.5;

    /// P(burst, and above `ratio` times the rate), ratio >= 1.
    [[nodiscard]] double Tail(double ratio) const;
    /// The chance that `count` was a burst, given its probability without one.
    [[nodiscard]] double Responsibility(double count, double rate, double mass) const;
  };

  [[nodiscard]] Bursts PredictBursts() const;
  /// The bucket of LearnBucket before: it stood alone.
  void ConfirmBurst();
  /// `responsibility` 0 for a bucket that takes no part. It counts a quarter, and wholly if it is
  /// confirmed before the next LearnBucket.
  void LearnBucket(double responsibility, double log_ratio, double keep);

  void RememberOutlier(std::int64_t index, double log_ratio);
  /// Calls `visit(log_ratio)` for every outlier exactly `distance` buckets before `index`.
  template <class Visit>
  void ForEachOutlier(std::int64_t index, std::int64_t distance, Visit visit) const {
    for (std::size_t i = 0; i < kNumOutliers; ++i) {
      // Modulo 2^32: a span of a second keeps its distances apart for 136 years.
      if (log_ratios_[i] != 0.0F &&
          static_cast<std::uint32_t>(index) - indexes_[i] == static_cast<std::uint32_t>(distance)) {
        visit(static_cast<double>(log_ratios_[i]));
      }
    }
  }
  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  float num_bursts_ = 0.0F;
  float sum_log_ratios_ = 0.0F;
  float num_buckets_ = 0.0F;
  float unconfirmed_ = 0.0F;  // responsibility of the last bucket, and its ln ratio
  float unconfirmed_log_ratio_ = 0.0F;
  std::array<std::uint32_t, kNumOutliers> indexes_{};
  std::array<float, kNumOutliers> log_ratios_{};  // 0: no outlier
  std::uint32_t next_ = 0;
};

}  // namespace tripline::runtime
