// ScoreMap: from a calibrated probability to a score of 0 to 100 that is a promise about false
// alarms.
//
// At 75 a series that does what it always did alarms at most 0.1 times a week, and the whole job at
// most twice, whichever is less: the threshold is p75 = 0.7 min(0.1, 2 / series) / buckets a week.
// From there scores are straight lines in ln p:
//   0 at p = 0.05    25 at 30 p75 (30 times the alarms of 75)    50 at 6 p75    70 at 1.4 p75
//   75 at p75        90 at p75 / 1,000        100 at p75 / 10^9
// The score of a bucket depends on nothing that comes later, and on no maximum seen before: it is
// never rewritten, and one giant spike does not hide the next.
//
// Thread-safety: functions of their arguments.
#pragma once

namespace tripline::runtime {

struct ScoreOptions {
  double series_alarms_per_week = 0.1;
  double job_alarms_per_week = 2.0;
};

/// The calibrated probability that scores 75.
[[nodiscard]] double ProbabilityOf75(const ScoreOptions& options, double num_series,
                                     double buckets_per_week);

[[nodiscard]] double ScoreOf(double calibrated_probability, double probability_of_75);

}  // namespace tripline::runtime
