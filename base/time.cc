// Dates are read by hand, not by strptime: OpenSearch's default format is exact about widths and
// allows parts to be left out from the right, and the first and last instant that a partial date
// stands for are both needed.
#include "base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

#include "base/text_cursor.h"

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

// A fraction of 1-9 digits, cut to milliseconds; the width tells how much of a second it spans.
std::optional<DateRange> ReadFraction(TextCursor& cursor, Timestamp second) {
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

std::optional<Milliseconds> ReadOffset(TextCursor& cursor) {
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

std::optional<DateRange> ReadTime(TextCursor& cursor, Timestamp midnight) {
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

// A search engine rounds a missing time of day up to its end, but a missing day or month up to the
// first one only: "2024-01" ends with the first of January.
DateRange FirstDayOf(const year_month_day& date) {
  const Timestamp midnight = sys_days(date);
  return {midnight, midnight + days(1) - Milliseconds(1)};
}

std::optional<DateRange> ReadIsoDate(std::string_view text) {
  TextCursor cursor(text);
  const auto y = cursor.Digits(4);
  if (!y || *y < 1) {
    return std::nullopt;
  }
  if (!cursor.Skip('-')) {
    return cursor.AtEnd() ? std::optional(FirstDayOf(year(*y) / 1 / 1)) : std::nullopt;
  }
  const auto m = cursor.Digits(2);
  if (!m || *m < 1 || *m > 12) {
    return std::nullopt;
  }
  const auto first_of_month = year(*y) / month(static_cast<unsigned>(*m)) / 1;
  if (!cursor.Skip('-')) {
    return cursor.AtEnd() ? std::optional(FirstDayOf(first_of_month)) : std::nullopt;
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

// What nearly every event's time looks like, 2026-05-01T12:34:56Z or 2026-05-01T12:34:56.789Z, by
// fixed places; everything else is for ReadIsoDate, which reads these the same.
std::optional<Timestamp> ReadUsualDate(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";
  constexpr std::size_t kWithoutFraction = 20;
  if ((text.size() != kShape.size() && text.size() != kWithoutFraction) || text.back() != 'Z') {
    return std::nullopt;
  }
  bool has_shape = true;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    has_shape &= kShape[i] == '0' ? is_digit : text[i] == kShape[i];
  }
  const auto number = [text](std::size_t begin, std::size_t size) {
    unsigned value = 0;
    for (std::size_t i = begin; i < begin + size; ++i) {
      value = 10 * value + static_cast<unsigned>(text[i] - '0');
    }
    return value;
  };
  if (!has_shape) {
    return std::nullopt;
  }
  const year_month_day date =
      year(static_cast<int>(number(0, 4))) / month(number(5, 2)) / day(number(8, 2));
  const unsigned h = number(11, 2);
  const unsigned m = number(14, 2);
  const unsigned s = number(17, 2);
  if (!date.ok() || date.year() < year(1) || h > 23 || m > 59 || s > 59) {
    return std::nullopt;
  }
  const unsigned ms = text.size() == kWithoutFraction ? 0 : number(20, 3);
  return Timestamp(sys_days(date)) + Milliseconds(((h * 60 + m) * 60 + s) * 1000 + ms);
}

// A sign and four to ten digits are a year to a search engine, and none of the calendar.
bool IsSignedYear(std::string_view text) {
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  return has_sign && text.size() >= 5 && text.size() <= 11 &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// With up to six digits of a fraction, which are cut off. Behind a negative number without one the
// search engine fills downwards when it looks for the end.
std::optional<DateRange> ReadEpochMillis(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(point);
  std::int64_t value = 0;
  const char* const end = text.data() + point;
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || rest != end || fraction.size() > 7 ||
      fraction.find_first_not_of("0123456789", 1) != std::string_view::npos) {
    return std::nullopt;
  }
  const Timestamp at{Milliseconds(value)};
  const bool fills_downwards = value < 0 && fraction.empty();
  return DateRange{at, fills_downwards ? at - Milliseconds(1) : at};
}

}  // namespace

std::optional<DateRange> ParseDateRange(std::string_view text) {
  if (text.empty() || text.size() > 64 || IsSignedYear(text)) {
    return std::nullopt;
  }
  std::optional<DateRange> range = ReadIsoDate(text);
  if (!range) {
    range = ReadEpochMillis(text);
  }
  return range && IsInCalendar(range->first) && IsInCalendar(range->last) ? range : std::nullopt;
}

std::optional<DateRange> ParseIsoDateRange(std::string_view text) { return ReadIsoDate(text); }

bool IsInCalendar(Timestamp time) { return time >= kFirst && time <= kLast; }

std::optional<Timestamp> ParseDate(std::string_view text) {
  if (const std::optional<Timestamp> usual = ReadUsualDate(text)) {
    return usual;
  }
  const auto range = ParseDateRange(text);
  return range ? std::optional(range->first) : std::nullopt;
}

std::optional<std::int64_t> ParseDateNanos(std::string_view text) {
  const auto time = ParseDate(text);
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  constexpr std::int64_t kMostMillis =
      std::numeric_limits<std::int64_t>::max() / kNanosPerMilli - 1;
  if (!time || time->time_since_epoch().count() < 0 ||
      time->time_since_epoch().count() > kMostMillis) {
    return std::nullopt;
  }
  // What ParseDate cut off: the digits of the fraction behind the third.
  std::int64_t rest = 0;
  const std::size_t point = text.find_first_of(".,");
  if (point != std::string_view::npos) {
    std::int64_t unit = 100'000;
    for (std::size_t i = point + 4; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      rest += (text[i] - '0') * unit;
      unit /= 10;
    }
  }
  return time->time_since_epoch().count() * kNanosPerMilli + rest;
}

std::string ToIsoString(Timestamp time) {
  const sys_days date = std::chrono::floor<days>(time);
  const year_month_day ymd(date);
  // Not time - date: the first day of the range begins before it.
  Milliseconds time_of_day = time.time_since_epoch() % Milliseconds(days(1));
  time_of_day += time_of_day < Milliseconds(0) ? Milliseconds(days(1)) : Milliseconds(0);
  const std::chrono::hh_mm_ss clock(time_of_day);
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
  TextCursor cursor(text);
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

Timestamp FloorTo(Timestamp time, Milliseconds step) {
  const std::int64_t count = time.time_since_epoch().count();
  const std::int64_t size = step.count();
  const std::int64_t rest = ((count % size) + size) % size;
  return time - Milliseconds(rest);
}

}  // namespace tripline
