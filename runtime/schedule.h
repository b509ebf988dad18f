// Schedule: when a rule runs, and which events a run examines. Everything is event time; no wall
// clock is ever asked (docs/windows.md).
//
// A rule runs at epoch multiples T of its interval. A run at T examines the events whose time t has
//   from(T) <= t <= to(T)            // now-59m, now: T - 59m <= t <= T
// and both bounds, as the beginning of a history, never go back from one run to the next. So an
// event is examined by one range of runs: by none at all if it falls between two windows. Runs are
// found by a division where the bounds are plain offsets, else by a search between the two runs
// that the bounds' spans (runtime/window_math.h) leave.
//
//   Schedule seed(minutes(5), minutes(59), days(20));
//   seed.RunsOver(t)                 // {first, last} run that examines an event of time t
//   seed.LastRunDue(clock, lateness) // every run up to this one may be evaluated now
//
// A plain value; a const Schedule serves any number of threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "runtime/window_math.h"

namespace tripline::runtime {

/// What one run examines: from <= time <= to.
struct RunWindow {
  Timestamp from;
  Timestamp to;
};

/// The runs at `first`, `first` + interval ... `last`; none if first > last.
struct RunRange {
  Timestamp first;
  Timestamp last;

  [[nodiscard]] bool IsEmpty() const { return first > last; }
  friend bool operator==(const RunRange&, const RunRange&) = default;
};

class Schedule {
 public:
  /// Requires that IsValid.
  Schedule(Milliseconds interval, WindowMath window);
  /// now - look_back to now; the history begins at now - history_window.
  Schedule(Milliseconds interval, Milliseconds look_back, Milliseconds history_window = {})
      : Schedule(interval, WindowMath::Of(look_back, history_window)) {}

  /// True if such a schedule can be made: an interval of 1 ms to 1,000 years, windows that hold
  /// something and do not end after their run. Of the history it says nothing (MinQuiet does).
  [[nodiscard]] static bool IsValid(Milliseconds interval, const WindowMath& window);

  [[nodiscard]] Timestamp FirstRunFrom(Timestamp time) const;  // the first run at or after `time`
  [[nodiscard]] Timestamp LastRunUpTo(Timestamp time) const;   // the last run at or before `time`
  [[nodiscard]] Timestamp RunAfter(Timestamp time) const { return LastRunUpTo(time) + interval_; }

  [[nodiscard]] RunWindow WindowOf(Timestamp run_at) const {
    return {window_.from.At(run_at), window_.to.At(run_at)};
  }
  /// Where the history of a run begins.
  [[nodiscard]] Timestamp HistoryStart(Timestamp run_at) const { return history_start_.At(run_at); }

  /// The runs that examine an event of this time.
  [[nodiscard]] RunRange RunsOver(Timestamp time) const;
  /// The first run whose window ends at or after `time`.
  [[nodiscard]] Timestamp FirstRunTo(Timestamp time) const;
  /// The last run whose window begins before `time`.
  [[nodiscard]] Timestamp LastRunWithFromBefore(Timestamp time) const;
  /// The first run whose history begins after `time`.
  [[nodiscard]] Timestamp RunAfterHistory(Timestamp time) const;
  /// How many runs examine an event at most.
  [[nodiscard]] std::uint64_t MaxRunsOverAnEvent() const;
  /// from(T) - HistoryStart(T) of every run is at least this; exact for plain offsets.
  [[nodiscard]] Milliseconds MinQuiet() const { return spans_.least_quiet; }
  /// The last run T with T + lateness < clock: no event that keeps the lateness can belong to it
  /// any more.
  [[nodiscard]] Timestamp LastRunDue(Timestamp clock, Milliseconds lateness) const;
  /// How many runs there are in first..last (both runs, included); 0 if first > last.
  [[nodiscard]] std::uint64_t CountRuns(Timestamp first, Timestamp last) const;

  [[nodiscard]] Milliseconds interval() const { return interval_; }
  /// How far before a run its window begins at most.
  [[nodiscard]] Milliseconds look_back() const { return spans_.look_back.most; }

 private:
  [[nodiscard]] Timestamp FirstRunReaching(const WindowBound& bound, const Span& before_run,
                                           Timestamp time) const;

  Milliseconds interval_;
  WindowMath window_;
  WindowBound history_start_;  // from the run's time
  WindowSpans spans_;
};

}  // namespace tripline::runtime
