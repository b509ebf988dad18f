#include "runtime/anomaly/job_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/anomaly/job_world.h"

namespace tripline::runtime {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<json> ResultsOf(JobRun& run, ResultType type) {
  std::vector<json> results;
  for (const AnomalyResult& result : run.TakeResults()) {
    if (result.type == type) {
      results.push_back(json::parse(result.json));
    }
  }
  return results;
}

// Ten usual days of two countries, then a bucket in which B has a spike.
Watch SpikingWorld(JobRunOptions options) {
  Watch watch(CountingJob("high_non_zero_count", "country"), {}, options);
  for (std::int64_t bucket = 0; bucket < 10 * kDay; ++bucket) {
    watch.FeedMany(bucket, 6 + static_cast<int>(bucket % 3), "A");
    watch.FeedMany(bucket, 5 + static_cast<int>(bucket % 4), "B");
    watch.RunTo(bucket);
  }
  watch.FeedMany(10 * kDay, 7, "A");
  watch.FeedMany(10 * kDay, 4, "B", "10.0.0.1");
  watch.FeedMany(10 * kDay, 150, "B", "10.9.9.9");
  return watch;
}

TEST(JobRun, ExplainsARecord) {
  Watch watch = SpikingWorld({});

  const auto records = watch.run().CloseUpTo(Watch::TimeOf(10 * kDay + 1));

  ASSERT_THAT(records, SizeIs(1));
  const AnomalyRecord& record = records[0].record;
  ASSERT_TRUE(record.explanation.has_value());
  const RecordExplanation& why = *record.explanation;
  EXPECT_NEAR(why.usual_count * why.time_of_day * why.day_of_week * why.level_now, record.typical,
              0.25 * record.typical);
  EXPECT_LT(why.lower, record.typical);
  EXPECT_GT(why.upper, record.typical);
  EXPECT_GE(why.would_be_normal, 8.0);  // seen every hour
  EXPECT_LT(why.would_be_normal, 20.0);
  EXPECT_GE(why.would_score_below_75, why.would_be_normal);
  EXPECT_LT(why.would_score_below_75, 154.0);
  ASSERT_THAT(record.influencers, SizeIs(1));
  EXPECT_EQ(record.influencers[0].sources[0].count, 150.0);
  EXPECT_GT(record.influencers[0].sources[0].influence, 0.9);
}

TEST(JobRun, ExplainsOnlyWhatIsAskedFor) {
  Watch watch = SpikingWorld({.explained_from = 101.0});

  const auto records = watch.run().CloseUpTo(Watch::TimeOf(10 * kDay + 1));

  ASSERT_THAT(records, SizeIs(1));
  EXPECT_FALSE(records[0].record.explanation.has_value());
  EXPECT_THAT(records[0].record.influencers, IsEmpty());
}

TEST(JobRun, GivesEveryBucketAndWhoInfluencedIt) {
  Watch watch = SpikingWorld({.explained_from = 0.0, .keeps_results = true});
  EXPECT_THAT(ResultsOf(watch.run(), ResultType::kBucket), SizeIs(10 * kDay));
  EXPECT_THAT(watch.run().CloseUpTo(Watch::TimeOf(10 * kDay + 1)), SizeIs(1));

  std::map<ResultType, std::vector<json>> results;
  for (const AnomalyResult& result : watch.run().TakeResults()) {
    results[result.type].push_back(json::parse(result.json));
  }

  ASSERT_THAT(results[ResultType::kBucket], SizeIs(1));
  ASSERT_THAT(results[ResultType::kRecord], SizeIs(1));
  ASSERT_THAT(results[ResultType::kInfluencer], SizeIs(1));
  const json& bucket = results[ResultType::kBucket][0];
  EXPECT_EQ(bucket["result_type"], "bucket");
  EXPECT_EQ(bucket["event_count"], 161.0);
  EXPECT_GE(bucket["anomaly_score"], 75.0);
  EXPECT_EQ(bucket["bucket_influencers"][0]["influencer_field_name"], "bucket_time");
  const json& influencer = results[ResultType::kInfluencer][0];
  EXPECT_EQ(influencer["result_type"], "influencer");
  EXPECT_EQ(influencer["influencer_field_name"], "source");
  EXPECT_EQ(influencer["influencer_field_value"], "10.9.9.9");
  EXPECT_EQ(influencer["source"], "10.9.9.9");
  EXPECT_EQ(influencer["influencer_score"], bucket["anomaly_score"]);  // the only record
}

TEST(JobRun, KeepsItsMemoryLimitAndSaysSo) {
  AnomalyJobSpec job = CountingJob("high_non_zero_count", "country");
  job.model_memory_limit = 100 * 2100;
  Watch watch(job);
  std::vector<std::string> statuses;
  for (std::int64_t bucket = 0; bucket < 7; ++bucket) {
    for (int i = 0; i < 20; ++i) {
      watch.FeedMany(bucket, 1, std::to_string(bucket * 20 + i));
    }
    watch.RunTo(bucket);
    statuses.emplace_back(watch.run().memory().Status());
  }
  EXPECT_THAT(statuses, testing::ElementsAre("ok", "ok", "ok", "soft_limit", "soft_limit",
                                             "hard_limit", "hard_limit"));
  const MemoryUse full = watch.run().memory();
  EXPECT_LE(full.used_bytes, job.model_memory_limit);
  EXPECT_GE(full.num_series, 95U);
  EXPECT_EQ(full.num_series + full.num_refused, 140U);

  // Two weeks later the first ones have been silent for long enough to make room.
  watch.FeedMany(14 * kDay, 1, "new");
  watch.RunTo(14 * kDay);
  EXPECT_GT(watch.run().memory().num_dropped, 0U);
  EXPECT_NE(watch.run().memory().Status(), "hard_limit");
  EXPECT_EQ(watch.run().memory().num_refused, full.num_refused);
}

TEST(JobRun, ACheckpointAndItsDeltasAreTheWholeExactly) {
  for (const std::string function : {"high_non_zero_count", "low_count", "rare"}) {
    Watch whole(CountingJob(function, "country"));
    Watch kept(CountingJob(function, "country"));
    std::vector<std::string> parts;
    std::mt19937_64 random(3);
    for (std::int64_t bucket = 0; bucket < 4 * kDay; ++bucket) {
      for (int country = 0; country < 12; ++country) {
        const int count = random() % 3 == 0 ? static_cast<int>(random() % 9) : 0;
        for (Watch* const watch : {&whole, &kept}) {
          watch->FeedMany(bucket, count, std::to_string(country));
        }
      }
      if (bucket % 37 == 20) {
        parts.push_back(kept.Saved(parts.empty() ? SavedPart::kEverything : SavedPart::kChanges));
        kept.run().MarkKept();
        ASSERT_TRUE(kept.Restore(parts).has_value()) << function << " " << bucket;
      }
      whole.RunTo(bucket);
      kept.RunTo(bucket);
    }
    EXPECT_EQ(whole.Saved(), kept.Saved()) << function;
    EXPECT_GT(parts.size(), 9U);
  }
}

TEST(JobRun, ADeltaHoldsOnlyWhatHasChanged) {
  Watch watch(CountingJob("high_non_zero_count", "country"));
  for (int country = 0; country < 50; ++country) {
    watch.FeedMany(0, 2, std::to_string(country));
  }
  watch.RunTo(0);
  const std::size_t whole = watch.Saved().size();
  watch.run().MarkKept();
  watch.FeedMany(20, 2, "7");
  watch.RunTo(20);

  EXPECT_LT(watch.Saved(SavedPart::kChanges).size(), whole / 5);
  EXPECT_THAT(watch.Saved(SavedPart::kChanges), HasSubstr("7"));
}

TEST(JobRun, RefusesDamagedStates) {
  Watch watch(CountingJob("high_count", "country"));
  watch.FeedMany(0, 3, "A");
  watch.RunTo(0);
  watch.FeedMany(1, 2, "B");
  const std::string saved = watch.Saved();
  for (std::size_t size = 0; size < saved.size(); size += 3) {
    EXPECT_FALSE(watch.Restore({saved.substr(0, size)}).has_value()) << size;
  }
  std::string newer = saved;
  newer[0] = 9;
  const auto refused = watch.Restore({newer});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(watch.Restore({saved, saved}).has_value());  // two checkpoints
  EXPECT_TRUE(watch.Restore({saved}).has_value());
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {  // whatever it says, it says it without a crash
    std::string damaged = saved;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    if (watch.Restore({damaged}).has_value()) {
      EXPECT_THAT(watch.run().CloseUpTo(Watch::TimeOf(50)), IsEmpty());
    }
  }
}

TEST(JobRun, ALongHistoryDoesNotStayOpen) {
  Watch watch(CountingJob("high_count"));
  for (std::int64_t bucket = 0; bucket < 40 * kDay; ++bucket) {
    watch.Feed({.bucket = bucket, .by = "", .count = ""});
  }
  EXPECT_EQ(watch.run().Summarize().buckets, 40 * kDay - JobRun::kMaxOpen);
}

TEST(SimesProbability, IsTheLeastOfTheScaledOnes) {
  EXPECT_EQ(SimesProbability({}, 10), 1.0);
  EXPECT_DOUBLE_EQ(SimesProbability({0.001}, 10), 0.01);
  EXPECT_DOUBLE_EQ(SimesProbability({0.04, 0.001}, 10), 0.01);
  EXPECT_DOUBLE_EQ(SimesProbability({0.003, 0.002, 0.0025}, 10), 0.01);  // three of ten
  EXPECT_EQ(SimesProbability({0.5, 0.6}, 2), 0.6);
}

TEST(SimesProbability, IsUniformForIndependentSeries) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform;
  int below = 0;
  constexpr int kBuckets = 20'000;
  for (int i = 0; i < kBuckets; ++i) {
    std::vector<double> probabilities(60);
    for (double& probability : probabilities) {
      probability = uniform(random);
    }
    below += SimesProbability(probabilities, 60) < 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(below, 0.05 * kBuckets, 4.0 * std::sqrt(0.05 * kBuckets));
}

}  // namespace
}  // namespace tripline::runtime
