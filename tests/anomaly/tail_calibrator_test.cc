#include "runtime/anomaly/tail_calibrator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "runtime/anomaly/score_map.h"

namespace tripline::runtime {
namespace {

constexpr double kBucketDays = 1.0 / 96.0;

// Feeds `num_buckets` buckets of `num_series` series whose true tail is p^power, with anomalies on
// top.
TailCalibrator Fed(std::uint64_t seed, int num_series, int num_buckets, double power,
                   double anomaly_rate = 0.0) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  TailCalibrator calibrator;
  for (int bucket = 0; bucket < num_buckets; ++bucket) {
    for (int series = 0; series < num_series; ++series) {
      const double truth = 1.0 - uniform(random);
      const bool is_anomaly = uniform(random) < anomaly_rate;
      calibrator.Observe(is_anomaly ? 1e-30 : std::pow(truth, 1.0 / power));
    }
    calibrator.Advance(kBucketDays, 672.0);
  }
  return calibrator;
}

// Model p = truth^(1 / power), so the calibrated p of model p is p^power.
void ExpectWithin(double factor, double power, double anomaly_rate, double least) {
  double log_sum = 0.0;
  double worst = 0.0;
  int num = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const TailCalibrator calibrator = Fed(seed, 60, 6 * 672, power, anomaly_rate);
    for (double truth = 1e-2; truth >= least * 0.99; truth /= 10.0) {
      const double error = std::log(calibrator.Calibrate(std::pow(truth, 1.0 / power)) / truth);
      log_sum += error;
      worst = std::max(worst, std::abs(error));
      ++num;
    }
  }
  EXPECT_LT(std::abs(log_sum / num), std::log(factor) / 2.0) << "mean";
  EXPECT_LT(worst, std::log(factor) * 1.7) << "worst of all trials";
}

TEST(TailCalibrator, LeavesPerfectProbabilitiesAsTheyAre) { ExpectWithin(2.0, 1.0, 0.0, 1e-4); }

TEST(TailCalibrator, MendsATailThatIsTooHeavy) { ExpectWithin(2.0, 0.7, 0.0, 1e-4); }

TEST(TailCalibrator, ExtrapolatesToOneInAHundredThousand) { ExpectWithin(3.0, 0.7, 0.0, 1e-5); }

TEST(TailCalibrator, IsNotMovedByAnAnomalyAWeekInEveryFourthSeries) {
  ExpectWithin(2.0, 1.0, 0.25 / 672.0, 1e-4);
}

TEST(TailCalibrator, TellsAnomaliesOfEveryHeightFromTheTail) {
  double log_sum = 0.0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    TailCalibrator calibrator;
    for (int bucket = 0; bucket < 6 * 672; ++bucket) {
      for (int series = 0; series < 60; ++series) {
        const bool is_anomaly = uniform(random) < 0.25 / 672.0;
        calibrator.Observe(is_anomaly ? std::pow(10.0, -4.0 - 4.0 * uniform(random))
                                      : 1.0 - uniform(random));
      }
      calibrator.Advance(kBucketDays, 672.0);
    }
    log_sum += std::log(calibrator.Calibrate(1e-5) / 1e-5);
  }

  EXPECT_LT(std::abs(log_sum / 10.0), std::log(2.0));
}

TEST(TailCalibrator, HoldsForNormalWhatComesTooOftenToBeAnAnomaly) {
  const TailCalibrator calibrator = Fed(1, 60, 4 * 672, 1.0, 1e-2);

  EXPECT_GT(calibrator.Calibrate(1e-6), 3e-3);
}

TEST(TailCalibrator, RisesWithTheProbabilityEverywhere) {
  const TailCalibrator calibrator = Fed(4, 20, 672, 0.6, 1e-3);
  double before = 0.0;
  for (double s = 300.0; s >= 0.0; s -= 0.05) {
    const double calibrated = calibrator.Calibrate(std::pow(10.0, -s));

    EXPECT_GE(calibrated, before) << s;
    before = calibrated;
  }
  EXPECT_DOUBLE_EQ(calibrator.Calibrate(1.0), 1.0);
}

TEST(TailCalibrator, ANewJobTrustsItsModels) {
  const TailCalibrator calibrator;

  for (const double p : {0.5, 1e-2, 1e-4, 1e-7, 1e-20}) {
    EXPECT_NEAR(std::log10(calibrator.Calibrate(p)), std::log10(p), 1e-6);
  }
}

TEST(TailCalibrator, IsRestoredExactly) {
  const TailCalibrator calibrator = Fed(2, 20, 1000, 0.8);
  ByteWriter writer;
  calibrator.Save(writer);

  ByteReader reader(writer.bytes(), "checkpoint");
  const Result<TailCalibrator> restored = TailCalibrator::Load(reader, {});

  ASSERT_TRUE(restored.has_value());
  for (const double p : {0.5, 3e-2, 1e-4, 1e-7, 1e-20}) {
    EXPECT_EQ(restored->Calibrate(p), calibrator.Calibrate(p));
  }
}

TEST(TailCalibrator, DamagedNumbersAreErrors) {
  ByteWriter writer;
  TailCalibrator().Save(writer);
  const std::string bytes = writer.Take();
  const double nan = std::numeric_limits<double>::quiet_NaN();

  constexpr std::size_t kDoubles = 8 * (2 + 40 + 40);
  for (std::size_t at = 0; at < kDoubles; at += 8) {
    std::string damaged = bytes;
    std::memcpy(damaged.data() + at, &nan, sizeof(nan));
    ByteReader reader(damaged, "checkpoint");

    EXPECT_FALSE(TailCalibrator::Load(reader, {}).has_value()) << at;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size), "checkpoint");
    EXPECT_FALSE(TailCalibrator::Load(reader, {}).has_value()) << size;
  }
}

TEST(ScoreMap, MeansWhatItsHeaderSays) {
  const double p75 = ProbabilityOf75({}, 1.0, 672.0);

  EXPECT_DOUBLE_EQ(p75, 0.7 * 0.1 / 672.0);
  EXPECT_DOUBLE_EQ(ProbabilityOf75({}, 10'000.0, 672.0), 0.7 * 2.0 / 10'000.0 / 672.0);
  EXPECT_NEAR(ScoreOf(30.0 * p75, p75), 25.0, 1e-9);
  EXPECT_NEAR(ScoreOf(6.0 * p75, p75), 50.0, 1e-9);
  EXPECT_NEAR(ScoreOf(1.431 * p75, p75), 70.0, 0.01);
  EXPECT_NEAR(ScoreOf(p75, p75), 75.0, 1e-9);
  EXPECT_NEAR(ScoreOf(p75 / 1000.0, p75), 90.0, 1e-9);
  EXPECT_EQ(ScoreOf(1e-300, p75), 100.0);
  EXPECT_EQ(ScoreOf(1.0, p75), 0.0);
  EXPECT_EQ(ScoreOf(0.06, p75), 0.0);
}

TEST(ScoreMap, StaysInRangeAndRisesForEverySpanAndNumberOfSeries) {
  for (const double series : {0.0, 1.0, 60.0, 1e7}) {
    for (const double buckets : {0.02, 1.0, 56.0, 672.0, 604'800.0}) {
      const double p75 = ProbabilityOf75({}, series, buckets);
      double before = 0.0;
      for (double s = 0.0; s < 300.0; s += 0.1) {
        const double score = ScoreOf(std::pow(10.0, -s), p75);
        ASSERT_TRUE(score >= before && score <= 100.0) << series << " " << buckets << " " << s;
        before = score;
      }
    }
  }
}

}  // namespace
}  // namespace tripline::runtime
