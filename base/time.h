// Event time: milliseconds since 1970 UTC, as OpenSearch's date fields hold it, with the texts that
// become it.
//
//   ParseDate("2026-05-01T00:00:00.123456789Z")        an instant, cut to milliseconds
//   ParseDateRange("2024-01-02")                       the whole day: [00:00:00.000, 23:59:59.999]
//   ParseDateMath("now-59m")->Resolve(now)             Elastic's relative times
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tripline {

class DateFormat;  // base/date_format.h

using Milliseconds = std::chrono::milliseconds;
/// Milliseconds since the epoch, UTC; years 1 to 9999.
using Timestamp = std::chrono::sys_time<Milliseconds>;

/// First and last millisecond that a date text stands for: without a time of day the whole day,
/// without a day or month the first one of them (as search engines round).
struct DateRange {
  Timestamp first;
  Timestamp last;
};

/// strict_date_optional_time (missing parts allowed from the right, fractions of 1-9 digits, offset
/// or Z) or epoch_millis. Empty if the text is neither or the year is not in 1-9999.
[[nodiscard]] std::optional<DateRange> ParseDateRange(std::string_view text);

/// The same without epoch_millis: strict_date_optional_time.
[[nodiscard]] std::optional<DateRange> ParseIsoDateRange(std::string_view text);

/// In the years 1 to 9999.
[[nodiscard]] bool IsInCalendar(Timestamp time);

/// The first millisecond of ParseDateRange: what an event's date field means.
[[nodiscard]] std::optional<Timestamp> ParseDate(std::string_view text);

/// The same in nanoseconds, of the years 1970 to 2262: what a `date_nanos` field means.
/// Milliseconds since the epoch are taken too.
[[nodiscard]] std::optional<std::int64_t> ParseDateNanos(std::string_view text);

/// "2026-05-01T00:00:00.123Z".
[[nodiscard]] std::string ToIsoString(Timestamp time);

/// "5m", "90s", "1h", "20d", "2w", "250ms". Empty if it is none of these, zero or longer than 100
/// years.
[[nodiscard]] std::optional<Milliseconds> ParseDuration(std::string_view text);

/// The largest unit that divides it: "59m", "20d".
[[nodiscard]] std::string ToString(Milliseconds duration);

enum class CalendarUnit : std::uint8_t { kSecond, kMinute, kHour, kDay, kWeek, kMonth, kYear };

enum class Rounding : std::uint8_t {
  kDown,  // for gte and lt: the first millisecond of the unit
  kUp,    // for gt and lte: the last millisecond of the unit
};

/// "now" or an absolute date, followed by steps: +N unit, -N unit, /unit.
class DateMath {
 public:
  /// The instant it means at `now`; `rounding` says which end of a rounded unit or partial date is
  /// meant.
  [[nodiscard]] Timestamp Resolve(Timestamp now, Rounding rounding = Rounding::kDown) const;
  /// True if the answer depends on `now`.
  [[nodiscard]] bool IsRelative() const { return !anchor_.has_value(); }

 private:
  friend std::optional<DateMath> ParseDateMath(std::string_view text, const DateFormat* format);
  struct Step {
    CalendarUnit unit;
    std::int64_t amount;  // ignored where is_rounding
    bool is_rounding;
  };
  std::optional<DateRange> anchor_;  // none: now
  std::vector<Step> steps_;
};

/// "now-59m", "now-1d/d", "2024-01-02||+1M/d", "2024-01-02". Absolute dates are read as `format`
/// has them, if one is given.
[[nodiscard]] std::optional<DateMath> ParseDateMath(std::string_view text,
                                                    const DateFormat* format = nullptr);

/// The largest multiple of `step` since the epoch that is not after `time`.
[[nodiscard]] Timestamp FloorTo(Timestamp time, Milliseconds step);

}  // namespace tripline
