#include "runtime/anomaly/series_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/anomaly/count_series.h"

namespace tripline::runtime {
namespace {

constexpr CountFunction kFunction{Direction::kHigh, EmptyBuckets::kMissing};

SeriesModel Grown(std::uint64_t seed) {
  SeriesModel model;
  static_cast<void>(Assess(kFunction, Counts({.base = 8.0}, 2 * kWeek, seed), &model));
  return model;
}

std::string Bytes(const SeriesModel& model) {
  ByteWriter writer;
  SeriesFormat::Save(model, writer);
  return writer.Take();
}

Result<SeriesModel> Restore(std::string_view bytes) {
  ByteReader reader(bytes, "checkpoint");
  return SeriesFormat::Load(reader);
}

TEST(SeriesFormat, RestoredModelsScoreBitForBitAlike) {
  SeriesModel original = Grown(1);
  Result<SeriesModel> restored = Restore(Bytes(original));
  ASSERT_TRUE(restored.has_value());
  const BucketCalendar calendar = QuarterHours();
  const std::vector<double> counts = Counts({.base = 8.0}, kWeek, 2);

  for (int bucket = 0; bucket < kWeek; ++bucket) {
    const BucketPoint point = calendar.At(kMonday + 2 * kWeek + bucket);
    const double count = counts[static_cast<std::size_t>(bucket)];
    const Assessment a = original.Score(calendar, kFunction, point, count);
    const Assessment b = restored->Score(calendar, kFunction, point, count);

    ASSERT_EQ(a.probability, b.probability) << bucket;
    ASSERT_EQ(a.typical, b.typical) << bucket;
    original.Learn(calendar, DefaultRatePrior(), kFunction, point, a);
    restored->Learn(calendar, DefaultRatePrior(), kFunction, point, b);
  }
  EXPECT_EQ(Bytes(original), Bytes(*restored));
}

TEST(SeriesFormat, EveryTruncationIsAnError) {
  const std::string bytes = Bytes(Grown(1));

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Result<SeriesModel> restored = Restore(std::string_view(bytes).substr(0, size));

    ASSERT_FALSE(restored.has_value()) << size;
  }
}

TEST(SeriesFormat, AnotherVersionIsUnsupported) {
  std::string bytes = Bytes(Grown(1));
  bytes[0] = 9;

  const Result<SeriesModel> restored = Restore(bytes);

  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(restored.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(restored.error().message.find("expected version 2, found 9"), std::string::npos);
}

TEST(SeriesFormat, NumbersThatNoModelHoldsAreErrors) {
  const std::string bytes = Bytes(Grown(1));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr std::size_t kFirstFloat = 1 + 4 + 8 + 2 + 1;

  for (std::size_t at = kFirstFloat; at < kFirstFloat + 4 * 180; at += 4) {
    std::string damaged = bytes;
    std::memcpy(damaged.data() + at, &nan, sizeof(nan));

    EXPECT_FALSE(Restore(damaged).has_value()) << at;
  }
}

// Whatever loads must also run: a checkpoint is not signed.
TEST(SeriesFormat, RandomDamageIsRefusedOrHarmless) {
  const std::string bytes = Bytes(Grown(3));
  const BucketCalendar calendar = QuarterHours();
  std::mt19937_64 random(5);
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string damaged = bytes;
    for (int i = 0; i < 3; ++i) {
      damaged[1 + random() % (damaged.size() - 1)] = static_cast<char>(random());
    }
    Result<SeriesModel> restored = Restore(damaged);
    if (!restored) {
      ++refused;
      continue;
    }
    for (int bucket = 0; bucket < 20; ++bucket) {
      const BucketPoint point = calendar.At(kMonday + 2 * kWeek + bucket);
      const Assessment a = restored->Score(calendar, kFunction, point, 5.0 + bucket);
      ASSERT_TRUE(a.probability > 0.0 && a.probability <= 1.0) << trial;
      restored->Learn(calendar, DefaultRatePrior(), kFunction, point, a);
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace tripline::runtime
