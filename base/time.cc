// Dates are read by hand, not by strptime: OpenSearch's default format is exact about widths and
// allows parts to be left out from the right, and the first and last instant that a partial date
// stands for are both needed.
#include "base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

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

// Reads a text from the left; every reader leaves the position alone when it fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool AtEnd() const { return at_ == text_.size(); }
  [[nodiscard]] char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool Skip(char c) {
    if (Peek() != c || AtEnd()) {
      return false;
    }
    ++at_;
    return true;
  }
  // Exactly `width` digits.
  std::optional<int> Digits(std::size_t width) {
    if (text_.size() - at_ < width) {
      return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const char c = text_[at_ + i];
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      value = value * 10 + (c - '0');
    }
    at_ += width;
    return value;
  }
  // One to `max_width` digits.
  std::optional<std::int64_t> Number(std::size_t max_width) {
    std::size_t width = 0;
    std::int64_t value = 0;
    while (width < max_width && at_ + width < text_.size() && text_[at_ + width] >= '0' &&
           text_[at_ + width] <= '9') {
      value = value * 10 + (text_[at_ + width] - '0');
      ++width;
    }
    if (width == 0) {
      return std::nullopt;
    }
    at_ += width;
    return value;
  }
  [[nodiscard]] std::string_view Rest() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// A fraction of 1-9 digits, cut to milliseconds; the width tells how much of a second it spans.
std::optional<DateRange> ReadFraction(Cursor& cursor, Timestamp second) {
  std::int64_t value = 0;
  std::size_t width = 0;
  while (cursor.Peek() >= '0' && cursor.Peek() <= '9') {
    value = value * 10 + *cursor.Digits(1);
    if (++width > 9) {
      return std::nullopt;
    }
  }
  if (width == 0) {
    return std::nullopt;
  }
  std::int64_t nanoseconds_per_unit = 1'000'000'000;
  for (std::size_t i = 0; i < width; ++i) {
    nanoseconds_per_unit /= 10;
  }
  const Milliseconds first((value * nanoseconds_per_unit) / 1'000'000);
  // OpenSearch fills only what is missing altogether: a given fraction is one instant.
  return DateRange{second + first, second + first};
}

std::optional<Milliseconds> ReadOffset(Cursor& cursor) {
  if (cursor.AtEnd() || cursor.Skip('Z')) {
    return Milliseconds(0);
  }
  const int sign = cursor.Peek() == '-' ? -1 : 1;
  if (!cursor.Skip('+') && !cursor.Skip('-')) {
    return std::nullopt;
  }
  const auto hour = cursor.Digits(2);
  cursor.Skip(':');
  const auto minute = cursor.AtEnd() ? std::optional(0) : cursor.Digits(2);
  if (!hour || !minute || *hour > 18 || *minute > 59) {
    return std::nullopt;
  }
  return sign * (hours(*hour) + minutes(*minute));
}

std::optional<DateRange> ReadTime(Cursor& cursor, Timestamp midnight) {
  const auto hour = cursor.Digits(2);
  if (!hour || *hour > 23) {
    return std::nullopt;
  }
  Timestamp at = midnight + hours(*hour);
  if (!cursor.Skip(':')) {
    return DateRange{at, at + hours(1) - Milliseconds(1)};
  }
  const auto minute = cursor.Digits(2);
  if (!minute || *minute > 59) {
    return std::nullopt;
  }
  at += minutes(*minute);
  if (!cursor.Skip(':')) {
    return DateRange{at, at + minutes(1) - Milliseconds(1)};
  }
  const auto second = cursor.Digits(2);
  if (!second || *second > 59) {
    return std::nullopt;
  }
  at += seconds(*second);
  if (cursor.Skip('.') || cursor.Skip(',')) {
    return ReadFraction(cursor, at);
  }
  return DateRange{at, at + seconds(1) - Milliseconds(1)};
}

