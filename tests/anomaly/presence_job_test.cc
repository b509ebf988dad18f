#include "runtime/anomaly/presence_job.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/anomaly/count_series.h"

namespace tripline::runtime {
namespace {

class World {
 public:
  PresenceJob::Judgement See(int value, std::int64_t bucket) {
    const BucketPoint point = calendar_.At(kMonday + bucket);
    Presence& presence = values_[value];
    const PresenceJob::Judgement judgement = job_.Judge(presence, point);
    job_.Take(presence, point, judgement);
    return judgement;
  }
  void End(std::int64_t bucket) { job_.EndBucket(calendar_.At(kMonday + bucket)); }
  PresenceJob& job() { return job_; }
  const BucketCalendar& calendar() const { return calendar_; }

 private:
  BucketCalendar calendar_ = QuarterHours();
  PresenceJob job_{calendar_};
  std::map<int, Presence> values_;
};

// Ten usual values in every bucket or every few.
void Usual(World& world, int from, int to) {
  for (int bucket = from; bucket < to; ++bucket) {
    for (int value = 0; value < 10; ++value) {
      if (bucket % (value + 1) == 0) {
        static_cast<void>(world.See(value, bucket));
      }
    }
    world.End(bucket);
  }
}

TEST(PresenceJob, ANewValueAfterQuietWeeksIsRare) {
  World world;
  Usual(world, 0, 3 * kWeek);

  const PresenceJob::Judgement fresh = world.See(99, 3 * kWeek);
  const PresenceJob::Judgement usual = world.See(9, 3 * kWeek);

  EXPECT_LT(fresh.probability, 1e-2);
  EXPECT_GE(fresh.score, 75.0);
  EXPECT_EQ(usual.score, 0.0);
  EXPECT_EQ(fresh.typical, 0.0);
  EXPECT_NEAR(world.See(1, 3 * kWeek).typical, 50.0, 5.0);
}

TEST(PresenceJob, WhereNewValuesComeAllTheTimeAnotherOneIsNone) {
  World world;
  int next = 1000;
  for (int bucket = 0; bucket < 3 * kWeek; ++bucket) {
    static_cast<void>(world.See(1, bucket));
    if (bucket % 5 == 0) {
      static_cast<void>(world.See(next++, bucket));
    }
    world.End(bucket);
  }

  const PresenceJob::Judgement fresh = world.See(next, 3 * kWeek);

  EXPECT_GT(fresh.probability, 0.05);
  EXPECT_LT(fresh.score, 10.0);
}

TEST(PresenceJob, KeepsTheJobsBudgetOfAlarmsOnCleanStreams) {
  double alarms = 0.0;
  double worst = 0.0;
  constexpr int kTrials = 10;
  constexpr int kWeeks = 8;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    std::mt19937_64 random(seed);
    std::exponential_distribution<double> tail(0.02);
    World world;
    double of_seed = 0.0;
    for (int bucket = 0; bucket < kWeeks * kWeek; ++bucket) {
      for (int i = 0; i < 8; ++i) {
        // Values with a long tail: new ones keep coming, ever more seldom.
        const auto value = static_cast<int>(tail(random) * tail(random) * 0.05);
        const double score = world.See(value, bucket).score;
        of_seed += bucket >= 2 * kWeek && score >= 75.0 ? 1.0 : 0.0;
      }
      world.End(bucket);
    }
    alarms += of_seed;
    worst = std::max(worst, of_seed);
  }

  EXPECT_LE(alarms / kTrials, 2.0 * (kWeeks - 2)) << "mean";
  EXPECT_LE(worst, 2.0 * 2.0 * (kWeeks - 2)) << "worst";
}

TEST(PresenceJob, ANewJobDoesNotCallEverythingRare) {
  World world;
  for (int bucket = 0; bucket < kDay; ++bucket) {
    EXPECT_EQ(world.See(bucket, bucket).score, 0.0);
    world.End(bucket);
  }
}

TEST(PresenceJob, IsRestoredExactlyAndRefusesDamage) {
  World world;
  Usual(world, 0, kWeek);
  ByteWriter writer;
  world.job().Save(writer);

  PresenceJob restored(world.calendar());
  ByteReader reader(writer.bytes(), "checkpoint");
  ASSERT_TRUE(restored.Load(reader).has_value());
  const BucketPoint point = world.calendar().At(kMonday + kWeek);
  EXPECT_EQ(restored.Judge(Presence{}, point).probability,
            world.job().Judge(Presence{}, point).probability);

  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    ByteReader cut(std::string_view(writer.bytes()).substr(0, size), "checkpoint");
    EXPECT_FALSE(restored.Load(cut).has_value()) << size;
  }
}

}  // namespace
}  // namespace tripline::runtime
