#include "runtime/anomaly/score_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tripline::runtime {

namespace {

// Tails are estimates: aiming at the budget itself would miss it half of the time.
constexpr double kAim = 0.7;

}  // namespace

double ProbabilityOf75(const ScoreOptions& options, double num_series, double buckets_per_week) {
  const double per_series = std::min(options.series_alarms_per_week,
                                     options.job_alarms_per_week / std::max(num_series, 1.0));
  // With a span of a week and more even the largest budget must not make ordinary buckets alarms.
  return std::clamp(kAim * per_series / std::max(buckets_per_week, 1e-6), 1e-12, 1e-3);
}

double ScoreOf(double calibrated_probability, double probability_of_75) {
  if (calibrated_probability >= 0.0601) {
    return 0.0;  // 60 times the largest p75; most buckets
  }
  struct Knot {
    double surprise;  // -ln p
    double score;
  };
  const double at_75 = -std::log(probability_of_75);
  const std::array<Knot, 6> knots = {{{std::min(-std::log(0.05), at_75 - std::log(60.0)), 0.0},
                                      {at_75 - std::log(30.0), 25.0},
                                      {at_75 - std::log(6.0), 50.0},
                                      {at_75, 75.0},
                                      {at_75 + 3.0 * std::log(10.0), 90.0},
                                      {at_75 + 9.0 * std::log(10.0), 100.0}}};
  const double surprise = -std::log(std::clamp(calibrated_probability, 1e-300, 1.0));
  if (surprise <= knots.front().surprise) {
    return 0.0;
  }
  for (std::size_t i = 1; i < knots.size(); ++i) {
    if (surprise <= knots[i].surprise) {
      const double part =
          (surprise - knots[i - 1].surprise) / (knots[i].surprise - knots[i - 1].surprise);
      return knots[i - 1].score + part * (knots[i].score - knots[i - 1].score);
    }
  }
  return 100.0;
}

}  // namespace tripline::runtime
