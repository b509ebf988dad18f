// LevelBank: the fast part of a series' expectation: how far it is, for the moment, above or below
// its usual course, followed at four speeds at once.
//
// Estimand: f(t) in ln rate = usual course + f(t), f a mean-reverting walk (an hour-to-hour mood
// that is forgotten in about a day) whose stationary width is unknown.
// Formula: one scalar gamma-Poisson filter per width 0, 0.1, 0.25 and 0.7; their votes are their
// forgetting-weighted likelihoods, and the level is the mean under the votes.
// Valid: any counts; a filter moves at most 12 either way. Space: 48 bytes. Cost: three logarithms
// and an exponential for each width. The width 0 is "nothing but the usual course"; 0.7 with its
// longer memory follows level shifts.
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>

#include "runtime/anomaly/bucket_calendar.h"

namespace tripline::runtime {

constexpr std::size_t kNumSpeeds = 4;
using PerSpeed = std::array<double, kNumSpeeds>;

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
    double usual_log_rate = 0.0;  // without any level
    double dispersion = 0.0;      // 1 / shape
    double weight = 1.0;          // 0 to 1: how far the count is believed
    bool empty_is_missing = false;
    bool may_jump = false;  // a run of odd counts is now believed: levels may move at once
  };

  void Start();
  [[nodiscard]] Forecast Predict(const Passage& passage) const;
  void Learn(const Forecast& forecast, const Evidence& evidence, const Passage& passage);
  /// Takes `step` out of every level: the usual course has taken it over.
  void HandOver(double step);
  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  void Vote(const PerSpeed& likelihood, double weight, double keep);

  std::array<float, kNumSpeeds> means_{};
  std::array<float, kNumSpeeds> variances_{};
  std::array<float, kNumSpeeds> votes_{};  // ln, the best is 0
};

}  // namespace tripline::runtime
