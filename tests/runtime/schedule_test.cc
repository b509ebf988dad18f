#include "runtime/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tripline::runtime {
namespace {

using std::chrono::days;
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
  EXPECT_EQ(window.to, Timestamp(hours(1)));
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

WindowBound BoundOf(const std::string& text) { return *WindowBound::Parse(text); }

WindowMath MathOf(const char* from, const char* to, const char* history_start) {
  return {BoundOf(from), BoundOf(to), BoundOf(history_start)};
}

// Date math of a few offsets and roundings, now or before; offsets of whole `unit`s.
std::string RandomText(std::mt19937_64& random, const std::string& unit, int max_amount) {
  static const char* const kRoundings[] = {"/s", "/m", "/h", "/d", "/w", "/M"};
  std::string text = "now";
  for (std::uint64_t left = random() % 3; left > 0; --left) {
    if (random() % 2 == 0) {
      text += kRoundings[random() % 6];
    } else {
      text += "-" + std::to_string(random() % static_cast<std::uint64_t>(max_amount)) + unit;
    }
  }
  return text;
}

struct RandomWindow {
  Milliseconds interval;
  WindowMath math;
  std::string text;
};

RandomWindow RandomWindowOf(std::mt19937_64& random) {
  static const std::pair<const char*, Milliseconds> kUnits[] = {
      {"s", std::chrono::seconds(1)}, {"m", minutes(1)}, {"h", hours(1)}, {"d", days(1)}};
  const auto& [unit, length] = kUnits[random() % 4];
  const std::string from = RandomText(random, unit, 20);
  const std::string to = RandomText(random, unit, 10);
  const std::string start = RandomText(random, unit, 60);
  const Milliseconds interval =
      (random() % 3 == 0 ? Milliseconds(random() % 999) : Milliseconds(0)) +
      length * static_cast<std::int64_t>(1 + random() % 7);
  return {interval,
          {BoundOf(from), BoundOf(to), BoundOf(start)},
          ToString(interval) + " " + from + " " + to + " " + start};
}

// Every answer about `time`, by trying the runs around it one by one.
void ExpectWhatTheDefinitionSays(const Schedule& schedule, const RandomWindow& window,
                                 Timestamp time, const std::vector<Timestamp>& runs) {
  const auto start = [&](Timestamp run_at) {
    return window.math.history_start.At(window.math.to.At(run_at));
  };
  const auto first_run = [&](auto holds) { return *std::ranges::find_if(runs, holds); };
  const Timestamp first_to =
      first_run([&](Timestamp run) { return window.math.to.At(run) >= time; });
  const Timestamp first_from =
      first_run([&](Timestamp run) { return window.math.from.At(run) >= time; });
  const Timestamp first_later_from =
      first_run([&](Timestamp run) { return window.math.from.At(run) > time; });

  EXPECT_EQ(schedule.FirstRunTo(time), first_to);
  EXPECT_EQ(schedule.LastRunWithFromBefore(time), first_from - window.interval);
  EXPECT_EQ(schedule.RunAfterHistory(time),
            first_run([&](Timestamp run) { return start(run) > time; }));
  const RunRange over = schedule.RunsOver(time);
  EXPECT_EQ(over, (RunRange{first_to, first_later_from - window.interval}));
  EXPECT_LE(schedule.CountRuns(over.first, over.last), schedule.MaxRunsOverAnEvent());
  for (const Timestamp run : runs) {
    ASSERT_EQ(over.first <= run && run <= over.last,
              window.math.from.At(run) <= time && time <= window.math.to.At(run));
    ASSERT_EQ(schedule.HistoryStart(run), start(run));
    ASSERT_GE(window.math.from.At(run) - start(run), schedule.MinQuiet());
    ASSERT_LE(run - window.math.from.At(run), schedule.look_back());
  }
}

TEST(Schedule, AnswersByTheDefinitionForAnyWindow) {
  std::mt19937_64 random(7);
  int num_tried = 0;
  int num_rounded = 0;
  while (num_tried < 400) {
    const RandomWindow window = RandomWindowOf(random);
    const WindowSpans spans = MeasureWindow(window.math, window.interval);
    const Milliseconds around =
        std::max({spans.look_back.most, spans.history.most, spans.delay.most});
    if (!Schedule::IsValid(window.interval, window.math) || 2 * around / window.interval > 20'000) {
      continue;
    }
    SCOPED_TRACE(window.text);
    const Schedule schedule(window.interval, window.math);
    for (int i = 0; i < 4; ++i) {
      const Timestamp some =
          Timestamp(minutes(static_cast<std::int64_t>(random() % 60'000'000)) - hours(400'000));
      const Timestamp time = random() % 2 == 0 ? FloorTo(some, days(1)) : some;
      std::vector<Timestamp> runs;
      for (Timestamp run = schedule.LastRunUpTo(time) - 2 * window.interval;
           run <= time + around + 3 * window.interval; run += window.interval) {
        runs.push_back(run);
      }
      ExpectWhatTheDefinitionSays(schedule, window, time, runs);
    }
    ++num_tried;
    num_rounded += window.math == WindowMath::Of(window.math.from.before_now(),
                                                 window.math.history_start.before_now())
                       ? 0
                       : 1;
  }
  EXPECT_GT(num_rounded, 200);
}

TEST(Schedule, RunsOfADayLookAtTheDayBefore) {
  const Schedule schedule(hours(6), MathOf("now-1d/d", "now/d", "now-7d/d"));
  const Timestamp day = *ParseDate("2026-05-14");

  EXPECT_EQ(schedule.WindowOf(day + hours(18)).from, day - days(1));
  EXPECT_EQ(schedule.WindowOf(day + hours(18)).to, day);
  EXPECT_EQ(schedule.HistoryStart(day + hours(18)), day - days(7));
  EXPECT_EQ(schedule.RunsOver(day + hours(5)), (RunRange{day + days(1), day + hours(42)}));
  EXPECT_EQ(schedule.RunsOver(day), (RunRange{day, day + hours(42)})) << "both ends count";
  EXPECT_EQ(schedule.MinQuiet(), days(6));
  EXPECT_EQ(schedule.look_back(), hours(42));
}

TEST(Schedule, HoldsAtBothEndsOfTheCalendar) {
  const Schedule schedule(hours(1), MathOf("now-30d/M", "now-1d/d", "now-3000d/y"));
  for (const char* text : {"0001-01-01", "9999-12-31T23:59:59.999Z"}) {
    const Timestamp time = *ParseDate(text);

    const RunRange runs = schedule.RunsOver(time);

    EXPECT_GE(schedule.WindowOf(runs.first).to, time) << text;
    EXPECT_LT(schedule.WindowOf(runs.first - hours(1)).to, time) << text;
    EXPECT_LE(schedule.WindowOf(runs.last).from, time) << text;
    EXPECT_GT(schedule.WindowOf(runs.last + hours(1)).from, time) << text;
    EXPECT_GT(schedule.HistoryStart(schedule.RunAfterHistory(time)), time) << text;
  }
}

TEST(Schedule, RefusesWindowsThatEndAfterTheirRunOrHoldNothing) {
  EXPECT_FALSE(Schedule::IsValid(minutes(5), MathOf("now-1h", "now+1m", "now")));
  EXPECT_FALSE(Schedule::IsValid(minutes(5), MathOf("now-1h", "now+1h/h", "now")));
  EXPECT_TRUE(Schedule::IsValid(hours(1), MathOf("now-1h", "now+59m/h", "now")))
      << "its runs are at full hours";
  EXPECT_FALSE(Schedule::IsValid(minutes(5), MathOf("now-1h", "now-61m", "now")));
  EXPECT_TRUE(Schedule::IsValid(minutes(5), MathOf("now-1h", "now/d", "now")))
      << "some of its windows hold something";
}

TEST(Schedule, HoldsARunBackUntilTheClockHasPassedItsLateness) {
  const Schedule schedule(Milliseconds(10), Milliseconds(10));

  EXPECT_EQ(schedule.LastRunDue(At(35), Milliseconds(5)), At(20));
  EXPECT_EQ(schedule.LastRunDue(At(36), Milliseconds(5)), At(30));
}

TEST(Schedule, RefusesDurationsThatMakeNoSense) {
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(0), WindowMath::Of(Milliseconds(1))));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(-1), WindowMath::Of(Milliseconds(1))));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds(1), WindowMath::Of(Milliseconds(-1))));
  EXPECT_FALSE(Schedule::IsValid(Milliseconds::max(), WindowMath::Of(Milliseconds(1))));
  EXPECT_TRUE(Schedule::IsValid(Milliseconds(1), WindowMath::Of(Milliseconds(0))));
}

}  // namespace
}  // namespace tripline::runtime
