// SeasonCells: what the smooth daily waves cannot show: single quarter-hours of the day (a nightly
// batch job) and two-hour stretches of the week, each a ratio to the forecast without it.
//
// Estimand: ln ratio of a cell, shrunk toward 0 until the counts insist.
// Formula: r = ln((s + 1/2) / (e + 1/2)) from the cell's faded sums of counts s and expectations e,
// in worth of events, of standard error v = 1 / (e + 1/2); the answer is r t / (t + v), where the
// prior variance t is 0.07^2 for most cells and r^2 - 20 v for those that stand out by more
// than 4.5 errors (a prior with a heavy tail: noise is damped, a batch job is not). Space: 720
// bytes: sums are kept to 8 bits of mantissa, 0.4 % of a sum; a day adds at least 3 %. Cost: two
// logarithms.
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/anomaly/bucket_calendar.h"

namespace tripline::runtime {

/// How much of a cell of the day, and of one of the week, is left when its turn comes again.
[[nodiscard]] std::array<float, 2> CellKeep(double span_days);

class SeasonCells {
 public:
  static constexpr int kWeekParts = 84;  // of two hours

  /// ln ratios of one bucket.
  struct Forecast {
    float day = 0.0F;
    float week = 0.0F;
  };

  [[nodiscard]] Forecast Predict(int week_cell) const;
  /// A count and its expectation with the ratios in it, both in worth of events; `keep` as CellKeep
  /// says.
  void Learn(int week_cell, const Forecast& forecast, double count, double expected,
             const std::array<float, 2>& keep);
  [[nodiscard]] bool IsSound() const;

 private:
  friend class SeriesFormat;
  /// The upper half of a float, rounded: 8 bits of mantissa.
  using Short = std::uint16_t;
  struct Cell {
    Short seen = 0;
    Short expected = 0;
  };

  std::array<Cell, kDayCells> day_{};
  std::array<Cell, kWeekParts> week_{};
};

}  // namespace tripline::runtime
