#include "runtime/anomaly/series_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/anomaly/count_series.h"

namespace tripline::runtime {
namespace {

constexpr int kFrom = 14 * kDay;

CountFunction Function(std::string_view name) { return *ParseCountFunction(name); }

class EveryFunction : public testing::TestWithParam<const char*> {};

// The bound of docs/anomaly.md for one series on its own: after two weeks, p < 10^-k on at most
// twice 10^-k of the buckets, k = 2 and 3, as a mean over seeds.
TEST_P(EveryFunction, KeepsItsProbabilitiesOnCleanSeries) {
  const CountFunction function = Function(GetParam());
  double scored = 0.0;
  std::array<double, 2> below{};
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    const SeriesShape shape{.base = std::pow(10.0, static_cast<double>(seed % 4)),
                            .shape = seed % 2 == 0 ? 4.0 : 40.0};
    for (const std::vector<Assessment> answers = Assess(function, Counts(shape, 6 * kWeek, seed));
         const Assessment& a : std::span(answers).subspan(kFrom)) {
      scored += a.is_usable ? 1.0 : 0.0;
      below[0] += a.probability < 1e-2 ? 1.0 : 0.0;
      below[1] += a.probability < 1e-3 ? 1.0 : 0.0;
    }
  }

  EXPECT_GT(scored, 40'000.0);
  EXPECT_LT(below[0] / scored, 2e-2);
  EXPECT_LT(below[1] / scored, 2e-3);
  EXPECT_GT(below[0] / scored, 1e-3) << "probabilities that never get small say nothing";
}

TEST_P(EveryFunction, FindsAPlantedChangeOfItsDirection) {
  const CountFunction function = Function(GetParam());
  int found = 0;
  constexpr int kTrials = 20;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    std::vector<double> counts = Counts({.base = 200.0}, 3 * kWeek, seed);
    const std::size_t at = 2 * kWeek + 50 + 13 * seed;
    counts[at] = function.direction == Direction::kLow ? std::floor(counts[at] / 12.0) + 1.0
                                                       : counts[at] * 6.0;

    found += Assess(function, counts)[at].probability < 1e-4 ? 1 : 0;
  }

