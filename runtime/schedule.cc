// Runs are named by their time, a multiple of the interval, so all questions are one floor
// division. Times span the years 1 to 9999 and durations at most 1,000 years: sums stay far inside
// 64 bits of milliseconds.
#include "runtime/schedule.h"
#include <chrono>

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/time.h"

namespace tripline::runtime {
namespace {

constexpr Milliseconds kLongest = std::chrono::days(365'243);  // 1,000 years

}  // namespace

bool Schedule::IsValid(Milliseconds interval, Milliseconds look_back) {
  return interval > Milliseconds(0) && interval <= kLongest && look_back >= Milliseconds(0) &&
         look_back <= kLongest;
}

Schedule::Schedule(Milliseconds interval, Milliseconds look_back)
    : interval_(interval), look_back_(look_back) {
  Check(IsValid(interval, look_back), "a schedule has a positive interval and a look-back");
}

Timestamp Schedule::FirstRunFrom(Timestamp time) const {
  return FloorTo(time - Milliseconds(1), interval_) + interval_;
}

Timestamp Schedule::LastRunUpTo(Timestamp time) const { return FloorTo(time, interval_); }

RunRange Schedule::RunsOver(Timestamp time) const {
  return {FirstRunFrom(time), LastRunUpTo(time + look_back_)};
}

std::uint64_t Schedule::MaxRunsOverAnEvent() const {
  return static_cast<std::uint64_t>(look_back_ / interval_) + 1;
}

Timestamp Schedule::LastRunDue(Timestamp clock, Milliseconds lateness) const {
  return LastRunUpTo(clock - lateness - Milliseconds(1));
}

std::uint64_t Schedule::CountRuns(Timestamp first, Timestamp last) const {
  return first > last ? 0 : static_cast<std::uint64_t>((last - first) / interval_) + 1;
}

void EventClock::Observe(Timestamp time) {
  if (limit_ && time > *limit_) {
    return;
  }
  largest_ = largest_ ? std::max(*largest_, time) : time;
  if (now_ && time <= *now_ + kLeap) {
    now_ = std::max(*now_, time);
    num_witnesses_ = 0;
    return;
  }
  least_leap_ = num_witnesses_ == 0 ? time : std::min(least_leap_, time);
  if (++num_witnesses_ >= kWitnesses) {
    now_ = least_leap_;
    num_witnesses_ = 0;
  }
}

void EventClock::Restore(Timestamp time) {
  now_ = time;
  largest_ = time;
}

}  // namespace tripline::runtime
