#include "runtime/anomaly/anomaly_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "runtime/anomaly/job_bytes.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/term.h"
#include "tests/anomaly/job_world.h"

namespace tripline::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(AnomalyDetector, GivesASpikeWithItsMakersAndNothingElse) {
  Watch watch(CountingJob("high_count"));

  const auto before = FeedUsualDays(watch, 0, 14 * kDay + 40);
  watch.FeedMany(14 * kDay + 40, 12);
  watch.FeedMany(14 * kDay + 40, 200, "", "10.9.9.9");
  const auto during = watch.RunTo(14 * kDay + 40);
  const auto after = FeedUsualDays(watch, 14 * kDay + 41, 15 * kDay);

  EXPECT_THAT(before, IsEmpty());
  ASSERT_THAT(during, SizeIs(1));
  EXPECT_THAT(after, IsEmpty());
  EXPECT_EQ(during[0].event.time, Watch::TimeOf(14 * kDay + 40));
  const std::string& json = during[0].event.document->json;
  EXPECT_THAT(json, HasSubstr(R"("actual":[212.0])"));
  EXPECT_THAT(json, HasSubstr(R"("function":"high_count")"));
  EXPECT_THAT(
      json,
      HasSubstr(R"({"influencer_field_name":"source","influencer_field_values":["10.9.9.9"]})"));
}

TEST(AnomalyDetector, NamesTheSeriesThatSpiked) {
  Watch watch(CountingJob("high_non_zero_count", "country"));
  for (std::int64_t bucket = 0; bucket < 10 * kDay; ++bucket) {
    watch.FeedMany(bucket, 6 + static_cast<int>(bucket % 3), "A");
    watch.FeedMany(bucket, 5 + static_cast<int>(bucket % 4), "B");
    watch.RunTo(bucket);
  }
  watch.FeedMany(10 * kDay, 7, "A");
  watch.FeedMany(10 * kDay, 150, "B");

  const auto findings = watch.RunTo(10 * kDay);

  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].event.document->json, HasSubstr(R"("by_field_value":"B")"));
  EXPECT_THAT(findings[0].event.document->json, HasSubstr(R"("country":["B"])"));
}

TEST(AnomalyDetector, CountsAnEventOnceAndInAnyOrder) {
  Watch forward(CountingJob("high_count"));
  Watch shuffled(CountingJob("high_count"));
  std::mt19937_64 random(7);
  for (std::int64_t bucket = 0; bucket < 9 * kDay; ++bucket) {
    const bool is_spike = bucket == 8 * kDay + 50;
    std::vector<TestEvent> events;
    for (int i = 0; i < (is_spike ? 300 : 10 + static_cast<int>(bucket % 5)); ++i) {
      events.push_back({.bucket = bucket,
                        .by = "",
                        .source = "s" + std::to_string(i % 3),
                        .id = std::to_string(bucket) + "/" + std::to_string(i),
                        .count = ""});
    }
    for (const TestEvent& event : events) {
      forward.Feed(event);
    }
    std::vector<TestEvent> twice = events;
    twice.insert(twice.end(), events.begin(), events.end());
    std::ranges::shuffle(twice, random);
    for (const TestEvent& event : twice) {
      shuffled.Feed(event);
    }
    const auto expected = forward.RunTo(bucket);
    const auto found = shuffled.RunTo(bucket);
    ASSERT_EQ(found.size(), expected.size()) << bucket;
    ASSERT_EQ(expected.size(), is_spike ? 1U : 0U) << bucket;
    if (is_spike) {
      EXPECT_EQ(found[0].event.document->json, expected[0].event.document->json);
    }
  }
  EXPECT_EQ(forward.Saved(), shuffled.Saved());
}

TEST(AnomalyDetector, GoesOnExactlyWhereItWasSaved) {
  Watch whole(CountingJob("high_non_zero_count", "country"));
  Watch halves(CountingJob("high_non_zero_count", "country"));
  for (std::int64_t bucket = 0; bucket < 8 * kDay; ++bucket) {
    const int count = bucket == 7 * kDay + 10 ? 400 : 8 + static_cast<int>(bucket % 7);
    for (Watch* const watch : {&whole, &halves}) {
      for (int i = 0; i < count; ++i) {
        watch->Feed({.bucket = bucket,
                     .by = "X",
                     .source = "s",
                     .id = std::to_string(bucket) + "/" + std::to_string(i),
                     .count = ""});
      }
    }
    if (bucket % 97 == 50) {
      const std::string saved = halves.Saved();
      ASSERT_TRUE(halves.Restore({saved}).has_value());
      ASSERT_EQ(halves.Saved(), saved);
      const std::string rule = halves.SavedRule();
      ASSERT_TRUE(halves.RestoreRule(rule).has_value());
      ASSERT_EQ(halves.SavedRule(), rule);
    }
    const auto expected = whole.RunTo(bucket);
    const auto found = halves.RunTo(bucket);
    ASSERT_EQ(found.size(), expected.size()) << bucket;
    ASSERT_EQ(found.size(), bucket == 7 * kDay + 10 ? 1U : 0U);
  }
  EXPECT_EQ(whole.Saved(), halves.Saved());
}

