// CountJob: what the series of one counting detector share, and the order of a bucket's steps.
//
//   for every bucket, in time order:
//     for every series with a count:  Judgement j = job.Judge(model, point, count);   // any order,
//                                     job.Take(model, point, j);                      // same
//                                     answers
//     job.EndBucket(point);
//
// Judgements of one bucket do not depend on one another:
// the shared prior, the tail and the number of series change in EndBucket only. The series' models
// are the caller's (so is their number, the memory).
//
// Thread-safety: Judge is const; the rest needs the job alone.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/count_function.h"
#include "runtime/anomaly/score_map.h"
#include "runtime/anomaly/series_model.h"
#include "runtime/anomaly/shared_prior.h"
#include "runtime/anomaly/tail_calibrator.h"

namespace tripline::runtime {

struct Judgement {
  Assessment assessment;
  double probability = 1.0;          // calibrated
  double score = 0.0;                // 0 to 100, final when given
  double multi_bucket_impact = 0.0;  // -5: this bucket alone, 5: the last twelve together
};

class CountJob {
 public:
  CountJob(const BucketCalendar& calendar, CountFunction function,
           const ScoreOptions& score_options = {}, const AnomalyAllowance& allowance = {});

  /// A series that has just shown its first count.
  [[nodiscard]] SeriesModel NewSeries() const;
  [[nodiscard]] Judgement Judge(const SeriesModel& model, BucketPoint point, double count) const;
  void Take(SeriesModel& model, BucketPoint point, const Judgement& judgement);
  void EndBucket(BucketPoint point);

  [[nodiscard]] const BucketCalendar& calendar() const { return calendar_; }
  [[nodiscard]] CountFunction function() const { return function_; }
  [[nodiscard]] const RatePrior& prior() const { return shared_.prior(); }
  /// Series that counted at least once in the last week or so: what 75 is shared out among.
  [[nodiscard]] double num_live_series() const { return num_live_; }

  /// Not the models: those are saved one by one with SeriesFormat.
  void Save(ByteWriter& writer) const;
  [[nodiscard]] Result<void> Load(ByteReader& reader);

 private:
  [[nodiscard]] bool IsYoung(const SeriesModel& model) const;

  BucketCalendar calendar_;
  CountFunction function_;
  ScoreOptions score_options_;
  AnomalyAllowance allowance_;
  SharedPrior shared_;
  TailCalibrator young_tail_;  // of series in their first days: they err more, and must not spoil
  TailCalibrator grown_tail_;  // what the others' probabilities mean
  double num_live_ = 1.0;
  double probability_of_75_ = 0.0;  // of so many series
  double num_arrivals_ = 0.0;  // series seen for the first time in their current week, this week
  std::int64_t last_index_ = 0;
  std::uint64_t num_buckets_ = 0;
};

}  // namespace tripline::runtime
