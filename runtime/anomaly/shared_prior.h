// SharedPrior: what a job's grown series have in common, as the start of its new ones: the usual
// form of the day and the week, and how much series differ in it.
//
// Estimand: mean and variance over series of each term of the rate regression but the level (a new
// series shows its level in its first bucket). How counts scatter is not shared: a start that
// doubts all shapes alike has the heavier tail that a young series needs, and measured better.
// Formula: moments over the last 2,000 or so series-days, together with 20 series-days' worth of
// the default prior: with one series it is the default, with many alike it is their shape. Space:
// 400 bytes. Error: none asserted; a wrong prior costs warm-up, not correctness.
//
// Thread-safety: one thread at a time.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/series_model.h"

namespace tripline::runtime {

class SharedPrior {
 public:
  SharedPrior();

  [[nodiscard]] const RatePrior& prior() const { return prior_; }
  /// Takes in a series that has learned for a week or more; meant to be called once a day for each.
  void Observe(const SeriesModel& model);
  /// Works what was observed into prior(); in between, prior() stays as it is. The order of the
  /// observations between two updates changes nothing, to the last bit.
  void Update();

  /// Requires that nothing was observed since the last Update.
  void Save(ByteWriter& writer) const;
  [[nodiscard]] static Result<SharedPrior> Load(ByteReader& reader);

 private:
  RatePrior prior_ = DefaultRatePrior();
  double weight_ = 0.0;
  std::array<double, kNumFeatures> sum_{};
  std::array<double, kNumFeatures> sum_squares_{};
  // Observed and not yet worked in: nothing of it is left after Update, nor saved.
  std::int64_t num_pending_ = 0;
  std::array<std::int64_t, kNumFeatures> pending_{};
  std::array<std::int64_t, kNumFeatures> pending_squares_{};
};

}  // namespace tripline::runtime
