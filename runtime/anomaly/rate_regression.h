// RateRegression: the slow part of a series' expectation: level, time of day and weekend as one
// regression of the logarithm of the rate, with the uncertainty of every term.
//
// Estimand: b in ln rate(t) = x(t)' b, where x(t) are the calendar's features. b wanders slowly.
// Formula: a Gaussian belief over b (mean, covariance). A count y of expectation m moves it along
// P x by ln((a + w y) / (a + w m)) with a = 1 / x'Px, the gamma-Poisson update of a rate known to a
// relative variance x'Px; w is the worth of one event, 1 / (1 + m (dispersion + drift)).
// That is the phasing in of seasons: a wave that the counts have not yet shown keeps its prior
// mean (runtime/anomaly/shared_prior.h) and variance, and so widens the forecast instead of
// inventing a profile.
// Space: 16 means and the lower half of the covariance in blocks of four: 704 bytes.
// Cost: two passes over the covariance, about 100 ns together.
// Method: the linear Bayes update of dynamic generalized linear models (West, Harrison, Migon
// 1985).
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>

#include "runtime/anomaly/bucket_calendar.h"

namespace tripline::runtime {

/// Where a new series begins: independent terms.
struct RatePrior {
  Features mean{};
  Features variance{};
};

[[nodiscard]] RatePrior DefaultRatePrior();

class RateRegression {
 public:
  static constexpr int kNumBlocks = kNumFeatures / 4;
  static constexpr int kCovarianceSize = 16 * (1 + 2 + 3 + 4);

  /// What the belief says at one bucket.
  struct Forecast {
    double log_rate = 0.0;
    double variance = 0.0;  // of log_rate, at least 1e-6
    bool is_sane = true;    // false: rounding has worn out the covariance, start it again
    alignas(16) Features direction{};  // P x: how each term leans on this bucket
  };

  void Start(const RatePrior& prior);
  /// Forgets how well the terms are known, but not the terms.
  void StartCovariance(const RatePrior& prior);
  [[nodiscard]] Forecast Predict(const Features& features, double days) const;
  [[nodiscard]] double LogRate(const Features& features) const;
  /// Takes in one count: `step` is how far ln rate moves, `variance` what is left of its variance.
  void Learn(const Forecast& forecast, double step, double variance);
  /// Lets `days` of slow wandering pass; no term becomes less known than a new series' is.
  void Drift(double days, const RatePrior& prior);
  /// A change of level that was found by other means.
  void MoveLevel(double step);

  [[nodiscard]] const Features& mean() const { return mean_; }
  [[nodiscard]] double Variance(int term) const;
  /// False if a number is not finite or no covariance could hold it.
  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  alignas(16) Features mean_{};
  // Row by row; row i holds columns 0 .. 4 (i / 4) + 3, so the diagonal's blocks are whole.
  alignas(16) std::array<float, kCovarianceSize> covariance_{};
  float pending_days_ = 0.0F;  // of drift, not yet in the covariance
};

}  // namespace tripline::runtime
