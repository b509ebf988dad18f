#include "base/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripline {
namespace {

std::string First(std::string_view text) {
  const auto range = ParseDateRange(text);
  return range ? ToIsoString(range->first) : "none";
}

std::string Last(std::string_view text) {
  const auto range = ParseDateRange(text);
  return range ? ToIsoString(range->last) : "none";
}

TEST(Time, AbsentPartsSpanTheWholeUnit) {
  EXPECT_EQ(First("2024-01-02"), "2024-01-02T00:00:00.000Z");
  EXPECT_EQ(Last("2024-01-02"), "2024-01-02T23:59:59.999Z");
  EXPECT_EQ(Last("2024-02"), "2024-02-01T23:59:59.999Z") << "as search engines round";
  EXPECT_EQ(Last("2024"), "2024-01-01T23:59:59.999Z");
  EXPECT_EQ(Last("2024-01-02T03:04"), "2024-01-02T03:04:59.999Z");
  EXPECT_EQ(Last("2024-01-02T03:04:05.1Z"), "2024-01-02T03:04:05.100Z");
}

TEST(Time, FractionsAreCutAndOffsetsApplied) {
  EXPECT_EQ(First("2026-05-01T00:00:00.123999999Z"), "2026-05-01T00:00:00.123Z");
  EXPECT_EQ(First("2026-05-01T02:00:00+02:00"), "2026-05-01T00:00:00.000Z");
  EXPECT_EQ(First("2026-04-30T23:30:00.5-0030"), "2026-05-01T00:00:00.500Z");
  EXPECT_EQ(First("1714521600000"), "2024-05-01T00:00:00.000Z");
  EXPECT_EQ(First("1714521600000.25"), "2024-05-01T00:00:00.000Z");
  EXPECT_EQ(First("-5"), "1969-12-31T23:59:59.995Z");
}

TEST(Time, NonsenseIsRefused) {
  for (const char* text :
       {"", "yesterday", "2024-13-01", "2024-02-30", "2024-1-2", "2024-01-02 03:04:05",
        "2024-01-02T25:00", "2024-01-02T03:04:05.", "2024-01-02T03:04:05.1234567890Z",
        "2024-01-02T03:04:05X", "0000-01-01", "2024-", "99999999999999999999", "1.5.5", "-2024",
        "+2024", "1.1234567"}) {
    EXPECT_FALSE(ParseDateRange(text)) << text;
  }
}

TEST(Time, DurationsReadAndPrint) {
  EXPECT_EQ(ParseDuration("59m"), std::chrono::minutes(59));
  EXPECT_EQ(ToString(std::chrono::hours(480)), "20d");
  EXPECT_EQ(ToString(Milliseconds(90'000)), "90s");
  for (const char* text : {"", "0m", "5", "m", "-5m", "5x", "99999999999d", "5 m"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(Time, DateMathStepsAndRounds) {
  const Timestamp now = *ParseDate("2026-05-14T12:34:56.789Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("now-59m")->Resolve(now)), "2026-05-14T11:35:56.789Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("now-1d/d")->Resolve(now)), "2026-05-13T00:00:00.000Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("now/d")->Resolve(now, Rounding::kUp)),
            "2026-05-14T23:59:59.999Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("now/w")->Resolve(now)), "2026-05-11T00:00:00.000Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("2024-01-31||+1M")->Resolve(now)),
            "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("2024-01-02")->Resolve(now, Rounding::kUp)),
            "2024-01-02T23:59:59.999Z");
  EXPECT_EQ(ToIsoString(ParseDateMath("now-999999999y")->Resolve(now)), "0001-01-01T00:00:00.000Z");
  for (const char* text : {"now-", "now59m", "now-5q", "now/", "then-5m", "2024-01-02+1d"}) {
    EXPECT_FALSE(ParseDateMath(text)) << text;
  }
}

TEST(Time, FloorWorksBeforeTheEpoch) {
  EXPECT_EQ(FloorTo(Timestamp(Milliseconds(-1)), Milliseconds(1000)),
            Timestamp(Milliseconds(-1000)));
  EXPECT_EQ(FloorTo(Timestamp(Milliseconds(1999)), Milliseconds(1000)),
            Timestamp(Milliseconds(1000)));
}

TEST(ToIsoString, TellsTheTimeOfDayAtBothEndsOfItsRange) {
  using ::testing::EndsWith;

  EXPECT_THAT(ToIsoString(Timestamp::max()), EndsWith("T07:12:55.807Z"));
  EXPECT_THAT(ToIsoString(Timestamp::min()), EndsWith("T16:47:04.192Z"));
  EXPECT_EQ(ToIsoString(Timestamp(Milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Time, NanosecondsKeepWhatMillisecondsCutOff) {
  EXPECT_EQ(ParseDateNanos("2024-01-02T00:00:00.000000001Z"), 1704153600000000001);
  EXPECT_EQ(ParseDateNanos("2024-01-02T00:00:00.123456789+01:00"), 1704150000123456789);
  EXPECT_EQ(ParseDateNanos("2024-01-02T00:00:00.5Z"), 1704153600500000000);
  EXPECT_EQ(ParseDateNanos("2024-01-02"), 1704153600000000000);
  EXPECT_EQ(ParseDateNanos("1704153600000"), 1704153600000000000);
  EXPECT_EQ(ParseDateNanos("1969-12-31"), std::nullopt);
  EXPECT_EQ(ParseDateNanos("2262-04-12"), std::nullopt);
}
}  // namespace
}  // namespace tripline
