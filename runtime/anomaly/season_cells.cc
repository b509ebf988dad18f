// A cell of the day fades in four weeks, one of the week in five: by what passes between two
// visits, spread evenly over the buckets that share the cell.
#include "runtime/anomaly/season_cells.h"

#include <algorithm>
#include <bit>

#include "runtime/anomaly/float_lanes.h"

namespace tripline::runtime {

namespace {

constexpr float kPriorVariance = 0.07F * 0.07F;
constexpr float kStandsOut = 20.0F;  // squared standard errors
constexpr double kDayMemoryDays = 28.0;
constexpr double kWeekMemoryDays = 35.0;
constexpr float kMaxSum = 1e18F;

float Widen(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

std::size_t WeekPart(int week_cell) { return static_cast<std::size_t>(week_cell / 8); }

std::size_t DayCell(int week_cell) { return static_cast<std::size_t>(week_cell % kDayCells); }

}  // namespace

std::array<float, 2> CellKeep(double span_days) {
  const double day_visits = std::max(1.0, 1.0 / (span_days * kDayCells));
  const double week_visits = std::max(1.0, 7.0 / (span_days * SeasonCells::kWeekParts));
  const double day = 1.0 - std::max(1.0, span_days) / (kDayMemoryDays * day_visits);
  const double week = 1.0 - std::max(7.0, span_days) / (kWeekMemoryDays * week_visits);
  return {static_cast<float>(std::max(0.0, day)), static_cast<float>(std::max(0.0, week))};
}

SeasonCells::Forecast SeasonCells::Predict(int week_cell) const {
  // Both at once. A cell without counts says 0.
  const Cell day = day_[DayCell(week_cell)];
  const Cell week = week_[WeekPart(week_cell)];
  const Float4 seen = Float4{Widen(day.seen), Widen(week.seen), 0.0F, 0.0F} + 0.5F;
  const Float4 expected = Float4{Widen(day.expected), Widen(week.expected), 0.0F, 0.0F} + 0.5F;
  const Float4 error = 1.0F / expected;
  const Float4 ratio = FastLog(seen * error);
  const Float4 prior = AtLeast(ratio * ratio - kStandsOut * error, kPriorVariance);
  const Float4 answer = ratio * prior / (prior + error);
  return {answer[0], answer[1]};
}

void SeasonCells::Learn(int week_cell, const Forecast& forecast, double count, double expected,
                        const std::array<float, 2>& keep) {
  Cell& day = day_[DayCell(week_cell)];
  Cell& week = week_[WeekPart(week_cell)];
  const Float4 before{Widen(day.seen), Widen(day.expected), Widen(week.seen), Widen(week.expected)};
  const Float4 without = FastExp(Float4{0.0F, -forecast.day, 0.0F, -forecast.week});
  const auto seen = static_cast<float>(count);
  const auto foreseen = static_cast<float>(expected);
  const Float4 after = before * Float4{keep[0], keep[0], keep[1], keep[1]} +
                       without * Float4{seen, foreseen, seen, foreseen};
  const Bits4 bits = std::bit_cast<Bits4>(AtMost(after, kMaxSum));
  const Bits4 rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  day = {static_cast<Short>(rounded[0]), static_cast<Short>(rounded[1])};
  week = {static_cast<Short>(rounded[2]), static_cast<Short>(rounded[3])};
}

bool SeasonCells::IsSound() const {
  const auto is_sound = [](const Cell& cell) {
    const float seen = Widen(cell.seen);
    const float expected = Widen(cell.expected);
    return seen >= 0.0F && seen <= 2 * kMaxSum && expected >= 0.0F && expected <= 2 * kMaxSum;
  };
  return std::all_of(day_.begin(), day_.end(), is_sound) &&
         std::all_of(week_.begin(), week_.end(), is_sound);
}

}  // namespace tripline::runtime
