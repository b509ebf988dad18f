#include "runtime/anomaly/count_job.h"

#include <algorithm>
#include <cmath>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr std::uint8_t kVersion = 1;
// A series speaks for a tail after two dozen buckets, for the prior after about a week.
constexpr std::uint32_t kTailFrom = 24;
// A series of fewer buckets has no usual course yet that a count could leave: what looks so is its
// birth.
constexpr std::uint32_t kScoredFrom = 24;
constexpr double kYoungDays = 7.0;
// A grown series' tail ends faster than it begins: from about 1e-4 on it is mostly the chance of
// bursts, which most series never have. A young one's is that of a mean still unknown.
// A job's first days teach both tails: the grown one would begin with nothing.
constexpr double kBothTailsDays = 7.0;
constexpr double kYoungSlope = 0.9;
constexpr double kGrownSlope = 1.2;
constexpr std::uint32_t kPriorFrom = 400;
constexpr double kWorthARecord = 0.05;
constexpr double kImpactScale = 6.907755278982137;  // ln 1000, as in Elastic's records

std::int64_t Quotient(std::int64_t index, double buckets) {
  return static_cast<std::int64_t>(std::floor(static_cast<double>(index) / std::max(buckets, 1.0)));
}

}  // namespace

CountJob::CountJob(const BucketCalendar& calendar, CountFunction function,
                   const ScoreOptions& score_options, const AnomalyAllowance& allowance)
    : calendar_(calendar),
      function_(function),
      score_options_(score_options),
      allowance_(allowance),
      young_tail_(allowance, kYoungSlope),
      grown_tail_(allowance, kGrownSlope),
      probability_of_75_(ProbabilityOf75(score_options, num_live_, calendar.buckets_per_week())) {}

bool CountJob::IsYoung(const SeriesModel& model) const {
  return static_cast<double>(model.num_learned()) < kYoungDays * calendar_.buckets_per_day();
}

SeriesModel CountJob::NewSeries() const {
  SeriesModel model;
  model.Start(shared_.prior());
  return model;
}

Judgement CountJob::Judge(const SeriesModel& model, BucketPoint point, double count) const {
  Judgement judgement{.assessment = model.Score(calendar_, function_, point, count)};
  const Assessment& a = judgement.assessment;
  if (!a.is_usable) {
    return judgement;
  }
  const TailCalibrator& tail = IsYoung(model) ? young_tail_ : grown_tail_;
  judgement.probability = tail.Calibrate(a.probability);
  if (model.num_learned() < kScoredFrom) {
    judgement.probability = std::max(judgement.probability, kWorthARecord);
  }
  judgement.score = ScoreOf(judgement.probability, probability_of_75_);
  if (std::min(a.probability, a.multi_bucket_probability) < kWorthARecord) {
    const double single = FastLog(a.probability);
    const double multi = FastLog(std::max(a.multi_bucket_probability, 1e-300));
    judgement.multi_bucket_impact = 5.0 * std::clamp((single - multi) / kImpactScale, -1.0, 1.0);
  }
  return judgement;
}

void CountJob::Take(SeriesModel& model, BucketPoint point, const Judgement& judgement) {
  const bool is_late = model.num_learned() > 0 && point.index <= model.last_index();
  if (!judgement.assessment.is_usable || is_late) {
    return;
  }
  const auto is_first_in = [&](double buckets) {
    return model.num_learned() == 0 ||
           Quotient(model.last_index(), buckets) != Quotient(point.index, buckets);
  };
  if (is_first_in(calendar_.buckets_per_week())) {
    num_arrivals_ += 1.0;
  }
  if (model.num_learned() >= kPriorFrom && is_first_in(calendar_.buckets_per_day())) {
    shared_.Observe(model);
  }
  if (model.num_learned() >= kTailFrom && !model.IsInOddRun()) {
    const bool is_young = IsYoung(model);
    if (is_young) {
      young_tail_.Observe(judgement.assessment.probability);
    }
    if (!is_young || static_cast<double>(num_buckets_) < kBothTailsDays / calendar_.span_days()) {
      grown_tail_.Observe(judgement.assessment.probability);
    }
  }
  model.Learn(calendar_, shared_.prior(), function_, point, judgement.assessment);
}

void CountJob::EndBucket(BucketPoint point) {
  const double per_week = calendar_.buckets_per_week();
  const bool is_first = num_buckets_ == 0;
  if (!is_first && point.index <= last_index_) {
    return;
  }
  const std::int64_t passed = is_first ? 1 : point.index - last_index_;
  num_live_ = std::max(num_live_, num_arrivals_);
  if (!is_first && Quotient(last_index_, per_week) != Quotient(point.index, per_week)) {
    // The arrivals of this bucket are counted with the week that ends: they come again next week.
    num_live_ = std::max(1.0, num_arrivals_);
    num_arrivals_ = 0.0;
  }
  const double days = calendar_.After(passed).days;
  young_tail_.Advance(days, per_week);
  grown_tail_.Advance(days, per_week);
  shared_.Update();
  probability_of_75_ = ProbabilityOf75(score_options_, num_live_, per_week);
  last_index_ = point.index;
  ++num_buckets_;
}

void CountJob::Save(ByteWriter& writer) const {
  writer.Number(kVersion);
  shared_.Save(writer);
  young_tail_.Save(writer);
  grown_tail_.Save(writer);
  writer.Number(num_live_);
  writer.Number(num_arrivals_);
  writer.Number(last_index_);
  writer.Number(num_buckets_);
}

Result<void> CountJob::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "count job: expected version " + std::to_string(kVersion) +
                                             ", found " + std::to_string(version) +
                                             "; rebuild the job's state from its events");
  }
  TRIPLINE_TRY(SharedPrior shared, SharedPrior::Load(reader));
  TRIPLINE_TRY(TailCalibrator young_tail, TailCalibrator::Load(reader, allowance_, kYoungSlope));
  TRIPLINE_TRY(TailCalibrator grown_tail, TailCalibrator::Load(reader, allowance_, kGrownSlope));
  TRIPLINE_TRY(const double num_live, reader.Number<double>());
  TRIPLINE_TRY(const double num_arrivals, reader.Number<double>());
  TRIPLINE_TRY(const std::int64_t last_index, reader.Number<std::int64_t>());
  TRIPLINE_TRY(const std::uint64_t num_buckets, reader.Number<std::uint64_t>());
  const bool is_sound = num_live >= 1.0 && num_live <= 1e12 && num_arrivals >= 0.0 &&
                        num_arrivals <= 1e12 && std::abs(static_cast<double>(last_index)) <= 1e15;
  if (!is_sound) {
    return reader.Damaged("the numbers of a count job");
  }
  shared_ = shared;
  young_tail_ = young_tail;
  grown_tail_ = grown_tail;
  num_live_ = num_live;
  num_arrivals_ = num_arrivals;
  last_index_ = last_index;
  num_buckets_ = num_buckets;
  probability_of_75_ = ProbabilityOf75(score_options_, num_live_, calendar_.buckets_per_week());
  return {};
}

}  // namespace tripline::runtime
