// BucketCalendar: where a bucket stands in the day and the week, and what of a model fades between
// two buckets. One per job; every series of the job looks into the same tables.
//
// The week is cut into 672 cells of a quarter of an hour from Monday 00:00 UTC on. A bucket belongs
// to the cell of its middle: several short buckets share a cell, long ones leave cells unused.
//
// Thread-safety: immutable after Make.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/time.h"

namespace tripline::runtime {

constexpr int kDayCells = 96;
constexpr int kWeekCells = 7 * kDayCells;
constexpr int kNumFeatures = 16;  // level, five daily waves, weekend, weekend times two waves

using Features = std::array<float, kNumFeatures>;

/// One bucket: its number (start / span, so rising with time) and its cell of the week.
struct BucketPoint {
  std::int64_t index = 0;
  int week_cell = 0;
};

/// What is left of each memory after a stretch of time; made by BucketCalendar::Passage.
struct Passage {
  double days = 0.0;
  std::array<float, 4> level_keep{};  // of the fast levels (level_bank.h)
  double level_vote_keep = 1.0;
  double shape_keep = 1.0;
  double burst_keep = 1.0;
  double clock_keep = 1.0;
};

class BucketCalendar {
 public:
  /// Errors: kUsage for a span below one second or above 366 days.
  [[nodiscard]] static Result<BucketCalendar> Make(Milliseconds span);

  [[nodiscard]] BucketPoint At(std::int64_t index) const;
  /// The number of the bucket that holds `time`.
  [[nodiscard]] std::int64_t IndexOf(Timestamp time) const;
  [[nodiscard]] const Features& FeaturesAt(int week_cell) const {
    return week_cell >= 5 * kDayCells ? weekend_[static_cast<std::size_t>(week_cell % kDayCells)]
                                      : weekday_[static_cast<std::size_t>(week_cell % kDayCells)];
  }
  /// Between a bucket and the one `num_buckets` >= 1 later; constant time, however long the gap.
  [[nodiscard]] Passage After(std::int64_t num_buckets) const {
    return num_buckets <= 1 ? one_bucket_ : AfterSeveral(num_buckets);
  }

  [[nodiscard]] Milliseconds span() const { return span_; }
  [[nodiscard]] double span_days() const { return span_days_; }
  [[nodiscard]] double buckets_per_day() const { return buckets_per_day_; }
  [[nodiscard]] double buckets_per_week() const { return buckets_per_week_; }
  /// Of the cells of day and week, by a visit (season_cells.h).
  [[nodiscard]] const std::array<float, 2>& cell_keep() const { return cell_keep_; }

 private:
  explicit BucketCalendar(Milliseconds span);
  [[nodiscard]] Passage AfterSeveral(std::int64_t num_buckets) const;
  [[nodiscard]] Passage MakePassage(double days) const;

  Milliseconds span_;
  double span_days_;
  double buckets_per_day_;
  double buckets_per_week_;
  std::array<float, 2> cell_keep_;
  Passage one_bucket_;
  std::array<Features, kDayCells> weekday_;
  std::array<Features, kDayCells> weekend_;
};

}  // namespace tripline::runtime
