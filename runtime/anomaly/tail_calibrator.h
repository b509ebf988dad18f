// TailCalibrator: makes a job's probabilities mean what they say, from the job's own past ones.
//
// Estimand: E(s) = P(-log10 p > s) over the ordinary buckets of all series, p the models'
// probability; a calibrated p is E(-log10 p). With perfect models E(s) = 10^-s. Formula: faded
// counts (eight weeks) over s in steps of 1/4 from 1 to 8, read where at least 30 buckets lie
// beyond s and 2,000 buckets' worth of perfect ones are mixed in; beyond, a straight line in log10
// E whose slope is that of the last decade, shrunk to 1 and kept in [0.05, 1.1]. Robust: what lies
// beyond s = 4 in excess of what the decade before lets expect is held for anomalies, and left out,
// up to 0.3 a series-week and 20 a job-week (less from 1,000 series on); more than that is what the
// job does. A run of odd buckets counts once (the caller leaves the rest out). Calibrate sees only
// buckets before. Error: with n ordinary buckets the relative error of E is about 1 / sqrt(n E)
// down to E = 30 / n, and grows with the distance beyond. Space: 700 bytes. Valid: p in (0, 1].
//
// Thread-safety: Calibrate is const; the rest needs the calibrator alone.
#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"

namespace tripline::runtime {

/// How many buckets may be held for anomalies, and so teach the tail nothing.
struct AnomalyAllowance {
  double per_series_week = 0.3;
  double per_job_week = 20.0;
};

class TailCalibrator {
 public:
  explicit TailCalibrator(const AnomalyAllowance& allowance = {});

  [[nodiscard]] double Calibrate(double probability) const;
  /// Notes one bucket of one series. Takes effect with the next Advance.
  void Observe(double probability);
  /// A bucket of all series is over: `days` of time, of which a week has `buckets_per_week`
  /// buckets.
  void Advance(double days, double buckets_per_week);

  void Save(ByteWriter& writer) const;
  [[nodiscard]] static Result<TailCalibrator> Load(ByteReader& reader,
                                                   const AnomalyAllowance& allowance);

 private:
  static constexpr std::size_t kNumBins = 40;

  void Fit(double buckets_per_week);

  AnomalyAllowance allowance_;
  double num_buckets_ = 0.0;  // faded
  double days_ = 0.0;         // faded
  std::array<double, kNumBins> counts_{};
  // The fit: log10 E at the bins' lower ends up to `last_`, then the slope.
  std::array<double, kNumBins> log_tail_{};
  std::size_t last_ = 0;
  double slope_ = 1.0;
};

}  // namespace tripline::runtime
