// A cell of the day fades in four weeks, one of the week in five: by what passes between two
// visits, spread evenly over the buckets that share the cell.
#include "runtime/anomaly/season_cells.h"

#include <algorithm>
#include <bit>

#include "runtime/anomaly/fast_math.h"

namespace tripline::runtime {

namespace {

constexpr double kPriorVariance = 0.07 * 0.07;
constexpr double kStandsOut = 20.0;  // squared standard errors
constexpr double kDayMemoryDays = 28.0;
constexpr double kWeekMemoryDays = 35.0;
constexpr double kMaxSum = 1e18;

double Widen(std::uint16_t value) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16));
}

std::uint16_t Shorten(double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(std::min(value, kMaxSum)));
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

std::size_t WeekPart(int week_cell) { return static_cast<std::size_t>(week_cell / 8); }

std::size_t DayCell(int week_cell) { return static_cast<std::size_t>(week_cell % kDayCells); }

}  // namespace

std::array<double, 2> CellKeep(double span_days) {
  const double day_visits = std::max(1.0, 1.0 / (span_days * kDayCells));
  const double week_visits = std::max(1.0, 7.0 / (span_days * SeasonCells::kWeekParts));
  return {std::max(0.0, 1.0 - std::max(1.0, span_days) / (kDayMemoryDays * day_visits)),
          std::max(0.0, 1.0 - std::max(7.0, span_days) / (kWeekMemoryDays * week_visits))};
}

SeasonCells::Forecast SeasonCells::Predict(int week_cell) const {
  // Both at once. A cell without counts says 0.
  const Cell day = day_[DayCell(week_cell)];
  const Cell week = week_[WeekPart(week_cell)];
  const Double2 expected = Double2{Widen(day.expected), Widen(week.expected)} + 0.5;
  const Double2 ratio = FastLog((Double2{Widen(day.seen), Widen(week.seen)} + 0.5) / expected);
  const Double2 error = 1.0 / expected;
  const Double2 prior = AtLeast(ratio * ratio - kStandsOut * error, kPriorVariance);
  const Double2 answer = ratio * prior / (prior + error);
  return {answer[0], answer[1]};
}

void SeasonCells::Add(Cell& cell, double keep, double seen, double expected) {
  cell.seen = Shorten(Widen(cell.seen) * keep + seen);
  cell.expected = Shorten(Widen(cell.expected) * keep + expected);
}

void SeasonCells::Learn(int week_cell, const Forecast& forecast, double count, double expected,
                        const std::array<double, 2>& keep) {
  const Double2 without = expected * FastExp(Double2{-forecast.day, -forecast.week});
  Add(day_[DayCell(week_cell)], keep[0], count, without[0]);
  Add(week_[WeekPart(week_cell)], keep[1], count, without[1]);
}

bool SeasonCells::IsSound() const {
  const auto is_sound = [](const Cell& cell) {
    const double seen = Widen(cell.seen);
    const double expected = Widen(cell.expected);
    return seen >= 0.0 && seen <= 2 * kMaxSum && expected >= 0.0 && expected <= 2 * kMaxSum;
  };
  return std::all_of(day_.begin(), day_.end(), is_sound) &&
         std::all_of(week_.begin(), week_.end(), is_sound);
}

}  // namespace tripline::runtime
