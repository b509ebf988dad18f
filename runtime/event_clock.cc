#include "runtime/event_clock.h"

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace tripline::runtime {

std::optional<Timestamp> Later(std::optional<Timestamp> a, std::optional<Timestamp> b) {
  return a && b ? std::max(*a, *b) : (a ? a : b);
}

void EventClock::ObserveAgain(Timestamp time) {
  if (limits_.now && time > *limits_.now) {
    return;
  }
  largest_ = Later(largest_, time);
  if (limits_.plausible && time <= *limits_.plausible) {
    plausible_ = Later(plausible_, time);
  }
}

void EventClock::Observe(Timestamp time) {
  if (limits_.now && time > *limits_.now) {
    return;
  }
  ObserveAgain(time);
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
  if (limits_.now) {
    time = std::min(time, *limits_.now);
  }
  now_ = time;
  largest_ = time;
}

std::optional<Timestamp> EventClock::Plausible() const { return Later(now_, plausible_); }

}  // namespace tripline::runtime
