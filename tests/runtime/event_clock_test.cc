#include "runtime/event_clock.h"

#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

using std::chrono::days;
using std::chrono::hours;

Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }

EventClock RunningClock(std::optional<Timestamp> limit = std::nullopt) {
  EventClock clock({.now = limit, .plausible = std::nullopt});
  for (std::uint32_t i = 0; i < EventClock::kWitnesses; ++i) {
    clock.Observe(At(1000));
  }
  return clock;
}

TEST(EventClock, ShowsTheLargestTimeWhateverTheOrder) {
  EventClock clock = RunningClock();

  clock.Observe(At(3000));
  clock.Observe(At(2000));

  EXPECT_EQ(clock.Now(), At(3000));
  EXPECT_EQ(clock.Largest(), At(3000));
}

TEST(EventClock, IsNotMovedByOneEventOfTheYear9999) {
  EventClock clock = RunningClock();
  const Timestamp far = *ParseDate("9999-12-31T23:59:59Z");

  clock.Observe(far);
  clock.Observe(At(2000));

  EXPECT_EQ(clock.Now(), At(2000));
  EXPECT_EQ(clock.Largest(), far);
}

TEST(EventClock, FollowsALeapThatManyEventsInARowConfirm) {
  EventClock clock = RunningClock();

  for (std::uint32_t i = 0; i < EventClock::kWitnesses; ++i) {
    EXPECT_EQ(clock.Now(), At(1000));
    clock.Observe(Timestamp(hours(72)) + Milliseconds(i));
  }

  EXPECT_EQ(clock.Now(), Timestamp(hours(72)));
}

TEST(EventClock, IgnoresTimesAfterItsLimit) {
  EventClock clock = RunningClock(At(1500));

  clock.Observe(At(1501));
  EXPECT_EQ(clock.Now(), At(1000));
  clock.Observe(At(1500));
  EXPECT_EQ(clock.Now(), At(1500));
  EXPECT_EQ(clock.Largest(), At(1500));
}

TEST(EventClock, TakesUpWhereAnEarlierCallEnded) {
  EventClock clock(ClockLimits{});

  clock.Restore(At(5000));
  clock.Observe(At(4000));

  EXPECT_EQ(clock.Now(), At(5000));
}

TEST(EventClock, DoesNotGoBeyondItsLimitWhenItTakesUp) {
  EventClock clock({.now = At(1500), .plausible = std::nullopt});

  clock.Restore(At(5000));

  EXPECT_EQ(clock.Now(), At(1500));
}

TEST(EventClock, FindsALeapPlausibleThatTheMachinesClockBearsOut) {
  EventClock clock({.now = std::nullopt, .plausible = Timestamp(days(30))});
  EXPECT_EQ(clock.Plausible(), std::nullopt);
  clock.Restore(At(1000));
  EXPECT_EQ(clock.Plausible(), At(1000));

  clock.Observe(Timestamp(days(9)));
  clock.Observe(Timestamp(days(31)));

  EXPECT_EQ(clock.Now(), At(1000));
  EXPECT_EQ(clock.Plausible(), Timestamp(days(9)));
  EXPECT_EQ(clock.Largest(), Timestamp(days(31)));
}

TEST(EventClock, IsNotMovedByWhatItHasSeenBefore) {
  EventClock clock({.now = std::nullopt, .plausible = Timestamp(days(30))});
  clock.Restore(At(1000));

  clock.ObserveAgain(At(2000));

  EXPECT_EQ(clock.Now(), At(1000));
  EXPECT_EQ(clock.Plausible(), At(2000));
}

}  // namespace
}  // namespace tripline::runtime
