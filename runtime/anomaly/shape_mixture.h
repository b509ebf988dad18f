// ShapeMixture: how a series' counts scatter around their forecast: a belief over eight shapes of
// the negative binomial law, and tails averaged over that belief.
//
// Estimand: the shape of the one-step forecast's law, so what the level filters leave over is part
// of it. Formula: forgetting-weighted likelihoods on a grid (0.7 to 250); a tail is the mean of
// the grid's tails, so doubt about the scatter makes tails heavier, as it should.
// The forecast's own variance q widens every shape to 1 / (1 / shape + q).
// Error: the grid's steps are a factor of two to five; between two points the mixture interpolates.
// Space: 32 bytes. Cost: six logarithms of four lanes, nine for rates below 50.
//
// Thread-safety: one thread at a time; Forecast is a value.
#pragma once

#include <array>
#include <cstddef>

namespace tripline::runtime {

constexpr std::size_t kNumShapes = 8;

using EightFloats = std::array<float, kNumShapes>;

class ShapeMixture {
 public:
  /// The law of the next count around a rate.
  struct Forecast {
    EightFloats shapes{};     // widened by the forecast's variance
    EightFloats weights{};    // sum 1; 0 for shapes out of the race
    double dispersion = 0.0;  // mean of 1 / shape, not widened
    bool empty_is_missing = false;

    /// P(count or more), given that the bucket is seen at all.
    [[nodiscard]] double UpperTail(double count, double rate) const;
    /// P(count or less).
    [[nodiscard]] double LowerTail(double count, double rate) const;
    [[nodiscard]] double ChanceEmpty(double rate) const;
  };

  /// ln P(count) under each shape, but for what depends on the count alone.
  struct Likelihood {
    EightFloats log_mass{};
    float best = 0.0F;

    /// P(count) under the mixture.
    [[nodiscard]] double Mass(const Forecast& forecast, double count) const;
  };

  [[nodiscard]] Forecast Predict(double rate_variance, bool empty_is_missing) const;
  [[nodiscard]] static Likelihood Explain(const Forecast& forecast, double count, double rate);
  /// `weight` from 0 to 1: how far the count is believed; `keep` of the votes outlasts the bucket.
  void Learn(const Likelihood& likelihood, double weight, double keep);

  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  EightFloats votes_{};  // ln, the best is 0
};

}  // namespace tripline::runtime
