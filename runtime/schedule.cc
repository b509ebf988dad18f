// Runs are named by their time, a multiple of the interval, so the questions of plain windows are
// one floor division. Times span the years 1 to 9999 and durations at most 1,000 years: sums stay
// far inside 64 bits of milliseconds.
#include "runtime/schedule.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/time.h"

namespace tripline::runtime {
namespace {

constexpr Milliseconds kLongest = std::chrono::days(365'243);  // 1,000 years

}  // namespace

bool Schedule::IsValid(Milliseconds interval, const WindowMath& window) {
  if (interval <= Milliseconds(0) || interval > kLongest) {
    return false;
  }
  for (const WindowBound* bound : {&window.from, &window.to, &window.history_start}) {
    if (std::chrono::abs(bound->before_now()) > kLongest) {
      return false;
    }
  }
  const WindowSpans spans = MeasureWindow(window, interval);
  return spans.delay.least >= Milliseconds(0) && spans.widest >= Milliseconds(0);
}

Schedule::Schedule(Milliseconds interval, WindowMath window)
    : interval_(interval),
      window_(std::move(window)),
      history_start_(window_.to.Then(window_.history_start)) {
  Check(IsValid(interval_, window_), "a schedule has a positive interval and a window");
  spans_ = MeasureWindow(window_, interval_);
}

Timestamp Schedule::FirstRunFrom(Timestamp time) const {
  return FloorTo(time - Milliseconds(1), interval_) + interval_;
}

Timestamp Schedule::LastRunUpTo(Timestamp time) const { return FloorTo(time, interval_); }

// `before_run`: how far before a run the bound lies. A run that reaches `time` is at least the
// least of it after `time`, and one that is the most of it after `time` reaches it.
Timestamp Schedule::FirstRunReaching(const WindowBound& bound, const Span& before_run,
                                     Timestamp time) const {
  const Timestamp first = FirstRunFrom(time + before_run.least);
  if (before_run.least == before_run.most) {
    return first;
  }
  std::int64_t none = -1;  // `first` + none * interval does not reach it
  std::int64_t reaching = (FirstRunFrom(time + before_run.most) - first) / interval_;
  while (reaching - none > 1) {
    const std::int64_t middle = none + (reaching - none) / 2;
    (bound.At(first + middle * interval_) >= time ? reaching : none) = middle;
  }
  return first + reaching * interval_;
}

RunRange Schedule::RunsOver(Timestamp time) const {
  return {FirstRunTo(time), LastRunWithFromBefore(time + Milliseconds(1))};
}

Timestamp Schedule::FirstRunTo(Timestamp time) const {
  return FirstRunReaching(window_.to, spans_.delay, time);
}

Timestamp Schedule::LastRunWithFromBefore(Timestamp time) const {
  return FirstRunReaching(window_.from, spans_.look_back, time) - interval_;
}

Timestamp Schedule::RunAfterHistory(Timestamp time) const {
  return FirstRunReaching(history_start_, spans_.history, time + Milliseconds(1));
}

std::uint64_t Schedule::MaxRunsOverAnEvent() const {
  return static_cast<std::uint64_t>((spans_.look_back.most - spans_.delay.least) / interval_) + 1;
}

Timestamp Schedule::LastRunDue(Timestamp clock, Milliseconds lateness) const {
  return LastRunUpTo(clock - lateness - Milliseconds(1));
}

std::uint64_t Schedule::CountRuns(Timestamp first, Timestamp last) const {
  return first > last ? 0 : static_cast<std::uint64_t>((last - first) / interval_) + 1;
}

}  // namespace tripline::runtime
