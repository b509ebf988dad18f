#include "runtime/anomaly/tail_calibrator.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr double kMemoryDays = 56.0;
constexpr double kPerfectBuckets = 2000.0;
// Buckets beyond s that an estimate of E(s) needs; fewer beyond 8, where the question is only
// whether a large job does such things at all.
constexpr double kEnough = 30.0;
constexpr double kEnoughFar = 12.0;
constexpr double kSlopeWeight = 30.0;  // buckets' worth of slope 1
constexpr double kMinSlope = 0.05;
constexpr double kMaxSlope = 1.1;
constexpr double kAnomalous = 4.0;
// Above this many series the allowance of the job falls in inverse proportion: the alarms that such
// a job may give rest on so few buckets that what comes twenty times a week must count as its
// normal.
constexpr double kLargeJob = 1000.0;

// Lower ends of the bins. The far ones matter to large jobs, whose one alarm a week lies beyond all
// that a small job ever sees.
constexpr std::array<double, 40> kEnds = {
    1.0, 1.25, 1.5,  1.75, 2.0,  2.25, 2.5,  2.75, 3.0,  3.25,  3.5,   3.75, 4.0, 4.25,
    4.5, 4.75, 5.0,  5.25, 5.5,  5.75, 6.0,  6.25, 6.5,  6.75,  7.0,   7.25, 7.5, 7.75,
    8.0, 10.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0, 256.0};
constexpr std::size_t kStepsPerUnit = 4;
constexpr std::size_t kFineBins = 28;

// The bin that holds s >= 1.
std::size_t BinOf(double s) {
  if (s < kEnds[kFineBins]) {
    return static_cast<std::size_t>((s - kEnds[0]) * static_cast<double>(kStepsPerUnit));
  }
  std::size_t bin = kFineBins;
  while (bin + 1 < kEnds.size() && s >= kEnds[bin + 1]) {
    ++bin;
  }
  return bin;
}

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
  const double s = -FastLog(std::clamp(probability, 1e-300, 1.0)) * std::numbers::log10e;
  double log_tail = 0.0;
  if (s <= kEnds[0]) {
    log_tail = s / kEnds[0] * log_tail_[0];
  } else if (s < kEnds[last_]) {
    const std::size_t bin = BinOf(s);
    const double part = (s - kEnds[bin]) / (kEnds[bin + 1] - kEnds[bin]);
    log_tail = log_tail_[bin] * (1.0 - part) + log_tail_[bin + 1] * part;
  } else {
    log_tail = log_tail_[last_] - slope_ * (s - kEnds[last_]);
  }
  return std::clamp(FastExp(log_tail * std::numbers::ln10), 1e-300, 1.0);
}

void TailCalibrator::Observe(double probability) {
  num_buckets_ += 1.0;
  if (probability >= 0.1) {
    return;
  }
  counts_[BinOf(std::max(kEnds[0], -std::log10(std::max(probability, 1e-300))))] += 1.0;
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
  std::array<double, kNumBins + 1> beyond{};
  for (std::size_t bin = kNumBins; bin-- > 0;) {
    beyond[bin] = beyond[bin + 1] + counts_[bin];
  }
  // What the decade before s = 4 lets expect beyond it; the rest there is anomalies, if allowed.
  const std::size_t body_bin = BinOf(kAnomalous - 1.0);
  const std::size_t deep_bin = BinOf(kAnomalous);
  // Decades on their own (not all that lies beyond), so that the anomalies do not widen them.
  const double before = beyond[body_bin - kStepsPerUnit] - beyond[body_bin];
  const double body = beyond[body_bin] - beyond[deep_bin];
  const double fall = std::pow(10.0, -std::max(0.4, Slope(before, body)));
  const double expected = body * fall / (1.0 - fall);
  const double series_weeks = num_buckets_ / buckets_per_week;
  const double job_weeks = std::max(days_ / 7.0, 1e-3);
  const double of_large_job = std::min(1.0, kLargeJob * job_weeks / std::max(series_weeks, 1e-3));
  const double allowed = std::min(allowance_.per_series_week * series_weeks,
                                  allowance_.per_job_week * job_weeks * of_large_job);
  const double anomalies = std::clamp(beyond[deep_bin] - expected, 0.0, allowed);

  last_ = 0;
  for (std::size_t bin = 0; bin < kNumBins; ++bin) {
    beyond[bin] = std::max(0.0, beyond[bin] - anomalies);
    const double perfect = kPerfectBuckets * std::pow(10.0, -kEnds[bin]);
    log_tail_[bin] =
        std::log10(std::max(beyond[bin] + perfect, 1e-300) / (num_buckets_ + kPerfectBuckets));
    if (beyond[bin] >= (bin <= kFineBins ? kEnough : kEnoughFar)) {
      last_ = bin;
    }
  }
  std::size_t from = last_;
  while (from > 0 && kEnds[last_] - kEnds[from] < 1.0) {
    --from;
  }
  slope_ = last_ > from ? Slope(beyond[from], beyond[last_]) / (kEnds[last_] - kEnds[from]) : 1.0;
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
  within(last, 0.0, static_cast<double>(kNumBins - 1));
  within(calibrator.slope_, kMinSlope, kMaxSlope);
  if (!is_sound) {
    return reader.Damaged("the numbers of a tail calibrator");
  }
  calibrator.last_ = last;
  return calibrator;
}

}  // namespace tripline::runtime
