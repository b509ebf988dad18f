// SeriesModel: what one series of counts (one by or partition value) usually does, in 1.7 KB.
//
//   Score: how unlikely is this bucket's count, given everything learned before it?
//   Learn: take the count in. Always after Score, never before: scores are prequential.
//
//   ln rate = slow regression (level, time of day, weekend)   rate_regression.h
//           + cells (quarter-hours of the day, stretches of the week)   season_cells.h
//           + level of the moment                              level_bank.h
//   count ~ negative binomial around the rate                  shape_mixture.h
//   or the series' own kind of burst, or a return of an earlier outlier   surprise_memory.h
//
// docs/anomaly.md says why. Valid: any number as a count: NaN and negative ones are not usable (not
// scored, not learned), those above 1e15 count as 1e15. A bucket that is not after the last one
// learned may be scored but is not learned. Cost does not depend on the length of a gap.
//
// Thread-safety: Score is const; Learn needs the model alone.
#pragma once

#include <cstdint>

#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/count_function.h"
#include "runtime/anomaly/level_bank.h"
#include "runtime/anomaly/rate_regression.h"
#include "runtime/anomaly/season_cells.h"
#include "runtime/anomaly/shape_mixture.h"
#include "runtime/anomaly/surprise_memory.h"

namespace tripline::runtime {

/// One bucket's count, judged; what Learn needs is kept in it.
struct Assessment {
  bool is_usable = false;                 // the count is a number, and the bucket is not missing
  double probability = 1.0;               // of a count at least as unusual; in (0, 1]
  double typical = 0.0;                   // the count expected
  double multi_bucket_probability = 1.0;  // of the last twelve or so buckets together
  double count = 0.0;

  // The rest is for Learn.
  int week_cell = 0;
  double surprise = 0.0;      // residual as a standard normal deviate, at most 8 either way
  double scatter_tail = 1.0;  // the tail on the count's side without bursts and returns
  double usual_log_rate = 0.0;
  double usual_rate = 0.0;
  double rate = 0.0;
  double log_ratio = 0.0;  // ln(count / rate), of a count above zero
  bool is_return = false;  // an outlier of this size stood here a day or a week ago
  RateRegression::Forecast slow;
  SeasonCells::Forecast cells;
  LevelBank::Forecast levels;
  ShapeMixture::Forecast shapes;
  ShapeMixture::Likelihood likelihood;
  Passage passage;
};

/// The parts of an expectation, as factors on the usual rate.
struct Explanation {
  double usual_rate = 0.0;  // over day and week
  double time_of_day = 1.0;
  double day_of_week = 1.0;
  double level_now = 1.0;  // of the moment against the usual course
  double expected = 0.0;
  double lower = 0.0;  // 95 % of counts are expected in [lower, upper]
  double upper = 0.0;
};

class SeriesModel {
 public:
  void Start(const RatePrior& prior);

  [[nodiscard]] Assessment Score(const BucketCalendar& calendar, CountFunction function,
                                 BucketPoint point, double count) const;
  /// Requires Score's answer for this point, with nothing learned since.
  void Learn(const BucketCalendar& calendar, const RatePrior& prior, CountFunction function,
             BucketPoint point, const Assessment& assessment);
  /// Where empty buckets are data: learns those between the last bucket and `index`, the last day's
  /// worth one by one (96 at most) and what lies before as mere passing of time.
  void LearnEmptyUntil(const BucketCalendar& calendar, const RatePrior& prior,
                       CountFunction function, std::int64_t index);

  [[nodiscard]] Explanation Explain(const BucketCalendar& calendar, CountFunction function,
                                    BucketPoint point) const;

  [[nodiscard]] std::uint32_t num_learned() const { return num_learned_; }
  [[nodiscard]] std::int64_t last_index() const { return last_index_; }
  /// True while the last buckets were odd: their neighbours do not count as surprises of their own.
  [[nodiscard]] bool IsInOddRun() const { return odd_buckets_ != 0; }
  /// False for numbers that no learning can have led to.
  [[nodiscard]] bool IsSound() const;
  [[nodiscard]] const RateRegression& regression() const { return regression_; }

 private:
  friend class SeriesFormat;

  [[nodiscard]] int LocalCell(BucketPoint point, int moved) const;
  [[nodiscard]] double MultiBucketDeviate(double surprise, CountFunction function) const;
  [[nodiscard]] double UpperProbability(Assessment& assessment, const BucketCalendar& calendar,
                                        BucketPoint point) const;
  [[nodiscard]] double LowerProbability(const Assessment& assessment) const;
  [[nodiscard]] double ChanceOfReturn(const Assessment& assessment, const BucketCalendar& calendar,
                                      BucketPoint point) const;
  [[nodiscard]] double Trust(const Assessment& assessment) const;
  void CountOddBuckets(const Assessment& assessment, double trust);
  void LearnSlow(const Assessment& assessment, const LevelBank::Laws& laws,
                 const RatePrior& prior, double count, double trust);
  void LearnSurprises(const Assessment& assessment, BucketPoint point, double burst);
  void FindLevelShift(const Assessment& assessment);
  void FindClockShift(const BucketCalendar& calendar, const Assessment& assessment,
                      BucketPoint point, double trust);

  RateRegression regression_;
  SeasonCells cells_;
  LevelBank levels_;
  ShapeMixture shapes_;
  SurpriseMemory surprises_;
  std::int64_t last_index_ = 0;
  std::uint32_t num_learned_ = 0;
  float multi_sum_ = 0.0F;         // 0.9-faded sum of surprises
  float multi_variance_ = 0.0F;    // of that sum
  float days_off_course_ = 0.0F;   // signed: how long the level has been away from the usual course
  float resting_level_ = 0.0F;     // half a day's mean of the level over ordinary buckets
  float former_course_ = 0.0F;     // ln rate of the course before a shift against today's, fading
  float earlier_evidence_ = 0.0F;  // ln likelihood of a clock an hour earlier against this one
  float later_evidence_ = 0.0F;
  std::int16_t odd_buckets_ = 0;  // in a row, signed by side
  std::int8_t clock_shift_ = 0;   // cells by which the series' clock runs ahead of UTC's week
};

static_assert(sizeof(SeriesModel) <= 1728, "a series fits 1.7 KB");

}  // namespace tripline::runtime