std::optional<DateRange> ReadIsoDate(std::string_view text) {
  Cursor cursor(text);
  const auto y = cursor.Digits(4);
  if (!y || *y < 1) {
    return std::nullopt;
  }
  if (!cursor.Skip('-')) {
    return cursor.AtEnd()
               ? std::optional(DateRange{sys_days(year(*y) / 1 / 1),
                                         sys_days(year(*y + 1) / 1 / 1) - Milliseconds(1)})
               : std::nullopt;
  }
  const auto m = cursor.Digits(2);
  if (!m || *m < 1 || *m > 12) {
    return std::nullopt;
  }
  const auto first_of_month = year(*y) / month(static_cast<unsigned>(*m)) / 1;
  if (!cursor.Skip('-')) {
    return cursor.AtEnd()
               ? std::optional(DateRange{sys_days(first_of_month),
                                         sys_days(first_of_month + months(1)) - Milliseconds(1)})
               : std::nullopt;
  }
  const auto d = cursor.Digits(2);
  if (!d) {
    return std::nullopt;
  }
  const year_month_day date =
      year(*y) / month(static_cast<unsigned>(*m)) / day(static_cast<unsigned>(*d));
  if (!date.ok()) {
    return std::nullopt;
  }
  const Timestamp midnight = sys_days(date);
  const bool has_time = cursor.Skip('T');
  if (!has_time || cursor.AtEnd()) {
    return cursor.AtEnd() ? std::optional(DateRange{midnight, midnight + days(1) - Milliseconds(1)})
                          : std::nullopt;
  }
  auto range = ReadTime(cursor, midnight);
  const auto offset = range ? ReadOffset(cursor) : std::nullopt;
  if (!offset || !cursor.AtEnd()) {
    return std::nullopt;
  }
  range->first -= *offset;
  range->last -= *offset;
  return range;
}

std::optional<DateRange> ReadEpochMillis(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || rest != end) {
    return std::nullopt;
  }
  const Timestamp at{Milliseconds(value)};
  return DateRange{at, at};
}

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

std::optional<DateRange> ParseDateRange(std::string_view text) {
  if (text.empty() || text.size() > 64) {
    return std::nullopt;
  }
  std::optional<DateRange> range = ReadIsoDate(text);
  if (!range) {
    range = ReadEpochMillis(text);
  }
  if (!range || range->first < kFirst || range->last > kLast) {
    return std::nullopt;
  }
  return range;
}

std::optional<Timestamp> ParseDate(std::string_view text) {
  const auto range = ParseDateRange(text);
  return range ? std::optional(range->first) : std::nullopt;
}

std::string ToIsoString(Timestamp time) {
  const sys_days date = std::chrono::floor<days>(time);
  const year_month_day ymd(date);
  const std::chrono::hh_mm_ss clock(time - date);
  std::array<char, 64> buffer{};
  const int size = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
      static_cast<unsigned>(ymd.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::optional<Milliseconds> ParseDuration(std::string_view text) {
  Cursor cursor(text);
  const auto amount = cursor.Number(12);
  if (!amount || *amount == 0) {
    return std::nullopt;
  }
  const std::string_view unit = cursor.Rest();
  std::int64_t milliseconds = 0;
  if (unit == "ms") {
    milliseconds = 1;
  } else if (unit == "s") {
    milliseconds = 1000;
  } else if (unit == "m") {
    milliseconds = 60'000;
  } else if (unit == "h" || unit == "H") {
    milliseconds = 3'600'000;
  } else if (unit == "d") {
    milliseconds = 86'400'000;
  } else if (unit == "w") {
    milliseconds = 604'800'000;
  } else {
    return std::nullopt;
  }
  constexpr std::int64_t kHundredYears = std::int64_t{36'525} * 86'400'000;
  if (*amount > kHundredYears / milliseconds) {
    return std::nullopt;
  }
  return Milliseconds(*amount * milliseconds);
}

std::string ToString(Milliseconds duration) {
  struct Unit {
    std::int64_t milliseconds;
    const char* name;
  };
  constexpr std::array<Unit, 5> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}}};
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.milliseconds == 0) {
      return std::to_string(duration.count() / unit.milliseconds) + unit.name;
    }
  }
  return std::to_string(duration.count()) + "ms";
}

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

std::optional<DateMath> ParseDateMath(std::string_view text) {
  DateMath math;
  std::string_view steps;
  if (text.starts_with("now")) {
    steps = text.substr(3);
  } else {
    const std::size_t bars = text.find("||");
    math.anchor_ = ParseDateRange(text.substr(0, bars));
    if (!math.anchor_) {
      return std::nullopt;
    }
    steps = bars == std::string_view::npos ? std::string_view() : text.substr(bars + 2);
  }
  Cursor cursor(steps);
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

Timestamp FloorTo(Timestamp time, Milliseconds step) {
  const std::int64_t count = time.time_since_epoch().count();
  const std::int64_t size = step.count();
  const std::int64_t rest = ((count % size) + size) % size;
  return time - Milliseconds(rest);
}

}  // namespace tripline
