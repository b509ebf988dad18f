#include "runtime/anomaly/tail_calibrator.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr double kMemoryDays = 20.0;  // models grow better: their first weeks must not stay
constexpr double kPerfectBuckets = 2000.0;
// Buckets beyond s that an estimate of E(s) needs; fewer beyond 8, where the question is only
// whether a large job does such things at all.
constexpr double kEnough = 20.0;
constexpr double kEnoughFar = 12.0;
constexpr double kUsualFrom = 4.0;  // the usual slope is that of the far tail
constexpr double kBendEnds = 4.75;
constexpr double kSlopeWeight = 60.0;  // buckets' worth of the usual slope
constexpr double kMinSlope = 0.05;
constexpr double kMaxSlope = 1.1;
// Of the mixture: from where on, how many buckets' worth of the usual slope, and rounds of fitting
// (forty give the same recall and calibration within 3 %).
constexpr double kMixtureFrom = 3.25;
constexpr double kMixtureWeight = 300.0;
constexpr int kMixtureRounds = 12;
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

// By how many powers of ten a tail falls from `before` to `after` buckets, shrunk to the usual.
double Slope(double before, double after, double usual) {
  if (after <= 0.0) {
    return usual;
  }
  return (after * std::log10(before / after) + kSlopeWeight * usual) / (after + kSlopeWeight);
}

// Where anomalies lie: seldom at the body's end, evenly from s = 5 to 8, some far beyond.
std::array<double, kEnds.size()> SpreadOfAnomalies() {
  std::array<double, kEnds.size()> spread{};
  double sum = 0.0;
  for (std::size_t bin = BinOf(kMixtureFrom); bin < kEnds.size(); ++bin) {
    spread[bin] = bin < kFineBins ? std::min(0.25 + (kEnds[bin] - 3.0) * 0.375, 1.0) : 0.3;
    sum += spread[bin];
  }
  for (double& part : spread) {
    part /= sum;
  }
  return spread;
}

}  // namespace

TailCalibrator::TailCalibrator(const AnomalyAllowance& allowance, double usual_slope)
    : allowance_(allowance), usual_slope_(usual_slope) {
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
    if (kEnds[last_] < kUsualFrom && s > kUsualFrom) {
      log_tail -= (usual_slope_ - 1.0) * (s - kUsualFrom);
    }
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

double TailCalibrator::AllowedAnomalies(double buckets_per_week) const {
  const double series_weeks = num_buckets_ / buckets_per_week;
  const double job_weeks = std::max(days_ / 7.0, 1e-3);
  const double of_large_job = std::min(1.0, kLargeJob * job_weeks / std::max(series_weeks, 1e-3));
  return std::min(allowance_.per_series_week * series_weeks,
                  allowance_.per_job_week * job_weeks * of_large_job);
}

// Of the counts of each bin, the part that is anomalies. The ordinary tail falls by `keep` from bin
// to bin, so its buckets' mean bin is keep / (1 - keep): the M step has a closed form.
std::array<double, TailCalibrator::kNumBins> TailCalibrator::ShareOfAnomalies(
    double allowed) const {
  static const std::array<double, kNumBins> kSpread = SpreadOfAnomalies();
  const double usual_keep = std::pow(10.0, -usual_slope_ / static_cast<double>(kStepsPerUnit));
  const std::size_t from = BinOf(kMixtureFrom);
  std::array<double, kNumBins> share{};
  const double total =
      std::accumulate(counts_.begin() + static_cast<std::ptrdiff_t>(from), counts_.end(), 0.0);
  double anomalies = 0.5 * std::min(allowed, total);
  double keep = usual_keep;
  double found = 0.0;
  for (int round = 0; round < kMixtureRounds; ++round) {
    double ordinary = std::max(total - anomalies, 0.1) * (1.0 - keep);
    double sum = kMixtureWeight;
    double sum_bins = kMixtureWeight * usual_keep / (1.0 - usual_keep);
    found = 0.0;
    for (std::size_t bin = from; bin < kNumBins; ++bin) {
      const double odd = anomalies * kSpread[bin];
      share[bin] = odd / (odd + ordinary + 1e-12);
      found += counts_[bin] * share[bin];
      const double rest = counts_[bin] * (1.0 - share[bin]);
      sum += rest;
      sum_bins += rest * static_cast<double>(bin - from);
      ordinary *= keep;
    }
    anomalies = std::min(found, allowed);
    keep = std::clamp(sum_bins / (sum + sum_bins), 0.5, 0.8);
  }
  if (found > allowed) {
    for (double& part : share) {
      part *= allowed / found;
    }
  }
  return share;
}

void TailCalibrator::Fit(double buckets_per_week) {
  const std::array<double, kNumBins> share = ShareOfAnomalies(AllowedAnomalies(buckets_per_week));
  std::array<double, kNumBins + 1> beyond{};
  for (std::size_t bin = kNumBins; bin-- > 0;) {
    beyond[bin] = beyond[bin + 1] + counts_[bin] * (1.0 - share[bin]);
  }
  last_ = 0;
  for (std::size_t bin = 0; bin < kNumBins; ++bin) {
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
  // In between lies the bend; a job that is read beyond has shown where its tail goes.
  const bool is_in_bend = kEnds[last_] >= kUsualFrom && kEnds[last_] < kBendEnds;
  const double usual = is_in_bend ? usual_slope_ : 1.0;
  slope_ =
      last_ > from ? Slope(beyond[from], beyond[last_], usual) / (kEnds[last_] - kEnds[from]) : 1.0;
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

Result<TailCalibrator> TailCalibrator::Load(ByteReader& reader, const AnomalyAllowance& allowance,
                                            double usual_slope) {
  TailCalibrator calibrator(allowance, usual_slope);
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
