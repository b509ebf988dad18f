#include "runtime/anomaly/bucket_calendar.h"

#include <gtest/gtest.h>

#include <limits>

#include "runtime/anomaly/count_function.h"
#include "tests/anomaly/count_series.h"

namespace tripline::runtime {
namespace {

TEST(BucketCalendar, RefusesSpansThatNoJobCanHave) {
  for (const std::int64_t span : {0LL, -900'000LL, 999LL, 366LL * 86'400'000 + 1}) {
    const Result<BucketCalendar> calendar = BucketCalendar::Make(Milliseconds(span));

    ASSERT_FALSE(calendar.has_value()) << span;
    EXPECT_EQ(calendar.error().code, ErrorCode::kUsage);
    EXPECT_NE(calendar.error().message.find("bucket_span"), std::string::npos);
  }
}

TEST(BucketCalendar, WeeksBeginOnMondayInUtc) {
  const BucketCalendar calendar = QuarterHours();

  EXPECT_EQ(calendar.At(kMonday).week_cell, 0);
  EXPECT_EQ(calendar.At(kMonday - 1).week_cell, kWeekCells - 1);
  EXPECT_EQ(calendar.At(kMonday + 5 * kDay + 3).week_cell, 5 * kDayCells + 3);
  EXPECT_EQ(calendar.At(kMonday + 1000LL * kWeek).week_cell, 0);
}

TEST(BucketCalendar, EverySpanHasACellForEveryIndex) {
  for (const std::int64_t span : {1000LL, 420'000LL, 900'000LL, 10'800'000LL, 31'536'000'000LL}) {
    const BucketCalendar calendar = *BucketCalendar::Make(Milliseconds(span));
    for (const std::int64_t index : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                     std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
      const int cell = calendar.At(index).week_cell;

      EXPECT_TRUE(cell >= 0 && cell < kWeekCells) << span << " " << index;
    }
  }
}

TEST(BucketCalendar, IndexRoundsDownBeforeTheEpochToo) {
  const BucketCalendar calendar = QuarterHours();

  EXPECT_EQ(calendar.IndexOf(Timestamp(Milliseconds(0))), 0);
  EXPECT_EQ(calendar.IndexOf(Timestamp(Milliseconds(-1))), -1);
  EXPECT_EQ(calendar.IndexOf(Timestamp(Milliseconds(900'000))), 1);
}

TEST(BucketCalendar, AHugeGapIsAFinitePassage) {
  const Passage passage = QuarterHours().After(std::numeric_limits<std::int64_t>::max());

  EXPECT_GT(passage.days, 1000.0);
  EXPECT_LT(passage.days, 1e6);
  EXPECT_GE(passage.shape_keep, 0.0);
}

TEST(CountFunction, ReadsElasticsNamesAndNoOthers) {
  EXPECT_EQ(ParseCountFunction("high_non_zero_count")->direction, Direction::kHigh);
  EXPECT_EQ(ParseCountFunction("high_non_zero_count")->empty, EmptyBuckets::kMissing);
  EXPECT_EQ(ParseCountFunction("low_count")->direction, Direction::kLow);
  EXPECT_EQ(ParseCountFunction("count")->empty, EmptyBuckets::kData);
  EXPECT_FALSE(ParseCountFunction("high_sum").has_value());
  EXPECT_FALSE(ParseCountFunction("high_low_count").has_value());
  EXPECT_FALSE(ParseCountFunction("").has_value());
}

}  // namespace
}  // namespace tripline::runtime