TEST(AnomalyDetector, JudgesAgainWhatComesLate) {
  Watch watch(CountingJob("high_count"));
  FeedUsualDays(watch, 0, 10 * kDay);

  watch.FeedMany(10 * kDay - 4, 300);  // its bucket is over since an hour
  const auto late = watch.RunTo(10 * kDay);
  watch.FeedMany(10 * kDay - 4, 50);  // it alerted already
  const auto again = watch.RunTo(10 * kDay + 1);
  watch.FeedMany(9 * kDay, 300);  // half a day late
  const auto too_late = watch.RunTo(10 * kDay + 2);

  ASSERT_THAT(late, SizeIs(1));
  EXPECT_EQ(late[0].event.time, Watch::TimeOf(10 * kDay - 4));
  EXPECT_THAT(again, IsEmpty());
  EXPECT_THAT(too_late, IsEmpty());
}

TEST(AnomalyDetector, KeepsTheHighestScoresUnderItsCap) {
  Watch watch(CountingJob("high_count", "country"), {.threshold = 50, .max_signals = 2});
  const std::vector<std::string> countries = {"A", "B", "C", "D"};
  for (std::int64_t bucket = 0; bucket < 10 * kDay; ++bucket) {
    for (const std::string& country : countries) {
      watch.FeedMany(bucket, 6 + static_cast<int>(bucket % 3), country);
    }
    watch.RunTo(bucket);
  }
  watch.FeedMany(10 * kDay, 60, "A");
  watch.FeedMany(10 * kDay, 600, "B");
  watch.FeedMany(10 * kDay, 70, "C");
  watch.FeedMany(10 * kDay, 500, "D");

  const auto findings = watch.RunTo(10 * kDay);

  ASSERT_THAT(findings, SizeIs(2));
  std::string all = findings[0].event.document->json + findings[1].event.document->json;
  EXPECT_THAT(all, HasSubstr(R"("by_field_value":"B")"));
  EXPECT_THAT(all, HasSubstr(R"("by_field_value":"D")"));
  EXPECT_EQ(watch.detector().counts().cut, 2U);
}

TEST(AnomalyDetector, LeavesOutWhatItsCustomRulesSay) {
  AnomalyJobSpec job = CountingJob("high_count");
  job.detectors[0].custom_rules = {
      {.skips_result = true,
       .skips_model_update = false,
       .conditions = {{.applies_to = AnomalyCondition::AppliesTo::kActual,
                       .comparison = AnomalyCondition::Comparison::kLt,
                       .value = 300}}}};
  Watch watch(job);
  FeedUsualDays(watch, 0, 10 * kDay);

  watch.FeedMany(10 * kDay, 250);
  const auto below = watch.RunTo(10 * kDay);
  FeedUsualDays(watch, 10 * kDay + 1, 11 * kDay);
  watch.FeedMany(11 * kDay, 900);
  const auto above = watch.RunTo(11 * kDay);

  EXPECT_THAT(below, IsEmpty());
  EXPECT_THAT(above, SizeIs(1));
}

TEST(AnomalyDetector, TakesEventsThatAreCountsAlready) {
  AnomalyJobSpec job = CountingJob("high_count");
  job.summary_count_field = "doc_count";
  Watch watch(job);
  for (std::int64_t bucket = 0; bucket < 10 * kDay; ++bucket) {
    watch.Feed({.bucket = bucket, .by = "", .count = std::to_string(1000 + bucket % 40)});
    watch.RunTo(bucket);
  }
  watch.Feed({.bucket = 10 * kDay, .by = "", .count = "9000"});
  watch.Feed({.bucket = 10 * kDay, .by = "", .count = "-5000"});
  watch.Feed({.bucket = 10 * kDay, .by = "", .count = "nan"});
  watch.Feed({.bucket = 10 * kDay, .by = "", .count = "many"});

  const auto findings = watch.RunTo(10 * kDay);

  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].event.document->json, HasSubstr(R"("actual":[9000.0])"));
}

