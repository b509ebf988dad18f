#include "runtime/window_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

const Timestamp kNow = *ParseDate("2026-05-14T12:34:56.789Z");  // a Thursday

std::string At(std::string_view text) { return ToIsoString(WindowBound::Parse(text)->At(kNow)); }

std::string ErrorOf(std::string_view text) {
  const Result<WindowBound> bound = WindowBound::Parse(text);
  return bound ? "" : bound.error().message;
}

TEST(WindowBound, StepsAndRoundsDown) {
  EXPECT_EQ(At("now"), "2026-05-14T12:34:56.789Z");
  EXPECT_EQ(At("now-59m"), "2026-05-14T11:35:56.789Z");
  EXPECT_EQ(At("now-1w+1d-1ms"), "2026-05-08T12:34:56.788Z");
  EXPECT_EQ(At("now/s"), "2026-05-14T12:34:56.000Z");
  EXPECT_EQ(At("now/m"), "2026-05-14T12:34:00.000Z");
  EXPECT_EQ(At("now/h"), "2026-05-14T12:00:00.000Z");
  EXPECT_EQ(At("now-1d/d"), "2026-05-13T00:00:00.000Z");
  EXPECT_EQ(At("now/d-90m"), "2026-05-13T22:30:00.000Z");
  EXPECT_EQ(At("now/M"), "2026-05-01T00:00:00.000Z");
  EXPECT_EQ(At("now-20w/y"), "2025-01-01T00:00:00.000Z");
}

TEST(WindowBound, WeeksBeginOnSundayAsKibanasDo) {
  EXPECT_EQ(At("now/w"), "2026-05-10T00:00:00.000Z");
  const WindowBound week = *WindowBound::Parse("now/w");
  const Timestamp sunday = *ParseDate("1969-12-28");
  EXPECT_EQ(week.At(sunday), sunday);
  EXPECT_EQ(week.At(sunday + days(7) - Milliseconds(1)), sunday);
  EXPECT_EQ(week.At(sunday + days(7)), sunday + days(7));
}

TEST(WindowBound, StaysExactAtTheEndsOfTheCalendar) {
  const WindowBound bound = *WindowBound::Parse("now-90d/M");

  EXPECT_EQ(WindowBound::Before(days(1)).At(*ParseDate("0001-01-01")),
            *ParseDate("0001-01-01") - days(1));
  EXPECT_LT(bound.At(*ParseDate("0001-01-01")), *ParseDate("0001-01-01"));
  EXPECT_EQ(ToIsoString(bound.At(*ParseDate("9999-12-31"))), "9999-10-01T00:00:00.000Z");
}

TEST(WindowBound, ItsTextIsReadBackAsTheSame) {
  for (const char* text : {"now", "now-59m", "now+5m", "now-1500ms", "now/d", "now-1d/d+8h/h",
                           "now-36525d", "now/w-7d/w", "now/s/m/h/d/M/y"}) {
    EXPECT_EQ(WindowBound::Parse(text)->ToText(), text);
  }
  EXPECT_EQ(WindowBound::Parse("now-60m")->ToText(), "now-1h");
  EXPECT_EQ(WindowBound::Parse("now-1h+60m")->ToText(), "now");
  EXPECT_EQ(WindowBound::Parse("now-2w/1d-H")->ToText(), "now-14d/d-1h");
}

TEST(WindowBound, SaysWhyATextIsNone) {
  EXPECT_THAT(ErrorOf("now-1M"), HasSubstr("months and years differ in length"));
  EXPECT_THAT(ErrorOf("now-1d+1y/d"), HasSubstr("months and years differ in length"));
  EXPECT_THAT(ErrorOf("2026-01-01"), HasSubstr("stands still"));
  EXPECT_THAT(ErrorOf("2026-01-01||-1d"), HasSubstr("stands still"));
  EXPECT_THAT(ErrorOf("now-36526d"), HasSubstr("more than 100 years"));
  EXPECT_THAT(ErrorOf("now-9999999999999w"), HasSubstr("more than 100 years"));
  EXPECT_THAT(ErrorOf("now-20000d-20000d"), HasSubstr("more than 100 years"));
  for (const char* text : {"", "now-", "now59m", "now-5q", "now/", "now/2d", "now/ms", "now -5m",
                           "then", "now-99999999999999s", "nowhere"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("is no date math")) << text;
  }
}

TEST(WindowBound, OneAfterTheOtherIsWhatTheSecondMeansAtTheFirst) {
  const WindowBound first = *WindowBound::Parse("now-1h/d");
  const WindowBound second = *WindowBound::Parse("now-3d/w-5m");

  for (std::int64_t hour = 0; hour < 24 * 15; ++hour) {
    const Timestamp now = kNow + hours(hour);
    ASSERT_EQ(first.Then(second).At(now), second.At(first.At(now)));
  }
}

WindowMath MathOf(const char* from, const char* to, const char* history_start) {
  return {*WindowBound::Parse(from), *WindowBound::Parse(to), *WindowBound::Parse(history_start)};
}

TEST(MeasureWindow, IsExactForPlainOffsets) {
  const WindowSpans spans = MeasureWindow(MathOf("now-1h", "now-10m", "now-2d"), minutes(7));

  EXPECT_EQ(spans.look_back.least, hours(1));
  EXPECT_EQ(spans.look_back.most, hours(1));
  EXPECT_EQ(spans.delay.most, minutes(10));
  EXPECT_EQ(spans.history.most, days(2) + minutes(10));
  EXPECT_EQ(spans.widest, minutes(50));
  EXPECT_EQ(spans.least_quiet, days(2) - minutes(50));
}

TEST(MeasureWindow, TriesTheRunsThereAre) {
  const WindowMath math = MathOf("now-1d/d", "now/h", "now-7d/d");

  const WindowSpans hourly = MeasureWindow(math, hours(1));
  EXPECT_EQ(hourly.look_back.least, days(1));
  EXPECT_EQ(hourly.look_back.most, hours(47));
  EXPECT_EQ(hourly.delay.most, Milliseconds(0));
  EXPECT_EQ(hourly.least_quiet, days(6));
  const WindowSpans daily = MeasureWindow(math, days(1));
  EXPECT_EQ(daily.look_back.most, days(1));
  const WindowSpans odd = MeasureWindow(math, minutes(7));
  EXPECT_EQ(odd.look_back.most, days(2) - minutes(1));
  EXPECT_EQ(odd.delay.most, minutes(59));
}

TEST(MeasureWindow, IsOnTheSafeSideWhereRunsAreTooManyToTry) {
  const WindowSpans spans = MeasureWindow(MathOf("now-1h/h", "now", "now-1d"), Milliseconds(7));

  EXPECT_EQ(spans.look_back.least, hours(1));
  EXPECT_EQ(spans.look_back.most, hours(2) - Milliseconds(1));
  EXPECT_EQ(spans.least_quiet, hours(22) + Milliseconds(1));
  EXPECT_EQ(MeasureWindow(MathOf("now/M", "now", "now"), hours(1)).look_back.most,
            days(31) - Milliseconds(1));
}

}  // namespace
}  // namespace tripline::runtime
