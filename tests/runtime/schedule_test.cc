#include "runtime/schedule.h"

#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }

TEST(Schedule, RunsAtEpochMultiplesOfItsInterval) {
  const Schedule schedule(Milliseconds(10), Milliseconds(25));

  EXPECT_EQ(schedule.FirstRunFrom(At(20)), At(20));
  EXPECT_EQ(schedule.FirstRunFrom(At(21)), At(30));
  EXPECT_EQ(schedule.LastRunUpTo(At(29)), At(20));
  EXPECT_EQ(schedule.RunAfter(At(20)), At(30));
}

TEST(Schedule, RunsBeforeTheEpochToo) {
  const Schedule schedule(Milliseconds(10), Milliseconds(25));

  EXPECT_EQ(schedule.FirstRunFrom(At(-11)), At(-10));
  EXPECT_EQ(schedule.FirstRunFrom(At(-10)), At(-10));
  EXPECT_EQ(schedule.LastRunUpTo(At(-11)), At(-20));
}

TEST(Schedule, ExaminesBothEndsOfItsWindow) {
  const Schedule schedule(minutes(5), minutes(59));

  const RunWindow window = schedule.WindowOf(Timestamp(hours(1)));

  EXPECT_EQ(window.from, Timestamp(minutes(1)));
  EXPECT_EQ(window.run_at, Timestamp(hours(1)));
  EXPECT_EQ(schedule.RunsOver(Timestamp(minutes(1))).last, Timestamp(hours(1)));
  EXPECT_EQ(schedule.RunsOver(Timestamp(hours(1))).first, Timestamp(hours(1)));
}

TEST(Schedule, NamesExactlyTheRunsWhoseWindowHoldsAnEvent) {
  for (const std::int64_t look_back : {0, 3, 10, 14, 25, 30}) {
    const Schedule schedule(Milliseconds(10), Milliseconds(look_back));
    for (std::int64_t time = -40; time <= 40; ++time) {
      std::uint64_t num_runs = 0;
      const RunRange runs = schedule.RunsOver(At(time));
      for (std::int64_t run_at = -100; run_at <= 100; run_at += 10) {
        const bool is_examined = run_at - look_back <= time && time <= run_at;
        const bool is_named = runs.first <= At(run_at) && At(run_at) <= runs.last;
        EXPECT_EQ(is_named, is_examined) << look_back << " " << time << " " << run_at;
        num_runs += is_examined ? 1 : 0;
      }
      EXPECT_EQ(schedule.CountRuns(runs.first, runs.last), num_runs);
      EXPECT_LE(num_runs, schedule.MaxRunsOverAnEvent());
    }
  }
}

TEST(Schedule, HoldsARunBackUntilTheClockHasPassedItsLateness) {
  const Schedule schedule(Milliseconds(10), Milliseconds(10));

  EXPECT_EQ(schedule.LastRunDue(At(35), Milliseconds(5)), At(20));
  EXPECT_EQ(schedule.LastRunDue(At(36), Milliseconds(5)), At(30));
}

TEST(Schedule, RefusesDurationsThatMakeNoSense) {
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(0), Milliseconds(1)));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(-1), Milliseconds(1)));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(1), Milliseconds(-1)));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds::max(), Milliseconds(1)));
  EXPECT_TRUE(Schedule::IsValid(Milliseconds(1), Milliseconds(0)));
}

EventClock RunningClock(std::optional<Timestamp> limit = std::nullopt) {
  EventClock clock(limit);
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
  EventClock clock(std::nullopt);

  clock.Restore(At(5000));
  clock.Observe(At(4000));

  EXPECT_EQ(clock.Now(), At(5000));
}

}  // namespace
}  // namespace tripline::runtime
