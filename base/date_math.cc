// Date math is a walk over steps: add a number of units, or go to the first or the last millisecond
// of one. Everything stays inside the years 1 to 9999.
#include <algorithm>

#include "base/date_format.h"
#include "base/text_cursor.h"
#include "base/time.h"

namespace tripline {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;
using std::chrono::years;

constexpr Timestamp kFirst = sys_days(year(1) / 1 / 1);
constexpr Timestamp kLast = sys_days(year(9999) / 12 / 31) + days(1) - Milliseconds(1);

std::optional<CalendarUnit> UnitNamed(char c) {
  switch (c) {
    case 's':
      return CalendarUnit::kSecond;
    case 'm':
      return CalendarUnit::kMinute;
    case 'h':
    case 'H':
      return CalendarUnit::kHour;
    case 'd':
      return CalendarUnit::kDay;
    case 'w':
      return CalendarUnit::kWeek;
    case 'M':
      return CalendarUnit::kMonth;
    case 'y':
      return CalendarUnit::kYear;
    default:
      return std::nullopt;
  }
}

Timestamp Clamped(Timestamp time) { return std::clamp(time, kFirst, kLast); }

Timestamp AddMonths(Timestamp time, std::int64_t amount) {
  const sys_days date = std::chrono::floor<days>(time);
  const auto in_day = time - date;
  year_month_day moved =
      year_month_day(date) +
      months(static_cast<int>(std::clamp<std::int64_t>(amount, -200'000, 200'000)));
  if (moved.year() < year(1)) {
    return kFirst;
  }
  if (moved.year() > year(9999)) {
    return kLast;
  }
  if (!moved.ok()) {
    moved = moved.year() / moved.month() / std::chrono::last;
  }
  return sys_days(moved) + std::chrono::duration_cast<Milliseconds>(in_day);
}

Timestamp Add(Timestamp time, CalendarUnit unit, std::int64_t amount) {
  const std::int64_t bounded = std::clamp<std::int64_t>(amount, -400'000'000'000, 400'000'000'000);
  switch (unit) {
    case CalendarUnit::kSecond:
      return Clamped(time + seconds(bounded));
    case CalendarUnit::kMinute:
      return Clamped(time + seconds(bounded % 10'000'000'000 * 60));
    case CalendarUnit::kHour:
      return Clamped(time + seconds(bounded % 200'000'000 * 3600));
    case CalendarUnit::kDay:
      return Clamped(time + seconds(bounded % 8'000'000 * 86'400));
    case CalendarUnit::kWeek:
      return Clamped(time + seconds(bounded % 1'000'000 * 604'800));
    case CalendarUnit::kMonth:
      return AddMonths(time, bounded);
    case CalendarUnit::kYear:
      return AddMonths(time, std::clamp<std::int64_t>(bounded, -20'000, 20'000) * 12);
  }
  return time;
}

Timestamp UnitStart(Timestamp time, CalendarUnit unit) {
  const sys_days date = std::chrono::floor<days>(time);
  const year_month_day ymd(date);
  switch (unit) {
    case CalendarUnit::kSecond:
      return std::chrono::floor<seconds>(time);
    case CalendarUnit::kMinute:
      return std::chrono::floor<minutes>(time);
    case CalendarUnit::kHour:
      return std::chrono::floor<hours>(time);
    case CalendarUnit::kDay:
      return date;
    case CalendarUnit::kWeek: {
      const auto since_monday = std::chrono::weekday(date) - std::chrono::Monday;
      return date - since_monday;
    }
    case CalendarUnit::kMonth:
      return sys_days(ymd.year() / ymd.month() / 1);
    case CalendarUnit::kYear:
      return sys_days(ymd.year() / 1 / 1);
  }
  return time;
}

}  // namespace

Timestamp DateMath::Resolve(Timestamp now, Rounding rounding) const {
  Timestamp at = now;
  if (anchor_) {
    at = rounding == Rounding::kUp ? anchor_->last : anchor_->first;
  }
  for (const Step& step : steps_) {
    if (!step.is_rounding) {
      at = Add(at, step.unit, step.amount);
      continue;
    }
    at = UnitStart(at, step.unit);
    if (rounding == Rounding::kUp) {
      at = Add(at, step.unit, 1) - Milliseconds(1);
    }
  }
  return at;
}

std::optional<DateMath> ParseDateMath(std::string_view text, const DateFormat* format) {
  DateMath math;
  std::string_view steps;
  if (text.starts_with("now")) {
    steps = text.substr(3);
  } else {
    const std::size_t bars = text.find("||");
    const std::string_view anchor = text.substr(0, bars);
    math.anchor_ = format != nullptr ? format->Read(anchor) : ParseDateRange(anchor);
    if (!math.anchor_) {
      return std::nullopt;
    }
    steps = bars == std::string_view::npos ? std::string_view() : text.substr(bars + 2);
  }
  TextCursor cursor(steps);
  while (!cursor.AtEnd()) {
    const bool is_rounding = cursor.Skip('/');
    const std::int64_t sign = cursor.Peek() == '-' ? -1 : 1;
    if (!is_rounding && !cursor.Skip('+') && !cursor.Skip('-')) {
      return std::nullopt;
    }
    const std::int64_t amount = cursor.Number(9).value_or(1);
    const auto unit = UnitNamed(cursor.Peek());
    if (!unit || math.steps_.size() >= 16) {
      return std::nullopt;
    }
    cursor.Skip(cursor.Peek());
    math.steps_.push_back({*unit, sign * amount, is_rounding});
  }
  return math;
}

}  // namespace tripline
