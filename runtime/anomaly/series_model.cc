// Score and Learn of one series; the parts have files of their own. What this file decides: which
// explanations of a count compete (scatter, burst, return of an outlier, return to the usual
// course), how far an odd count is believed, and when a lasting oddity becomes the new usual
// course.
#include "runtime/anomaly/series_model.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "runtime/anomaly/count_law.h"
#include "runtime/anomaly/fast_math.h"
#include "runtime/anomaly/float_lanes.h"

namespace tripline::runtime {

namespace {

constexpr double kExactFrom = 1.5;  // surprises below this are told well enough by their cube root

// Explanations that compete with scatter, with their chances.
constexpr double kChanceBackToUsual =
    0.03;                           // in any bucket, of a series away from its usual course
constexpr double kOffCourse = 0.2;  // ln rate
constexpr double kChanceOfReturn = 0.3;

// An odd count is believed fully down to p = 1e-3 and hardly below 1e-5, as it may be an attack;
// but from the eighth odd bucket in a row on it is what the series now does.
constexpr double kBelievedTail = 1e-3;
constexpr double kDoubtedTail = 1e-5;
constexpr double kLeastTrust = 0.01;
constexpr int kOddRun = 8;
constexpr int kJumpRun = 14;
constexpr std::int16_t kMaxOddBuckets = 1000;

constexpr double kRestDays = 0.5;
constexpr float kFormerCourseDays = 10.0F;
constexpr double kShiftLevel = 0.35;  // ln rate: 40 % off the usual course, for a day
constexpr double kLongRunFactor = 10.0;
constexpr double kMaxDrift = 0.09;
constexpr std::uint32_t kCellsFrom = 24;  // buckets
constexpr double kMostCellRatio = 8.0;
constexpr double kMostLearnedRatio = 30.0;
constexpr double kCellShare = 0.5;

constexpr int kClockCells = 4;  // an hour
constexpr double kClockEvidence = 12.0;
constexpr std::int8_t kMaxClockShift = 8;

constexpr double kMultiKeep = 0.9;
constexpr double kMultiVariance = 5.26;  // 1 / (1 - 0.9^2): of independent surprises
constexpr std::uint32_t kMultiFrom = 12;
constexpr double kOrdinaryTail = 0.01;  // after a burst, a count above this ends it
constexpr std::uint32_t kBurstsFrom = 100;
constexpr std::uint32_t kOutliersFrom = 20;

bool IsMissing(CountFunction function) { return function.empty == EmptyBuckets::kMissing; }

// The cube root of a gamma variable is nearly normal (Wilson and Hilferty). `root` is that of
// count / rate.
double Surprise(double root, double rate, double dispersion) {
  const double variance = 1.0 / std::max(rate, 1e-3) + dispersion;
  const double center = 1.0 - variance / 9.0;
  return std::clamp((root - center) * 3.0 / std::sqrt(variance), -8.0, 8.0);
}

}  // namespace

void SeriesModel::Start(const RatePrior& prior) {
  *this = SeriesModel();
  regression_.Start(prior);
  levels_.Start();
  multi_variance_ = static_cast<float>(kMultiVariance);
}

int SeriesModel::LocalCell(BucketPoint point, int moved) const {
  return (point.week_cell + clock_shift_ + moved + kWeekCells) % kWeekCells;
}

Assessment SeriesModel::Score(const BucketCalendar& calendar, CountFunction function,
                              BucketPoint point, double count) const {
  Assessment a;
  a.is_usable = count >= 0.0 && (count > 0.0 || !IsMissing(function));
  if (!a.is_usable) {
    return a;
  }
  a.count = std::min(count, kMaxCount);
  a.week_cell = LocalCell(point, 0);
  a.passage = calendar.After(
      num_learned_ == 0 || point.index <= last_index_ ? 1 : point.index - last_index_);
  a.slow = regression_.Predict(calendar.FeaturesAt(a.week_cell), a.passage.days);
  a.cells = cells_.Predict(a.week_cell);
  a.levels = levels_.Predict(a.passage);
  a.usual_log_rate = a.slow.log_rate + static_cast<double>(a.cells.day + a.cells.week);
  const double log_count = a.count > 0.0 ? FastLog(a.count) : kLeastLogRate;
  const double log_rate =
      std::clamp(a.usual_log_rate + a.levels.level, kLeastLogRate, kMostLogRate);
  a.log_ratio = log_count - log_rate;
  const Double2 rates =
      FastExp(Double2{log_rate, std::clamp(a.usual_log_rate, kLeastLogRate, kMostLogRate)});
  const double root = a.count > 0.0 ? FastExp(a.log_ratio / 3.0) : 0.0;
  a.rate = rates[0];
  a.usual_rate = rates[1];
  a.shapes = shapes_.Predict(a.slow.variance, IsMissing(function));
  a.surprise = Surprise(root, a.rate, a.shapes.dispersion + std::min(a.slow.variance, 9.0));
  a.typical = LawOfCount(a.rate, std::max(a.shapes.dispersion, 1e-4), IsMissing(function)).mean;
  a.likelihood = ShapeMixture::Explain(a.shapes, a.count, a.rate);
  const Double2 tails =
      FastNormalUpperTail(Double2{std::abs(a.surprise), MultiBucketDeviate(a.surprise, function)});
  a.scatter_tail = tails[0];
  const double above = a.surprise > 0.0 ? a.scatter_tail : 1.0 - a.scatter_tail;
  if (num_learned_ == 0) {
    return a;
  }
  const double upper = a.surprise < kExactFrom ? above : UpperProbability(a, calendar, point);
  double probability = upper;
  if (function.direction != Direction::kHigh) {
    const double lower = a.surprise > -kExactFrom ? 1.0 - above : LowerProbability(a);
    probability = function.direction == Direction::kLow ? lower : 2.0 * std::min(lower, upper);
  }
  a.probability = std::clamp(probability, 1e-300, 1.0);
  if (num_learned_ >= kMultiFrom) {
    a.multi_bucket_probability = function.direction == Direction::kBoth ? 2.0 * tails[1] : tails[1];
  }
  return a;
}

double SeriesModel::MultiBucketDeviate(double surprise, CountFunction function) const {
  const double sum = kMultiKeep * static_cast<double>(multi_sum_) + std::clamp(surprise, -4.0, 4.0);
  const double deviate = sum / std::sqrt(static_cast<double>(multi_variance_));
  return function.direction == Direction::kHigh  ? deviate
         : function.direction == Direction::kLow ? -deviate
                                                 : std::abs(deviate);
}

double SeriesModel::UpperProbability(Assessment& a, const BucketCalendar& calendar,
                                     BucketPoint point) const {
  a.scatter_tail = a.shapes.UpperTail(a.count, a.rate);
  double probability = a.scatter_tail;
  if (probability >= 0.05) {
    return probability;
  }
  const SurpriseMemory::Bursts bursts = surprises_.PredictBursts();
  probability = probability * (1.0 - bursts.chance) + bursts.Tail(a.count / (a.rate + 1.0));
  const double resting = static_cast<double>(std::max({0.0F, resting_level_, former_course_}));
  if (a.levels.level < resting - kOffCourse) {
    const double usual = a.shapes.UpperTail(a.count, RateOf(a.usual_log_rate + resting));
    probability = probability * (1.0 - kChanceBackToUsual) + kChanceBackToUsual * usual;
  }
  const double of_return = ChanceOfReturn(a, calendar, point);
  a.is_return = of_return > 0.01;
  return probability + of_return;
}

double SeriesModel::LowerProbability(const Assessment& a) const {
  double probability = a.shapes.LowerTail(a.count, a.rate);
  const double resting = static_cast<double>(std::min({0.0F, resting_level_, former_course_}));
  if (a.levels.level > resting + kOffCourse) {
    const double usual = a.shapes.LowerTail(a.count, RateOf(a.usual_log_rate + resting));
    probability = probability * (1.0 - kChanceBackToUsual) + kChanceBackToUsual * usual;
  }
  return probability;
}

double SeriesModel::ChanceOfReturn(const Assessment& a, const BucketCalendar& calendar,
                                   BucketPoint point) const {
  double best = 0.0;
  for (const double days : {1.0, 7.0}) {
    const auto distance = static_cast<std::int64_t>(std::llround(days / calendar.span_days()));
    if (distance < 1) {
      continue;
    }
    surprises_.ForEachOutlier(point.index, distance, [&](double log_ratio) {
      // Two-sided: a count of another size than the outlier's is no return of it.
      const double rate = RateOf(FastLog(a.rate) + log_ratio);
      double tail = a.shapes.UpperTail(a.count, rate);
      if (tail > 0.5) {
        tail = a.shapes.LowerTail(a.count, rate);
      }
      best = std::max(best, kChanceOfReturn * std::min(1.0, 2.0 * tail));
    });
  }
  return best;
}

// How far the count is believed: 1 for an ordinary one.
double SeriesModel::Trust(const Assessment& a) const {
  if (a.scatter_tail >= kBelievedTail) {
    return 1.0;
  }
  if (a.scatter_tail <= kDoubtedTail) {
    return kLeastTrust;
  }
  static const double kRange = std::log(kBelievedTail / kDoubtedTail);
  return std::exp(std::log(kLeastTrust) * std::log(kBelievedTail / a.scatter_tail) / kRange);
}

void SeriesModel::CountOddBuckets(const Assessment& a, double trust) {
  const int side = a.surprise > 0.0 ? 1 : -1;
  if (trust < 1.0) {
    const bool goes_on = odd_buckets_ * side > 0;
    odd_buckets_ = static_cast<std::int16_t>(goes_on ? odd_buckets_ + side : side);
    odd_buckets_ = std::clamp<std::int16_t>(odd_buckets_, -kMaxOddBuckets, kMaxOddBuckets);
  } else {
    // Two ordinary buckets wipe out one odd one, so that a shift's lucky bucket does not start
    // anew.
    const int left = std::max(0, std::abs(odd_buckets_) - 2);
    odd_buckets_ = static_cast<std::int16_t>(odd_buckets_ > 0 ? left : -left);
  }
}

void SeriesModel::Learn(const BucketCalendar& calendar, const RatePrior& prior,
                        CountFunction function, BucketPoint point, const Assessment& a) {
  if (!a.is_usable || (num_learned_ > 0 && point.index <= last_index_)) {
    return;
  }
  const double trust = Trust(a);
  CountOddBuckets(a, trust);
  const int run = std::abs(odd_buckets_);
  const double level_trust = std::max(trust, std::clamp((run - kOddRun) / 4.0, 0.0, 1.0));

  const LevelBank::Laws laws = LevelBank::LawsOf(
      a.levels, a.usual_rate, std::max(a.shapes.dispersion, 1e-4), IsMissing(function));
  // However large a giant is, it moves the course and the level like one of this size.
  const double count =
      std::min(a.count, kMostLearnedRatio * std::max({a.rate, a.usual_rate, 1.0}));
  LearnSlow(a, laws, prior, count, trust);
  const double cell_trust = a.is_return ? std::max(trust, 0.7) : trust;
  // Half of the level of the moment is left to the cells: what comes at this hour again and again
  // is season, not mood.
  const double noise = a.shapes.dispersion + kCellShare * std::min(a.levels.drift, kMaxDrift);
  const double worth = cell_trust / (1.0 + a.rate * noise);
  const double expected = a.typical * FastExp(-kCellShare * a.levels.level);
  // A cell is a ratio, and has no scale that a giant could be measured by: one believed in full
  // would blind it for weeks. So would a series' first counts, which stand beside no expectation.
  const double believed =
      num_learned_ < kCellsFrom ? expected : std::min(a.count, kMostCellRatio * expected);
  cells_.Learn(a.week_cell, a.cells, worth * believed, worth * expected, calendar.cell_keep());
  levels_.Learn(a.levels, laws,
                {.count = count,
                 .dispersion = std::max(a.shapes.dispersion, 1e-4),
                 .weight = level_trust,
                 .may_jump = run > kOddRun && run <= kJumpRun},
                a.passage);
  if (trust >= 1.0) {
    const double pull = std::min(1.0, a.passage.days / kRestDays);
    resting_level_ +=
        static_cast<float>((a.levels.level - static_cast<double>(resting_level_)) * pull);
  }
  FindLevelShift(a);
  FindClockShift(calendar, a, point, trust);
  const double burst = a.surprise > kExactFrom
                           ? surprises_.PredictBursts().Responsibility(
                                 a.count, a.rate, a.likelihood.Mass(a.shapes, a.count))
                           : 0.0;
  LearnSurprises(a, point, burst);
  shapes_.Learn(a.likelihood, trust * (1.0 - burst), a.passage.shape_keep);

  const double surprise = std::clamp(a.surprise, -4.0, 4.0);
  multi_sum_ = static_cast<float>(kMultiKeep * static_cast<double>(multi_sum_) + surprise);
  const double square = std::min(static_cast<double>(multi_sum_) * static_cast<double>(multi_sum_),
                                 9.0 * static_cast<double>(multi_variance_));
  multi_variance_ = static_cast<float>(std::max(
      kMultiVariance * 0.7, static_cast<double>(multi_variance_) * 0.998 + 0.002 * square));
  last_index_ = point.index;
  ++num_learned_;
}

void SeriesModel::LearnSlow(const Assessment& a, const LevelBank::Laws& laws,
                            const RatePrior& prior, double count, double trust) {
  if (!a.slow.is_sane) {
    regression_.StartCovariance(prior);
    return;
  }
  // Against the usual course, not the level of the moment: that is autocorrelated noise to the slow
  // terms, and of such noise a bucket says less than its scatter alone would let it.
  const double noise = a.shapes.dispersion + kLongRunFactor * std::min(a.levels.drift, kMaxDrift);
  const double worth = trust / (1.0 + a.usual_rate * noise);
  // The update of rate_regression.h, free of 1 / variance.
  const double pull = a.slow.variance * worth;
  const double step =
      FastLog((1.0 + pull * count) / (1.0 + pull * static_cast<double>(laws.count.mean[0])));
  const double left = a.slow.variance / (1.0 + pull * static_cast<double>(laws.count.slope[0]));
  regression_.Drift(a.passage.days, prior);
  regression_.Learn(a.slow, std::clamp(step, -8.0, 20.0), left);
}

void SeriesModel::LearnSurprises(const Assessment& a, BucketPoint point, double burst) {
  if (std::abs(odd_buckets_) <= 1 && (a.surprise <= kExactFrom || a.scatter_tail > kOrdinaryTail)) {
    surprises_.ConfirmBurst();
  }
  if (a.surprise <= kExactFrom) {
    surprises_.LearnBucket(0.0, 0.0, a.passage.burst_keep);
    return;
  }
  const double log_ratio = FastLog(std::max(a.count, 0.5) / a.rate);
  const bool takes_part = std::abs(odd_buckets_) <= 1 && num_learned_ > kBurstsFrom && !a.is_return;
  surprises_.LearnBucket(takes_part ? burst : 0.0, log_ratio, a.passage.burst_keep);
  if (a.scatter_tail < kBelievedTail && num_learned_ > kOutliersFrom) {
    surprises_.RememberOutlier(point.index, log_ratio);
  }
}

void SeriesModel::FindLevelShift(const Assessment& a) {
  const double level = a.levels.level;
  const auto days = static_cast<float>(a.passage.days);
  former_course_ *= std::max(0.0F, 1.0F - days / kFormerCourseDays);
  if (std::abs(level) <= kShiftLevel) {
    days_off_course_ *= 15.0F / 16.0F;
    return;
  }
  const float side = level > 0.0 ? 1.0F : -1.0F;
  days_off_course_ = days_off_course_ * side >= 0.0F ? days_off_course_ + side * days : side * days;
  if (std::abs(days_off_course_) >= 1.0F) {
    regression_.MoveLevel(level);
    levels_.HandOver(level);
    resting_level_ = 0.0F;
    former_course_ = std::clamp(former_course_ - static_cast<float>(level), -12.0F, 12.0F);
    days_off_course_ = 0.0F;
  }
}

void SeriesModel::FindClockShift(const BucketCalendar& calendar, const Assessment& a,
                                 BucketPoint point, double trust) {
  // One bucket in four is enough; the first week has no profile to compare with.
  if (a.week_cell % kClockCells != 0 || trust < 1.0 || calendar.span_days() > 0.05 ||
      num_learned_ < static_cast<std::uint32_t>(calendar.buckets_per_week())) {
    return;
  }
  const double shape = 1.0 / (a.shapes.dispersion + a.levels.drift + 1e-3);
  const auto log_rate = [&](int moved) {
    return static_cast<float>(regression_.LogRate(calendar.FeaturesAt(LocalCell(point, moved))) +
                              a.levels.level);
  };
  const Float4 log_rates{log_rate(0), log_rate(-kClockCells), log_rate(kClockCells), 0.0F};
  const Float4 rates = FastExp(AtMost(AtLeast(log_rates, static_cast<float>(kLeastLogRate)),
                                      static_cast<float>(kMostLogRate)));
  const Float4 apart = GapBetween(Float4{} + static_cast<float>(a.count), rates,
                                  Float4{} + static_cast<float>(shape))
                           .deviance;
  const auto keep = static_cast<float>(a.passage.clock_keep);
  const auto add = [&](float& sum, int lane) {
    const float gain = std::clamp(apart[0] - apart[lane], -3.0F, 3.0F);
    sum = std::max(sum * keep + gain, -50.0F);
  };
  add(earlier_evidence_, 1);
  add(later_evidence_, 2);
  const float best = std::max(earlier_evidence_, later_evidence_);
  if (best < static_cast<float>(kClockEvidence)) {
    return;
  }
  const int moved = earlier_evidence_ > later_evidence_ ? -kClockCells : kClockCells;
  if (std::abs(clock_shift_ + moved) <= kMaxClockShift) {
    clock_shift_ = static_cast<std::int8_t>(clock_shift_ + moved);
  }
  earlier_evidence_ = 0.0F;
  later_evidence_ = 0.0F;
}

void SeriesModel::LearnEmptyUntil(const BucketCalendar& calendar, const RatePrior& prior,
                                  CountFunction function, std::int64_t index) {
  if (IsMissing(function) || num_learned_ == 0) {
    return;
  }
  constexpr std::int64_t kMaxSteps = 96;
  const auto per_day = static_cast<std::int64_t>(std::ceil(calendar.buckets_per_day()));
  const std::int64_t steps = std::clamp<std::int64_t>(per_day, 1, kMaxSteps);
  for (std::int64_t at = std::max(last_index_ + 1, index - steps); at < index; ++at) {
    const BucketPoint point = calendar.At(at);
    Learn(calendar, prior, function, point, Score(calendar, function, point, 0.0));
  }
}

bool SeriesModel::IsSound() const {
  const bool are_parts_sound = regression_.IsSound() && cells_.IsSound() && levels_.IsSound() &&
                               shapes_.IsSound() && surprises_.IsSound();
  return are_parts_sound && std::abs(multi_sum_) <= 100.0F && multi_variance_ >= 1.0F &&
         multi_variance_ <= 1e4F && std::abs(days_off_course_) <= 4000.0F &&
         std::abs(resting_level_) <= 100.0F && std::abs(former_course_) <= 12.0F &&
         std::abs(earlier_evidence_) <= 100.0F && std::abs(later_evidence_) <= 100.0F &&
         std::abs(odd_buckets_) <= kMaxOddBuckets && std::abs(clock_shift_) <= kMaxClockShift &&
         std::abs(static_cast<double>(last_index_)) <= 1e15;
}

}  // namespace tripline::runtime
