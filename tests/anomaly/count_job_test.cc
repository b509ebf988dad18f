#include "runtime/anomaly/count_job.h"

#include <gtest/gtest.h>

#include "runtime/anomaly/series_format.h"
#include "tests/anomaly/count_series.h"

namespace tripline::runtime {
namespace {

constexpr CountFunction kHighNonZero{Direction::kHigh, EmptyBuckets::kMissing};

std::vector<std::vector<double>> Panel(int num_series, int num_buckets, std::uint64_t seed) {
  CountSource source(seed);
  std::vector<std::vector<double>> panel;
  for (int series = 0; series < num_series; ++series) {
    const SeriesShape shape{.base = std::pow(10.0, source.Uniform(-0.5, 3.0)),
                            .wave = source.Uniform(0.1, 1.2),
                            .weekend = source.Uniform(0.2, 1.0),
                            .shape = std::pow(10.0, source.Uniform(0.4, 2.0)),
                            .phase = source.Uniform(0.0, 1.0)};
    panel.push_back(Counts(shape, num_buckets, seed * 1000 + static_cast<std::uint64_t>(series)));
  }
  return panel;
}

int AlarmsFrom(const std::vector<std::vector<double>>& scores, int from) {
  int alarms = 0;
  for (const std::vector<double>& of_series : scores) {
    for (std::size_t bucket = static_cast<std::size_t>(from); bucket < of_series.size(); ++bucket) {
      alarms += of_series[bucket] >= 75.0 ? 1 : 0;
    }
  }
  return alarms;
}

TEST(CountJob, KeepsItsPromiseOfTwoAlarmsAJobWeekOnCleanPanels) {
  int alarms = 0;
  int worst = 0;
  constexpr int kTrials = 8;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    CountJob job(QuarterHours(), kHighNonZero);
    std::vector<SeriesModel> models;
    const auto scores = RunJob(job, models, Panel(60, 6 * kWeek, seed), 0, 6 * kWeek);
    const int of_seed = AlarmsFrom(scores, 2 * kWeek);
    alarms += of_seed;
    worst = std::max(worst, of_seed);
  }

  EXPECT_LE(alarms, 2 * 4 * kTrials) << "mean over trials of four weeks";
  EXPECT_LE(worst, 3 * 2 * 4);
}

TEST(CountJob, WarmsUpWithoutCryingWolf) {
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CountJob job(QuarterHours(), kHighNonZero);
    std::vector<SeriesModel> models;
    alarms += AlarmsFrom(RunJob(job, models, Panel(60, 2 * kWeek, seed), 0, 2 * kWeek), 0);
  }

  EXPECT_LE(alarms, 2 * 2 * 2 * 5) << "at most twice the promise in the first two weeks";
}

TEST(CountJob, FindsPlantedSpikesInTheirFirstBucket) {
  std::vector<std::vector<double>> panel = Panel(60, 4 * kWeek, 21);
  int planted = 0;
  for (std::size_t series = 0; series < panel.size(); ++series) {
    const std::size_t at = 3 * kWeek + 7 * series;
    panel[series][at] = panel[series][at] * 10.0 + 40.0;
    ++planted;
  }
  CountJob job(QuarterHours(), kHighNonZero);
  std::vector<SeriesModel> models;

  const auto scores = RunJob(job, models, panel, 0, 4 * kWeek);

  int found = 0;
  for (std::size_t series = 0; series < panel.size(); ++series) {
    found += scores[series][3 * kWeek + 7 * series] >= 75.0 ? 1 : 0;
  }
  EXPECT_GE(found, planted * 9 / 10);
}

TEST(CountJob, AGiantSpikeAndASmallerOneTwoDaysLaterBothScoreAbove75) {
  int both = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<std::vector<double>> panel = {
        Counts({.base = 200.0, .shape = 30.0}, 5 * kWeek, seed)};
    panel[0][4 * kWeek] *= 100.0;
    panel[0][4 * kWeek + 2 * kDay] *= 5.0;
    CountJob job(QuarterHours(), kHighNonZero);
    std::vector<SeriesModel> models;

    const auto scores = RunJob(job, models, panel, 0, 5 * kWeek);

    both += scores[0][4 * kWeek] >= 75.0 && scores[0][4 * kWeek + 2 * kDay] >= 75.0 ? 1 : 0;
  }
  EXPECT_GE(both, 9);
}

TEST(CountJob, OrderWithinABucketChangesNothing) {
  const auto panel = Panel(12, 2 * kWeek, 3);
  const auto reversed = std::vector<std::vector<double>>(panel.rbegin(), panel.rend());
  CountJob job(QuarterHours(), kHighNonZero);
  CountJob other(QuarterHours(), kHighNonZero);
  std::vector<SeriesModel> models;
  std::vector<SeriesModel> others;

  const auto scores = RunJob(job, models, panel, 0, 2 * kWeek);
  const auto others_scores = RunJob(other, others, reversed, 0, 2 * kWeek);

  for (std::size_t series = 0; series < panel.size(); ++series) {
    for (std::size_t bucket = 0; bucket < scores[series].size(); ++bucket) {
      ASSERT_EQ(scores[series][bucket], others_scores[panel.size() - 1 - series][bucket]);
    }
  }
}

TEST(CountJob, IsRestoredExactly) {
  const auto panel = Panel(10, 3 * kWeek, 5);
  CountJob job(QuarterHours(), kHighNonZero);
  std::vector<SeriesModel> models;
  static_cast<void>(RunJob(job, models, panel, 0, 2 * kWeek));
  ByteWriter writer;
  job.Save(writer);
  for (const SeriesModel& model : models) {
    SeriesFormat::Save(model, writer);
  }

  CountJob restored(QuarterHours(), kHighNonZero);
  ByteReader reader(writer.bytes(), "checkpoint");
  ASSERT_TRUE(restored.Load(reader).has_value());
  std::vector<SeriesModel> restored_models;
  for (std::size_t series = 0; series < models.size(); ++series) {
    Result<SeriesModel> model = SeriesFormat::Load(reader);
    ASSERT_TRUE(model.has_value());
    restored_models.push_back(*model);
  }
  EXPECT_TRUE(reader.AtEnd());

  EXPECT_EQ(RunJob(job, models, panel, 2 * kWeek, 3 * kWeek),
            RunJob(restored, restored_models, panel, 2 * kWeek, 3 * kWeek));
}

TEST(CountJob, TruncatedBytesAreErrorsAndLeaveTheJobAsItWas) {
  CountJob job(QuarterHours(), kHighNonZero);
  ByteWriter writer;
  job.Save(writer);

  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    ByteReader reader(std::string_view(writer.bytes()).substr(0, size), "checkpoint");
    ASSERT_FALSE(job.Load(reader).has_value()) << size;
  }
  ByteWriter again;
  job.Save(again);
  EXPECT_EQ(again.bytes(), writer.bytes());
}

}  // namespace
}  // namespace tripline::runtime
