// LevelBank: the fast part of a series' expectation: how far it is, for the moment, above or below
// its usual course, followed at four speeds at once.
//
// Estimand: f(t) in ln rate = usual course + f(t), f a mean-reverting walk (an hour-to-hour mood
// that is forgotten in about a day) whose stationary width is unknown.
// Formula: one scalar gamma-Poisson filter per width 0, 0.1, 0.25 and 0.7; their votes are their
// forgetting-weighted likelihoods, and the level is the mean under the votes.
// Valid: any counts; a filter moves at most 12 either way. Space: 48 bytes. Cost: four logarithms
// and an exponential, for all widths at once. The width 0 is "nothing but the usual course"; 0.7
// with its longer memory follows level shifts.
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>

#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/count_law.h"
#include "runtime/anomaly/float_lanes.h"

namespace tripline::runtime {

constexpr std::size_t kNumSpeeds = 4;
using PerSpeed = std::array<float, kNumSpeeds>;

/// How much of the level of one speed is left after some days.
[[nodiscard]] double LevelKeep(std::size_t speed, double days);

class LevelBank {
 public:
  struct Forecast {
    double level = 0.0;  // mean under the votes
    double drift = 0.0;  // mean of width^2 under the votes: how restless the series is
    PerSpeed levels{};
    PerSpeed variances{};
  };

  /// What one count says.
  struct Evidence {
    double count = 0.0;
    double dispersion = 0.0;  // 1 / shape
    double weight = 1.0;      // 0 to 1: how far the count is believed
    bool may_jump = false;    // a run of odd counts is now believed: levels may move at once
  };

  /// What counts are expected to be at the levels; speed 0 is the usual course.
  struct Laws {
    Float4 rate;
    FourLaws count;
  };

  void Start();
  [[nodiscard]] Forecast Predict(const Passage& passage) const;
  [[nodiscard]] static Laws LawsOf(const Forecast& forecast, double usual_rate, double dispersion,
                                   bool empty_is_missing);
  void Learn(const Forecast& forecast, const Laws& laws, const Evidence& evidence,
             const Passage& passage);
  /// Takes `step` out of every level: the usual course has taken it over.
  void HandOver(double step);
  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  void Vote(Float4 likelihood, float weight, float keep);

  PerSpeed means_{};
  PerSpeed variances_{};
  PerSpeed votes_{};  // ln, the best is 0
};

}  // namespace tripline::runtime
