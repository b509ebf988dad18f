// Steps are applied one after the other. What they do at all runs is found by trying one run of
// each kind: the roundings repeat with their longest unit (a second divides a minute, ... a day
// divides a week), so runs at the same position in that unit are alike.
#include "runtime/window_math.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text_cursor.h"

namespace tripline::runtime {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kMostTried = 100'000;
constexpr std::size_t kMostSteps = 16;
constexpr Milliseconds kLongest = days(36'525);  // 100 years

struct Unit {
  std::string_view name;
  std::optional<CalendarUnit> unit;  // none: milliseconds
  Milliseconds length;               // of months and years the longest
};

constexpr auto kUnits = std::to_array<Unit>({
    {"ms", std::nullopt, Milliseconds(1)},
    {"s", CalendarUnit::kSecond, std::chrono::seconds(1)},
    {"m", CalendarUnit::kMinute, std::chrono::minutes(1)},
    {"h", CalendarUnit::kHour, std::chrono::hours(1)},
    {"H", CalendarUnit::kHour, std::chrono::hours(1)},
    {"d", CalendarUnit::kDay, days(1)},
    {"w", CalendarUnit::kWeek, days(7)},
    {"M", CalendarUnit::kMonth, days(31)},
    {"y", CalendarUnit::kYear, days(366)},
});

const Unit& UnitOf(CalendarUnit unit) {
  return *std::ranges::find(kUnits, std::optional(unit), &Unit::unit);
}

bool IsOfFixedLength(CalendarUnit unit) {
  return unit != CalendarUnit::kMonth && unit != CalendarUnit::kYear;
}

Timestamp RoundDown(Timestamp time, CalendarUnit unit) {
  if (unit == CalendarUnit::kWeek) {
    constexpr days kFirstSunday{3};  // 1970-01-04; Kibana's weeks begin on Sunday
    return FloorTo(time - kFirstSunday, days(7)) + kFirstSunday;
  }
  if (IsOfFixedLength(unit)) {
    return FloorTo(time, UnitOf(unit).length);
  }
  const year_month_day date(std::chrono::floor<days>(time));
  const std::chrono::month month =
      unit == CalendarUnit::kYear ? std::chrono::January : date.month();
  return sys_days(date.year() / month / 1);
}

std::unexpected<Error> NoDateMath(std::string_view text) {
  return Fail(ErrorCode::kInvalid, "`" + std::string(text) + "` is no date math");
}

std::unexpected<Error> TooFar() {
  return Fail(ErrorCode::kUnsupported, "it is more than 100 years away from `now`");
}

// The unit at the cursor, which it passes.
const Unit* TakeUnit(TextCursor& cursor) {
  const Unit* found = nullptr;
  for (const Unit& unit : kUnits) {
    if (cursor.Rest().starts_with(unit.name) &&
        (found == nullptr || unit.name.size() > found->name.size())) {
      found = &unit;
    }
  }
  for (std::size_t i = 0; found != nullptr && i < found->name.size(); ++i) {
    cursor.Skip(found->name[i]);
  }
  return found;
}

Span SpanOf(const WindowBound& bound) {
  return {bound.before_now(), bound.before_now() + bound.MostRounded()};
}

WindowSpans SpansByTheirParts(const WindowMath& window, const WindowBound& history_start) {
  WindowSpans spans{.look_back = SpanOf(window.from),
                    .delay = SpanOf(window.to),
                    .history = SpanOf(history_start)};
  spans.widest = spans.look_back.most - spans.delay.least;
  spans.least_quiet = spans.history.least - spans.look_back.most;
  return spans;
}

void Widen(Span& span, Milliseconds length) {
  span.least = std::min(span.least, length);
  span.most = std::max(span.most, length);
}

}  // namespace

WindowBound WindowBound::Before(Milliseconds before_now) {
  WindowBound bound;
  bound.Add({.offset = -before_now, .rounding = {}});
  return bound;
}

void WindowBound::Add(const Step& step) {
  if (step.rounding || steps_.empty() || steps_.back().rounding) {
    if (step.rounding || step.offset != Milliseconds(0)) {
      steps_.push_back(step);
    }
    return;
  }
  steps_.back().offset += step.offset;
  if (steps_.back().offset == Milliseconds(0)) {
    steps_.pop_back();
  }
}

Result<WindowBound> WindowBound::Parse(std::string_view text) {
  if (!text.starts_with("now")) {
    if (!ParseDateMath(text)) {
      return NoDateMath(text);
    }
    return Fail(ErrorCode::kUnsupported,
                "it stands still while the runs go on; give a time around `now`");
  }
  WindowBound bound;
  TextCursor cursor(text.substr(3));
  for (std::size_t i = 0; !cursor.AtEnd(); ++i) {
    const bool is_rounding = cursor.Skip('/');
    const std::int64_t sign = cursor.Peek() == '-' ? -1 : 1;
    if (!is_rounding && !cursor.Skip('+') && !cursor.Skip('-')) {
      return NoDateMath(text);
    }
    constexpr std::size_t kMostDigits = 13;  // 100 years in milliseconds
    const std::int64_t amount = cursor.Number(kMostDigits).value_or(1);
    const Unit* const unit = TakeUnit(cursor);
    if (unit == nullptr || i >= kMostSteps || (is_rounding && (!unit->unit || amount != 1))) {
      return NoDateMath(text);
    }
    if (is_rounding) {
      bound.Add({.offset = {}, .rounding = unit->unit});
      continue;
    }
    if (unit->unit && !IsOfFixedLength(*unit->unit)) {
      return Fail(ErrorCode::kUnsupported,
                  "months and years differ in length; give days or weeks, such as `now-30d`");
    }
    if (amount > kLongest / unit->length) {
      return TooFar();
    }
    bound.Add({.offset = sign * amount * unit->length, .rounding = {}});
  }
  for (const Step& step : bound.steps_) {
    if (std::chrono::abs(step.offset) > kLongest) {
      return TooFar();
    }
  }
  return bound;
}

std::string WindowBound::ToText() const {
  std::string text = "now";
  for (const Step& step : steps_) {
    if (step.rounding) {
      text += "/" + std::string(UnitOf(*step.rounding).name);
    } else {
      const bool is_before = step.offset < Milliseconds(0);
      text += (is_before ? "-" : "+") + ToString(is_before ? -step.offset : step.offset);
    }
  }
  return text;
}

Timestamp WindowBound::At(Timestamp now) const {
  for (const Step& step : steps_) {
    now = step.rounding ? RoundDown(now, *step.rounding) : now + step.offset;
  }
  return now;
}

WindowBound WindowBound::Then(const WindowBound& next) const {
  WindowBound both = *this;
  for (const Step& step : next.steps_) {
    both.Add(step);
  }
  return both;
}

Milliseconds WindowBound::before_now() const {
  Milliseconds before{0};
  for (const Step& step : steps_) {
    before -= step.offset;
  }
  return before;
}

Milliseconds WindowBound::MostRounded() const {
  Milliseconds most{0};
  for (const Step& step : steps_) {
    most += step.rounding ? UnitOf(*step.rounding).length - Milliseconds(1) : Milliseconds(0);
  }
  return most;
}

std::optional<Milliseconds> WindowBound::Period() const {
  Milliseconds period{1};
  for (const Step& step : steps_) {
    if (!step.rounding) {
      continue;
    }
    if (!IsOfFixedLength(*step.rounding)) {
      return std::nullopt;
    }
    period = std::max(period, UnitOf(*step.rounding).length);
  }
  return period;
}

WindowSpans MeasureWindow(const WindowMath& window, Milliseconds interval) {
  const WindowBound history_start = window.to.Then(window.history_start);
  const auto period = window.from.Then(history_start).Period();
  const std::int64_t num_tried =
      period ? period->count() / std::gcd(period->count(), interval.count()) : 0;
  if (!period || num_tried > kMostTried) {
    return SpansByTheirParts(window, history_start);
  }
  WindowSpans spans;
  for (std::int64_t i = 0; i < num_tried; ++i) {
    const Timestamp run_at(i * (interval % *period));
    const Timestamp from = window.from.At(run_at);
    const Timestamp to = window.to.At(run_at);
    const Timestamp start = history_start.At(run_at);
    if (i == 0) {
      spans = {.look_back = {run_at - from, run_at - from},
               .delay = {run_at - to, run_at - to},
               .history = {run_at - start, run_at - start},
               .widest = to - from,
               .least_quiet = from - start};
    }
    Widen(spans.look_back, run_at - from);
    Widen(spans.delay, run_at - to);
    Widen(spans.history, run_at - start);
    spans.widest = std::max(spans.widest, to - from);
    spans.least_quiet = std::min(spans.least_quiet, from - start);
  }
  return spans;
}

}  // namespace tripline::runtime
