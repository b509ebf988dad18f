// The daily waves are cosines and sines of one to five turns a day, as far as a span can show them:
// a wave needs two buckets a turn, and a span of a day or more shows none.
#include "runtime/anomaly/bucket_calendar.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runtime/anomaly/level_bank.h"
#include "runtime/anomaly/season_cells.h"

namespace tripline::runtime {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kWeekMs = 7 * kDayMs;
constexpr std::int64_t kCellMs = kDayMs / kDayCells;
constexpr std::int64_t kMondayOffsetMs = 3 * kDayMs;  // 1970-01-01 was a Thursday
constexpr double kMaxPassageDays = 3650.0;

// Memories in days. Two weeks of buckets say how a count scatters; bursts are rare and need longer;
// votes between level speeds and clock shifts follow the last days.
constexpr double kShapeMemoryDays = 14.0;
constexpr double kBurstMemoryDays = 42.0;
constexpr double kLevelVoteMemoryDays = 3.0;
constexpr double kClockMemoryDays = 2.0;

}  // namespace

Result<BucketCalendar> BucketCalendar::Make(Milliseconds span) {
  if (span < Milliseconds(1000) || span > Milliseconds(366 * kDayMs)) {
    return Fail(ErrorCode::kUsage, "bucket_span: expected 1s to 366d, found " +
                                       std::to_string(span.count()) + "ms; 15m suits most jobs");
  }
  return BucketCalendar(span);
}

BucketCalendar::BucketCalendar(Milliseconds span)
    : span_(span),
      span_days_(static_cast<double>(span.count()) / static_cast<double>(kDayMs)),
      buckets_per_day_(1.0 / span_days_),
      buckets_per_week_(7.0 / span_days_),
      cell_keep_(CellKeep(span_days_)) {
  for (int cell = 0; cell < kDayCells; ++cell) {
    Features features{};
    features[0] = 1.0F;
    for (int wave = 1; wave <= 5; ++wave) {
      const bool is_visible = 2.0 * wave * span_days_ <= 1.0;
      const double angle = 2.0 * std::numbers::pi * wave * (cell + 0.5) / kDayCells;
      const auto at = static_cast<std::size_t>(2 * wave - 1);
      features[at] = is_visible ? static_cast<float>(std::cos(angle)) : 0.0F;
      features[at + 1] = is_visible ? static_cast<float>(std::sin(angle)) : 0.0F;
    }
    weekday_[static_cast<std::size_t>(cell)] = features;
    features[11] = span_days_ <= 2.0 ? 1.0F : 0.0F;
    std::copy_n(features.begin() + 1, 4, features.begin() + 12);
    weekend_[static_cast<std::size_t>(cell)] = features;
  }
  one_bucket_ = MakePassage(span_days_);
}

BucketPoint BucketCalendar::At(std::int64_t index) const {
  // In residues, so that no index overflows.
  const std::int64_t span = span_.count();
  const std::int64_t in_cycle = ((index % kWeekMs) + kWeekMs) % kWeekMs;
  const std::int64_t start = static_cast<std::int64_t>(
      (in_cycle * (span % kWeekMs) + span / 2 + kMondayOffsetMs) % kWeekMs);
  return {index, static_cast<int>(start / kCellMs)};
}

std::int64_t BucketCalendar::IndexOf(Timestamp time) const {
  const std::int64_t ms = time.time_since_epoch().count();
  const std::int64_t quotient = ms / span_.count();
  return ms % span_.count() < 0 ? quotient - 1 : quotient;
}

Passage BucketCalendar::AfterSeveral(std::int64_t num_buckets) const {
  return MakePassage(std::min(static_cast<double>(num_buckets) * span_days_, kMaxPassageDays));
}

Passage BucketCalendar::MakePassage(double days) const {
  Passage passage;
  passage.days = days;
  for (std::size_t speed = 0; speed < passage.level_keep.size(); ++speed) {
    passage.level_keep[speed] = static_cast<float>(LevelKeep(speed, days));
  }
  passage.level_vote_keep = std::exp(-days / kLevelVoteMemoryDays);
  passage.shape_keep = std::exp(-days / kShapeMemoryDays);
  passage.burst_keep = std::exp(-days / kBurstMemoryDays);
  passage.clock_keep = std::exp(-days / kClockMemoryDays);
  return passage;
}

}  // namespace tripline::runtime