  EXPECT_GE(found, 19) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(SeriesModel, EveryFunction,
                         testing::Values("count", "high_count", "low_count", "non_zero_count",
                                         "high_non_zero_count", "low_non_zero_count"));

TEST(SeriesModel, LooksOnlyTheWayItIsTold) {
  std::vector<double> counts = Counts({.base = 200.0}, 3 * kWeek, 7);
  counts[kFrom + 100] *= 8.0;
  counts[kFrom + 300] = 1.0;

  const std::vector<Assessment> high = Assess(Function("high_count"), counts);
  const std::vector<Assessment> low = Assess(Function("low_count"), counts);
  const std::vector<Assessment> both = Assess(Function("count"), counts);

  EXPECT_LT(high[kFrom + 100].probability, 1e-4);
  EXPECT_GT(high[kFrom + 300].probability, 0.5);
  EXPECT_GT(low[kFrom + 100].probability, 0.5);
  EXPECT_LT(low[kFrom + 300].probability, 1e-4);
  EXPECT_LT(both[kFrom + 100].probability, 1e-4);
  EXPECT_LT(both[kFrom + 300].probability, 1e-4);
}

TEST(SeriesModel, AnEmptyBucketIsDataOrMissingAsTheFunctionSays) {
  std::vector<double> counts = Counts({.base = 100.0, .wave = 0.1}, 3 * kWeek, 3);
  counts[kFrom] = 0.0;

  EXPECT_FALSE(Assess(Function("low_non_zero_count"), counts)[kFrom].is_usable);
  EXPECT_LT(Assess(Function("low_count"), counts)[kFrom].probability, 1e-4);
}

TEST(SeriesModel, LearnsTheDayInDaysAndTheWeekendInTwoWeeks) {
  const SeriesShape shape{.base = 300.0, .wave = 1.0, .weekend = 0.4, .shape = 50.0};
  const std::vector<Assessment> answers =
      Assess(Function("high_count"), Counts(shape, 4 * kWeek, 11));

  const auto error = [&](int from, int to) {
    double sum = 0.0;
    for (int bucket = from; bucket < to; ++bucket) {
      sum += std::abs(
          std::log(answers[static_cast<std::size_t>(bucket)].typical / MeanAt(shape, bucket)));
    }
    return sum / (to - from);
  };
  EXPECT_LT(error(3 * kDay, 4 * kDay), 0.15) << "the fourth day";
  EXPECT_LT(error(kWeek + 5 * kDay + 8, 2 * kWeek), 0.20) << "the second weekend";
  EXPECT_LT(error(3 * kWeek, 4 * kWeek), 0.08) << "the fourth week";
}

TEST(SeriesModel, ANightlyBatchJobSurprisesAtFirstAndNotForLong) {
  std::vector<double> counts = Counts({.base = 100.0, .wave = 0.3}, 4 * kWeek, 5);
  for (int day = 14; day < 28; ++day) {
    counts[static_cast<std::size_t>(day * kDay + 12)] *= 5.0;
  }

  const std::vector<Assessment> answers = Assess(Function("high_count"), counts);

  EXPECT_LT(answers[14 * kDay + 12].probability, 1e-4);
  int usual = 0;
  for (int day = 16; day < 28; ++day) {
    const double probability = answers[static_cast<std::size_t>(day * kDay + 12)].probability;
    EXPECT_GT(probability, 1e-4) << day;
    usual += probability > 1e-3 ? 1 : 0;
  }
  EXPECT_GE(usual, 9);
}

TEST(SeriesModel, ALevelShiftIsNewsForHoursAndThenTheUsualCourse) {
  std::vector<double> counts = Counts({.base = 200.0}, 5 * kWeek, 9);
  for (std::size_t bucket = 3 * kWeek; bucket < counts.size(); ++bucket) {
    counts[bucket] *= 3.0;
  }

  const std::vector<Assessment> answers = Assess(Function("high_count"), counts);

  EXPECT_LT(answers[3 * kWeek].probability, 1e-4);
  int odd = 0;
  for (std::size_t bucket = 3 * kWeek + kDay / 2; bucket < counts.size(); ++bucket) {
    odd += answers[bucket].probability < 1e-4 ? 1 : 0;
  }
  EXPECT_LE(odd, 2);
}

TEST(SeriesModel, FollowsAClockThatMovesByAnHour) {
  // A sharp office day: an hour's error is a factor of two and more at its edges.
  const auto mean = [](int bucket, int moved) {
    const int slot = (bucket + moved) % kDay;
    return slot >= 32 && slot < 72 ? 400.0 : 20.0;
  };
  CountSource source(4);
  std::vector<double> counts;
  for (int bucket = 0; bucket < 7 * kWeek; ++bucket) {
    counts.push_back(source.Draw(mean(bucket, bucket >= 4 * kWeek ? 4 : 0), 30.0));
  }

  const std::vector<Assessment> answers = Assess(Function("high_count"), counts);

  const auto odd = [&](int from_day, int to_day) {
    int sum = 0;
    for (int bucket = from_day * kDay; bucket < to_day * kDay; ++bucket) {
      sum += answers[static_cast<std::size_t>(bucket)].probability < 1e-3 ? 1 : 0;
    }
    return sum;
  };
  EXPECT_GE(odd(28, 29), 1) << "the first moved day is odd";
  EXPECT_LE(odd(33, 49), 8) << "from the sixth day on it is not";
}

TEST(SeriesModel, TheOddBucketItselfTeachesLittle) {
  std::vector<double> clean = Counts({.base = 100.0}, 3 * kWeek, 13);
  std::vector<double> spiked = clean;
  spiked[kFrom + 10] *= 100.0;

  const double before = Assess(Function("high_count"), clean)[kFrom + 11].typical;
  const double after = Assess(Function("high_count"), spiked)[kFrom + 11].typical;

  EXPECT_LT(after / before, 1.25);
}

// A giant of any size leaves the forecasts of the weeks after it as they were, in its own hour too.
TEST(SeriesModel, AGiantOfAnySizeLeavesTheWeeksAfterItAlone) {
  for (const char* const function : {"count", "high_non_zero_count", "low_count"}) {
    for (const double giant : {1e2, 1e4, 1e6, 1e15}) {
      const std::vector<double> clean = Counts({.base = 200.0, .shape = 50.0}, 5 * kWeek, 17);
      std::vector<double> hit = clean;
      hit[kFrom + 10] = clean[kFrom + 10] * giant;
      const auto before = Assess(Function(function), clean);
      const auto after = Assess(Function(function), hit);

      for (int later = 2 * kDay; later < 2 * kWeek; ++later) {
        const std::size_t at = kFrom + 10 + static_cast<std::size_t>(later);
        const double ratio = after[at].typical / before[at].typical;
        ASSERT_GT(ratio, 0.6) << function << " " << giant << " " << later;
        ASSERT_LT(ratio, 1.7) << function << " " << giant << " " << later;
        ASSERT_GT(after[at].probability, 1e-7) << function << " " << giant << " " << later;
      }
    }
  }
}

// A new series' first buckets stand beside the prior's expectation, which knows nothing of its
// size.
TEST(SeriesModel, TheFirstBucketsDoNotBlindTheirHourOfTheWeek) {
  for (const double base : {0.5, 700.0, 20'000.0}) {
    const auto answers = Assess(
        Function("count"), Counts({.base = base, .weekend = 1.0, .shape = 200.0}, 4 * kWeek, 19));
    for (std::size_t week = 2; week < 4; ++week) {
      for (std::size_t bucket = 0; bucket < 8; ++bucket) {
        const std::size_t at = week * kWeek + bucket;
        const double mean = MeanAt({.base = base, .weekend = 1.0}, static_cast<int>(at));
        EXPECT_LT(answers[at].typical, 2.0 * mean + 1.0) << base << " " << at;
        EXPECT_GT(answers[at].probability, 1e-6) << base << " " << at;
      }
    }
  }
}

TEST(SeriesModel, IsSoundAfterEveryBucket) {
  const BucketCalendar calendar = QuarterHours();
  const RatePrior prior = DefaultRatePrior();
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const CountFunction function = Function(seed % 2 == 0 ? "count" : "high_non_zero_count");
    const std::vector<double> counts =
        Counts({.base = std::pow(10.0, static_cast<double>(seed % 6) - 1.0),
                .wave = 1.5,
                .shape = seed % 3 == 0 ? 1e4 : 5.0},
               6 * kWeek, seed);
    SeriesModel model;
    model.Start(prior);
    for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
      const BucketPoint point = calendar.At(kMonday + static_cast<std::int64_t>(bucket));
      const double count = bucket % 1500 == 700 ? 1e15 : counts[bucket];
      model.Learn(calendar, prior, function, point, model.Score(calendar, function, point, count));
      ASSERT_TRUE(model.IsSound()) << seed << " " << bucket;
    }
  }
}

TEST(SeriesModel, AGiantSpikeDoesNotHideASmallerOneTwoDaysLater) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<double> counts = Counts({.base = 200.0}, 4 * kWeek, seed);
    counts[kFrom + 40] *= 100.0;
    counts[kFrom + 40 + 2 * kDay] *= 5.0;

