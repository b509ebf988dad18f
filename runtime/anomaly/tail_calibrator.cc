#include "runtime/anomaly/tail_calibrator.h"

#include <algorithm>
#include <cmath>

namespace tripline::runtime {

namespace {

constexpr double kMemoryDays = 56.0;
constexpr double kPerfectBuckets = 2000.0;
constexpr double kEnough = 30.0;       // buckets beyond s that an estimate of E(s) needs
constexpr double kSlopeWeight = 30.0;  // buckets' worth of slope 1
constexpr double kMinSlope = 0.4;
constexpr double kMaxSlope = 1.1;
constexpr double kAnomalous = 4.0;

// By how many powers of ten a tail falls from `before` to `after` buckets, shrunk to 1.
double Slope(double before, double after) {
  if (after <= 0.0) {
    return 1.0;
  }
  return (after * std::log10(before / after) + kSlopeWeight) / (after + kSlopeWeight);
}

}  // namespace

TailCalibrator::TailCalibrator(const AnomalyAllowance& allowance) : allowance_(allowance) {
  Fit(672.0);
}

double TailCalibrator::Calibrate(double probability) const {
  const double s = -std::log10(std::clamp(probability, 1e-300, 1.0));
  double log_tail = 0.0;
  const double at = (s - kFrom) * kStepsPerUnit;
  if (at <= 0.0) {
    log_tail = s / kFrom * log_tail_[0];
  } else if (at < static_cast<double>(last_)) {
    const auto bin = static_cast<std::size_t>(at);
    const double part = at - static_cast<double>(bin);
    log_tail = log_tail_[bin] * (1.0 - part) + log_tail_[bin + 1] * part;
  } else {
    log_tail = log_tail_[last_] - slope_ * (at - static_cast<double>(last_)) / kStepsPerUnit;
  }
  return std::clamp(std::pow(10.0, log_tail), 1e-300, 1.0);
}

void TailCalibrator::Observe(double probability) {
  const double s = -std::log10(std::clamp(probability, 1e-300, 1.0));
  num_buckets_ += 1.0;
  if (s > kFrom) {
    const double at = std::min((s - kFrom) * kStepsPerUnit, static_cast<double>(kNumBins));
    counts_[static_cast<std::size_t>(at)] += 1.0;
  }
}

void TailCalibrator::Advance(double days, double buckets_per_week) {
  Fit(buckets_per_week);
  const double keep = std::exp(-days / kMemoryDays);
  num_buckets_ *= keep;
  days_ = days_ * keep + days;
  for (double& count : counts_) {
    count *= keep;
  }
}

void TailCalibrator::Fit(double buckets_per_week) {
  std::array<double, kNumBins + 2> beyond{};
  for (std::size_t bin = kNumBins + 1; bin-- > 0;) {
    beyond[bin] = beyond[bin + 1] + counts_[bin];
  }
  const auto perfect = [](std::size_t bin) {
    const double s = kFrom + static_cast<double>(bin) / kStepsPerUnit;
    return kPerfectBuckets * std::pow(10.0, -s);
  };
  // What the decade before s = 4 lets expect beyond it; the rest there is anomalies, if allowed.
  constexpr std::size_t kBody = BinOf(kAnomalous - 1.0);
  constexpr std::size_t kDeep = BinOf(kAnomalous);
  // Decades on their own (not all that lies beyond), so that the anomalies do not widen them.
  const double before = beyond[kBody - kStepsPerUnit] - beyond[kBody];
  const double body = beyond[kBody] - beyond[kDeep];
  const double fall = std::pow(10.0, -std::max(kMinSlope, Slope(before, body)));
  const double expected = body * fall / (1.0 - fall);
  const double allowed = std::min(allowance_.per_series_week * num_buckets_ / buckets_per_week,
                                  allowance_.per_job_week * days_ / 7.0);
  const double anomalies = std::clamp(beyond[kDeep] - expected, 0.0, allowed);

  last_ = 0;
  for (std::size_t bin = 0; bin <= kNumBins; ++bin) {
    beyond[bin] = std::max(0.0, beyond[bin] - anomalies);
    log_tail_[bin] =
        std::log10(std::max(beyond[bin] + perfect(bin), 1e-12) / (num_buckets_ + kPerfectBuckets));
    if (beyond[bin] >= kEnough) {
      last_ = bin;
    }
  }
  const std::size_t from = last_ >= kStepsPerUnit ? last_ - kStepsPerUnit : 0;
  slope_ = last_ > from ? Slope(beyond[from], beyond[last_]) * kStepsPerUnit /
                              static_cast<double>(last_ - from)
                        : 1.0;
  slope_ = std::clamp(slope_, kMinSlope, kMaxSlope);
}

void TailCalibrator::Save(ByteWriter& writer) const {
  writer.Number(num_buckets_);
  writer.Number(days_);
  for (const double count : counts_) {
    writer.Number(count);
  }
  for (const double value : log_tail_) {
    writer.Number(value);
  }
  writer.Number(static_cast<std::uint32_t>(last_));
  writer.Number(slope_);
}

Result<TailCalibrator> TailCalibrator::Load(ByteReader& reader, const AnomalyAllowance& allowance) {
  TailCalibrator calibrator(allowance);
  bool is_sound = true;
  const auto within = [&is_sound](double value, double least, double most) {
    is_sound = is_sound && value >= least && value <= most;  // false for NaN
  };
  TRIPLINE_TRY(calibrator.num_buckets_, reader.Number<double>());
  TRIPLINE_TRY(calibrator.days_, reader.Number<double>());
  within(calibrator.num_buckets_, 0.0, 1e18);
  within(calibrator.days_, 0.0, 1e6);
  for (double& count : calibrator.counts_) {
    TRIPLINE_TRY(count, reader.Number<double>());
    within(count, 0.0, 1e18);
  }
  for (double& value : calibrator.log_tail_) {
    TRIPLINE_TRY(value, reader.Number<double>());
    within(value, -400.0, 1.0);
  }
  TRIPLINE_TRY(const std::uint32_t last, reader.Number<std::uint32_t>());
  TRIPLINE_TRY(calibrator.slope_, reader.Number<double>());
  within(last, 0.0, static_cast<double>(kNumBins));
  within(calibrator.slope_, kMinSlope, kMaxSlope);
  if (!is_sound) {
    return reader.Damaged("the numbers of a tail calibrator");
  }
  calibrator.last_ = last;
  return calibrator;
}

}  // namespace tripline::runtime
