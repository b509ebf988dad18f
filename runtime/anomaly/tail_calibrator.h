// TailCalibrator: makes a job's probabilities mean what they say, from the job's own past ones.
//
// Estimand: E(s) = P(-log10 p > s) over the ordinary buckets of all series, p the models'
// probability; a calibrated p is E(-log10 p). With perfect models E(s) = 10^-s. Formula: faded
// counts (three weeks) over s in steps of 1/4 from 1 to 8, read where at least 20 buckets lie
// beyond s and 2,000 buckets' worth of perfect ones are mixed in; beyond, a straight line in log10
// E whose slope is that of the last decade, shrunk to 1 and, beyond s = 4,
// to what is usual, and kept in [0.05, 1.1].
// Anomalies are in the counts, too. Beyond s = 3.25 the counts are taken for a mixture: a tail that
// falls evenly, and anomalies that lie widely spread (a spike may be of any height). Its two
// unknowns are fitted by expectation maximisation, and what is likelier an anomaly is left out, up
// to 0.3 a series-week and 20 a job-week (less from 1,000 series on); more than that is what the
// job does. A run of odd buckets counts once (the caller leaves the rest out). Calibrate sees only
// buckets before. Error: with n ordinary buckets the relative error of E is about 1 / sqrt(n E)
// down to E = 20 / n, and grows with the distance beyond. Space: 700 bytes. Valid: p in (0, 1].
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
  /// `usual_slope`: by how many powers of ten E falls for each of p's beyond 1e-4, where counts do
  /// not say; 1 for perfect models.
  explicit TailCalibrator(const AnomalyAllowance& allowance = {}, double usual_slope = 1.0);

  [[nodiscard]] double Calibrate(double probability) const;
  /// Notes one bucket of one series. Takes effect with the next Advance.
  void Observe(double probability);
  /// A bucket of all series is over: `days` of time, of which a week has `buckets_per_week`
  /// buckets.
  void Advance(double days, double buckets_per_week);

  void Save(ByteWriter& writer) const;
  [[nodiscard]] static Result<TailCalibrator> Load(ByteReader& reader,
                                                   const AnomalyAllowance& allowance,
                                                   double usual_slope = 1.0);

 private:
  static constexpr std::size_t kNumBins = 40;

  void Fit(double buckets_per_week);
  [[nodiscard]] double AllowedAnomalies(double buckets_per_week) const;
  [[nodiscard]] std::array<double, kNumBins> ShareOfAnomalies(double allowed) const;

  AnomalyAllowance allowance_;
  double usual_slope_;
  double num_buckets_ = 0.0;  // faded
  double days_ = 0.0;         // faded
  std::array<double, kNumBins> counts_{};
  // The fit: log10 E at the bins' lower ends up to `last_`, then the slope.
  std::array<double, kNumBins> log_tail_{};
  std::size_t last_ = 0;
  double slope_ = 1.0;
};

}  // namespace tripline::runtime