    found += Assess(Function("high_count"), counts)[kFrom + 40 + 2 * kDay].probability < 1e-4;
  }

  EXPECT_GE(found, 18);
}

TEST(SeriesModel, HostileCountsHaveDefinedAnswersAndLeaveTheModelSound) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const char* name : {"count", "high_non_zero_count", "low_count"}) {
    SeriesModel model;
    std::vector<double> counts = Counts({.base = 3.0}, kWeek, 17);
    for (const double hostile : {-1.0, -infinity, nan, infinity, 1e18, 1e308, 5e-324, 0.5, 0.0}) {
      for (int times = 0; times < 40; ++times) {
        counts.push_back(hostile);
      }
    }
    counts.resize(counts.size() + 500, 3.0);

    for (const Assessment& a : Assess(Function(name), counts, &model)) {
      ASSERT_TRUE(a.probability > 0.0 && a.probability <= 1.0) << name;
      ASSERT_TRUE(std::isfinite(a.typical)) << name;
      ASSERT_TRUE(a.is_usable == (a.count > 0.0 || a.is_usable));
    }
    EXPECT_TRUE(model.IsSound()) << name;
  }
}

TEST(SeriesModel, AClockThatGoesBackwardsTeachesNothing) {
  SeriesModel model;
  static_cast<void>(Assess(Function("high_count"), Counts({}, kWeek, 2), &model));
  const BucketCalendar calendar = QuarterHours();
  const std::uint32_t learned = model.num_learned();

  for (const std::int64_t index : {model.last_index(), model.last_index() - 1, std::int64_t{-5}}) {
    const BucketPoint point = calendar.At(index);
    const Assessment a = model.Score(calendar, Function("high_count"), point, 1e6);
    EXPECT_TRUE(a.is_usable);
    model.Learn(calendar, DefaultRatePrior(), Function("high_count"), point, a);
  }

  EXPECT_EQ(model.num_learned(), learned);
}

TEST(SeriesModel, AYearOfSilenceIsOneStep) {
  SeriesModel model;
  static_cast<void>(Assess(Function("high_count"), Counts({}, 2 * kWeek, 2), &model));
  const BucketCalendar calendar = QuarterHours();
  const std::int64_t later = model.last_index() + 365 * kDay;
  const std::uint32_t learned = model.num_learned();

  model.LearnEmptyUntil(calendar, DefaultRatePrior(), Function("high_count"), later);
  const Assessment a = model.Score(calendar, Function("high_count"), calendar.At(later), 50.0);
  model.Learn(calendar, DefaultRatePrior(), Function("high_count"), calendar.At(later), a);

  EXPECT_LE(model.num_learned() - learned, 97U);
  EXPECT_TRUE(model.IsSound());
}

TEST(SeriesModel, AnExplanationMultipliesUpToTheExpectation) {
  SeriesModel model;
  const SeriesShape shape{.base = 200.0, .shape = 20.0};
  static_cast<void>(Assess(Function("high_count"), Counts(shape, 4 * kWeek, 2), &model));
  const BucketCalendar calendar = QuarterHours();

  const Explanation e =
      model.Explain(calendar, Function("high_count"), calendar.At(model.last_index() + 1));

  EXPECT_NEAR(e.usual_rate * e.time_of_day * e.day_of_week * e.level_now / e.expected, 1.0, 1e-6);
  EXPECT_LT(e.lower, e.expected);
  EXPECT_GT(e.upper, e.expected);
  EXPECT_LT(e.upper / e.expected, 2.0);
}

}  // namespace
}  // namespace tripline::runtime
