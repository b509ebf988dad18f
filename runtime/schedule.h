// Schedule and EventClock: when a rule runs, which events a run examines, and how far event time
// has come. Everything is event time; no wall clock is ever asked (docs/windows.md).
//
// A rule runs at epoch multiples T of its interval. A run at T examines the events whose time t has
//   T - look_back <= t <= T
// so an event is examined by every multiple from t up to t + look_back, both included: none at all
// if the look-back is shorter than the interval and t falls between two windows.
//
//   Schedule seed(minutes(5), minutes(59));
//   seed.RunsOver(t)                 // {first, last} run that examines an event of time t
//   seed.LastRunDue(clock, lateness) // every run up to this one may be evaluated now
//
// Plain values; a const Schedule serves any number of threads, an EventClock one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tripline::runtime {

/// What one run examines: from <= time <= run_at.
struct RunWindow {
  Timestamp from;
  Timestamp run_at;
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
  /// Requires: interval > 0, look_back >= 0, both at most 1,000 years.
  Schedule(Milliseconds interval, Milliseconds look_back);

  /// True if such a schedule can be made.
  [[nodiscard]] static bool IsValid(Milliseconds interval, Milliseconds look_back);

  [[nodiscard]] Timestamp FirstRunFrom(Timestamp time) const;  // the first run at or after `time`
  [[nodiscard]] Timestamp LastRunUpTo(Timestamp time) const;   // the last run at or before `time`
  [[nodiscard]] Timestamp RunAfter(Timestamp time) const { return LastRunUpTo(time) + interval_; }

  [[nodiscard]] RunWindow WindowOf(Timestamp run_at) const { return {run_at - look_back_, run_at}; }
  /// The runs that examine an event of this time.
  [[nodiscard]] RunRange RunsOver(Timestamp time) const;
  /// How many runs examine an event at most.
  [[nodiscard]] std::uint64_t MaxRunsOverAnEvent() const;
  /// The last run T with T + lateness < clock: no event that keeps the lateness can belong to it
  /// any more.
  [[nodiscard]] Timestamp LastRunDue(Timestamp clock, Milliseconds lateness) const;
  /// How many runs there are in first..last (both runs, included); 0 if first > last.
  [[nodiscard]] std::uint64_t CountRuns(Timestamp first, Timestamp last) const;

  [[nodiscard]] Milliseconds interval() const { return interval_; }
  [[nodiscard]] Milliseconds look_back() const { return look_back_; }

 private:
  Milliseconds interval_;
  Milliseconds look_back_;
};

/// How far event time has come: the largest time observed.
///
/// One event with a clock far ahead would make everything after it late, so a leap of more than
/// `kLeap` (and the very first time) is believed only after `kWitnesses` observations in a row that
/// all leap; until then runs are merely evaluated later, which changes no alert. `Largest` knows no
/// such doubt: it is the clock at the end of the input.
class EventClock {
 public:
  static constexpr Milliseconds kLeap = std::chrono::days(1);
  static constexpr std::uint32_t kWitnesses = 64;

  /// Times after `limit`, if there is one, do not move the clock.
  explicit EventClock(std::optional<Timestamp> limit) : limit_(limit) {}

  void Observe(Timestamp time);
  /// Starts from where an earlier call ended.
  void Restore(Timestamp time);

  [[nodiscard]] std::optional<Timestamp> Now() const { return now_; }
  [[nodiscard]] std::optional<Timestamp> Largest() const { return largest_; }

 private:
  std::optional<Timestamp> limit_;
  std::optional<Timestamp> now_;
  std::optional<Timestamp> largest_;
  std::uint32_t num_witnesses_ = 0;
  Timestamp least_leap_{};
};

}  // namespace tripline::runtime
