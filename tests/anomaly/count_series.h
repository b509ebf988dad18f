// Seeded counts for the tests of the anomaly models: a daily wave, a weekend, a scatter of our
// choice.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>
#include <vector>

#include "runtime/anomaly/count_job.h"

namespace tripline::runtime {

inline constexpr std::int64_t kMonday = 384;  // bucket of 15 minutes: 1970-01-05T00:00Z
inline constexpr int kDay = 96;
inline constexpr int kWeek = 7 * kDay;

inline BucketCalendar QuarterHours() { return *BucketCalendar::Make(Milliseconds(900'000)); }

struct SeriesShape {
  double base = 50.0;
  double wave = 0.8;     // ln rate at noon above the mean
  double weekend = 0.5;  // factor
  double shape = 10.0;   // of the negative binomial
  double phase = 0.0;    // days
};

inline double MeanAt(const SeriesShape& shape, int bucket) {
  const double day = static_cast<double>(bucket) / kDay;
  const double wave = shape.wave * std::cos(2.0 * std::numbers::pi * (day - 0.5 - shape.phase));
  const bool is_weekend = bucket / kDay % 7 >= 5;
  return shape.base * std::exp(wave) * (is_weekend ? shape.weekend : 1.0);
}

class CountSource {
 public:
  explicit CountSource(std::uint64_t seed) : random_(seed) {}

  double Draw(double mean, double shape) {
    const double rate = std::gamma_distribution<double>(shape, mean / shape)(random_);
    return static_cast<double>(
        std::poisson_distribution<std::int64_t>(std::max(rate, 1e-12))(random_));
  }
  double Uniform(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }

 private:
  std::mt19937_64 random_;
};

/// `num_buckets` counts of one series.
inline std::vector<double> Counts(const SeriesShape& shape, int num_buckets, std::uint64_t seed) {
  CountSource source(seed);
  std::vector<double> counts;
  for (int bucket = 0; bucket < num_buckets; ++bucket) {
    counts.push_back(source.Draw(MeanAt(shape, bucket), shape.shape));
  }
  return counts;
}

/// Runs one series through a model of its own; what Score said about every bucket.
inline std::vector<Assessment> Assess(CountFunction function, const std::vector<double>& counts,
                                      SeriesModel* model_out = nullptr) {
  const BucketCalendar calendar = QuarterHours();
  const RatePrior prior = DefaultRatePrior();
  SeriesModel model;
  model.Start(prior);
  std::vector<Assessment> answers;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    const BucketPoint point = calendar.At(kMonday + static_cast<std::int64_t>(bucket));
    answers.push_back(model.Score(calendar, function, point, counts[bucket]));
    model.Learn(calendar, prior, function, point, answers.back());
  }
  if (model_out != nullptr) {
    *model_out = model;
  }
  return answers;
}

/// Runs a panel (one vector of counts per series) through a job; scores[series][bucket].
inline std::vector<std::vector<double>> RunJob(CountJob& job, std::vector<SeriesModel>& models,
                                               const std::vector<std::vector<double>>& panel,
                                               int from, int to) {
  std::vector<std::vector<double>> scores(panel.size());
  models.resize(panel.size());
  for (int bucket = from; bucket < to; ++bucket) {
    const BucketPoint point = job.calendar().At(kMonday + bucket);
    for (std::size_t series = 0; series < panel.size(); ++series) {
      if (models[series].num_learned() == 0) {
        models[series] = job.NewSeries();
      }
      const Judgement judgement =
          job.Judge(models[series], point, panel[series][static_cast<std::size_t>(bucket)]);
      job.Take(models[series], point, judgement);
      scores[series].push_back(judgement.score);
    }
    job.EndBucket(point);
  }
  return scores;
}

}  // namespace tripline::runtime