TEST(AnomalyDetector, HearsSilenceOnlyWhereEmptyBucketsSaySomething) {
  for (const bool is_heard : {true, false}) {
    Watch watch(CountingJob(is_heard ? "low_count" : "high_non_zero_count"));
    for (std::int64_t bucket = 0; bucket < 14 * kDay; ++bucket) {
      watch.FeedMany(bucket, 40 + static_cast<int>(bucket % 5));
      ASSERT_THAT(watch.RunTo(bucket), IsEmpty()) << bucket;
    }

    const auto findings = watch.RunTo(14 * kDay + 365 * kDay);  // nothing for a year

    EXPECT_EQ(!findings.empty(), is_heard);
    EXPECT_LE(findings.size(), static_cast<std::size_t>(JobRun::kMaxSilence));
  }
}

TEST(AnomalyDetector, FindsARareValue) {
  Watch watch(CountingJob("rare", "country"));
  std::vector<Finding> findings;
  for (std::int64_t bucket = 0; bucket < 21 * kDay; ++bucket) {
    for (const char* country : {"A", "B", "C", "D", "E"}) {
      watch.FeedMany(bucket, 2, country);
    }
    for (Finding& finding : watch.RunTo(bucket)) {
      findings.push_back(std::move(finding));
    }
  }
  EXPECT_THAT(findings, IsEmpty());
  watch.FeedMany(21 * kDay, 1, "Atlantis");

  const auto found = watch.RunTo(21 * kDay);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].event.document->json, HasSubstr(R"("by_field_value":"Atlantis")"));
}

TEST(AnomalyDetector, RefusesDamagedStates) {
  Watch watch(CountingJob("high_count"), {.threshold = 0.0});
  FeedUsualDays(watch, 0, 10 * kDay);
  watch.FeedMany(10 * kDay, 300);
  for (const JudgedRecord& record : watch.run().CloseUpTo(Watch::TimeOf(10 * kDay + 1))) {
    watch.detector().Offer(watch.run().job(), record);
  }
  const std::string saved = watch.SavedRule();
  ASSERT_GT(saved.size(), 500U);  // a record waits
  for (std::size_t size = 0; size < saved.size(); size += 3) {
    EXPECT_FALSE(watch.RestoreRule(saved.substr(0, size)).has_value()) << size;
  }
  std::string newer = saved;
  newer[0] = 9;
  const auto refused = watch.RestoreRule(newer);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  ASSERT_TRUE(watch.RestoreRule(saved).has_value());
  EXPECT_EQ(watch.RunTo(10 * kDay).size(), 1U);  // it is given now, and only once
  EXPECT_THAT(watch.RunTo(10 * kDay + 1), IsEmpty());
}

TEST(AnomalyDetector, WatchesSeveralJobs) {
  AnomalyJobSpec one = CountingJob("high_count");
  AnomalyJobSpec other = CountingJob("high_count");
  other.job_id = "other";
  AnomalyDetector detector(Schedule(kSpan, kSpan), {});
  const auto record = [](double score) {
    JudgedRecord judged;
    judged.record.bucket = Watch::TimeOf(1);
    judged.record.score = score;
    judged.known_at = Watch::TimeOf(2);
    return judged;
  };
  detector.Offer(one, record(80));
  detector.Offer(other, record(90));
  detector.Offer(one, record(80));  // again
  detector.Offer(other, record(70));

  std::vector<Finding> findings;
  ASSERT_EQ(detector.NextRun(), Watch::TimeOf(2));
  detector.Run(Watch::TimeOf(2), findings);

  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].event.document->index, ".ml-anomalies-job");
  EXPECT_EQ(findings[1].event.document->index, ".ml-anomalies-other");
}

TEST(JobBytes, ComeBackAsTheyWere) {
  AnomalyJobSpec job = CountingJob("rare", "country");
  job.detectors[0].partition_field = "host.name";
  job.detectors[0].custom_rules = {
      {.skips_result = false,
       .skips_model_update = true,
       .conditions = {{.applies_to = AnomalyCondition::AppliesTo::kTime,
                       .comparison = AnomalyCondition::Comparison::kGte,
                       .value = 1.5}}}};
  job.summary_count_field = "n";
  job.indices = {"a", "b"};
  job.datafeed_query = "{}";
  job.query = 7;
  job.not_yet = {"because"};

  const std::string bytes = SaveJobs({job, CountingJob("count")});
  const auto loaded = LoadJobs(bytes);

  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_THAT(*loaded, ElementsAre(job, CountingJob("count")));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(LoadJobs(bytes.substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace tripline::runtime
