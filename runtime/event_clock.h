// EventClock: how far event time has come by one timestamp: the largest time observed, with doubt.
//
// One event with a clock far ahead would make everything after it late, so a leap of more than
// `kLeap` (and the very first time) is believed only after `kWitnesses` observations in a row that
// all leap; until then runs are merely evaluated later, which changes no alert. At the end of the
// input Plausible says how far the clock may go: it also believes what the machine's own clock
// bears out.
//
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tripline::runtime {

/// What bounds a clock.
struct ClockLimits {
  /// Later times do not move the clock: --now.
  std::optional<Timestamp> now;
  /// Times up to this one are plausible at the end of the input: what the machine's clock says, and
  /// a day.
  std::optional<Timestamp> plausible;
};

class EventClock {
 public:
  static constexpr Milliseconds kLeap = std::chrono::days(1);
  static constexpr std::uint32_t kWitnesses = 64;

  explicit EventClock(const ClockLimits& limits) : limits_(limits) {}

  void Observe(Timestamp time);
  /// The time counts for Plausible and Largest, but does not move Now: it was observed before Now
  /// was restored.
  void ObserveAgain(Timestamp time);
  /// Starts from where an earlier call stood.
  void Restore(Timestamp time);

  [[nodiscard]] std::optional<Timestamp> Now() const { return now_; }
  /// The larger of Now and the largest time within the limit.
  [[nodiscard]] std::optional<Timestamp> Plausible() const;
  [[nodiscard]] std::optional<Timestamp> Largest() const { return largest_; }

 private:
  ClockLimits limits_;
  std::optional<Timestamp> now_;
  std::optional<Timestamp> plausible_;
  std::optional<Timestamp> largest_;
  std::uint32_t num_witnesses_ = 0;
  Timestamp least_leap_{};
};

/// The later of two times, either of which may be missing.
[[nodiscard]] std::optional<Timestamp> Later(std::optional<Timestamp> a,
                                             std::optional<Timestamp> b);

}  // namespace tripline::runtime
