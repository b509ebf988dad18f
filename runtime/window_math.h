// WindowMath: the date math that says what a run examines, as functions of the run's time T.
//
//   rule "from", "to", "history_window_start" -> WindowBound::Parse -> WindowMath -> Schedule
//
// A WindowBound is `now` followed by offsets of a fixed length and by roundings, all of which round
// down, in UTC (docs/windows.md says why). Each step keeps the order of two times, so a bound never
// goes back from one run to the next, which is what the search in Schedule rests on. Offsets of
// months and years do not keep it (the 30th and the 31st of March less a month), absolute dates do
// not move at all: both are refused with words for the rule's author.
//
//   WindowBound::Parse("now-1d/d")->At(noon)  // the midnight before the last one
//   WindowMath::Of(minutes(59), days(20))     // now-59m, now, now-20d
//
// Plain values; const objects serve any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tripline::runtime {

class WindowBound {
 public:
  WindowBound() = default;  // now
  [[nodiscard]] static WindowBound Before(Milliseconds before_now);

  /// Date math as ParseDateMath has it, and `ms` as a unit. Errors: kUnsupported, with the reason
  /// as the end of a sentence about the text: months, years, absolute dates, more than 100 years;
  /// kInvalid: no date math.
  [[nodiscard]] static Result<WindowBound> Parse(std::string_view text);
  /// A text that Parse takes back: "now-59m", "now-1d/d".
  [[nodiscard]] std::string ToText() const;

  [[nodiscard]] Timestamp At(Timestamp now) const;
  /// This bound, and `next` with it as `now`.
  [[nodiscard]] WindowBound Then(const WindowBound& next) const;

  /// How far before now it lies, without what the roundings take: negative after now.
  [[nodiscard]] Milliseconds before_now() const;
  /// The most that the roundings can take; 0: there are none.
  [[nodiscard]] Milliseconds MostRounded() const;
  /// now - At(now) is the same at `now` and `now` + period; none: the calendar has no such period.
  [[nodiscard]] std::optional<Milliseconds> Period() const;

  friend bool operator==(const WindowBound&, const WindowBound&) = default;

 private:
  struct Step {
    Milliseconds offset{0};
    std::optional<CalendarUnit> rounding;  // instead of the offset

    friend bool operator==(const Step&, const Step&) = default;
  };

  void Add(const Step& step);

  std::vector<Step> steps_;  // no offset of zero, no two offsets side by side
};

/// What a run at T examines is from(T) <= time <= to(T); its history begins at history_start with
/// to(T) as `now`, as Kibana has it.
struct WindowMath {
  WindowBound from;
  WindowBound to;
  WindowBound history_start;  // new_terms; else `now`

  [[nodiscard]] static WindowMath Of(Milliseconds look_back, Milliseconds history_window = {}) {
    return {WindowBound::Before(look_back), {}, WindowBound::Before(history_window)};
  }
  friend bool operator==(const WindowMath&, const WindowMath&) = default;
};

struct Span {
  Milliseconds least{0};
  Milliseconds most{0};
};

/// What holds of a window at every run, at the multiples of an interval. Exact, except for
/// roundings to months and years and for odd intervals (more than 100,000 runs until their position
/// in the week repeats): there the spans may be wider than they are, `least_quiet` smaller.
struct WindowSpans {
  Span look_back;               // T - from
  Span delay;                   // T - to
  Span history;                 // T - the history's start
  Milliseconds widest{0};       // to - from at most; negative: no window holds anything
  Milliseconds least_quiet{0};  // from - the history's start at least
};

/// Requires: interval >= 0.
[[nodiscard]] WindowSpans MeasureWindow(const WindowMath& window, Milliseconds interval);

}  // namespace tripline::runtime
