#include "runtime/anomaly/anomaly_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "runtime/anomaly/job_bytes.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Milliseconds kSpan = std::chrono::minutes(15);
constexpr std::int64_t kMonday = 1'775'433'600'000;  // 2026-04-06T00:00:00Z
constexpr int kDay = 96;                             // buckets

AnomalyJobSpec CountingJob(const std::string& function, const std::string& by = "") {
  AnomalyJobSpec job;
  job.job_id = "job";
  job.bucket_span = kSpan;
  job.time_field = "@timestamp";
  job.influencers = {"source"};
  job.model_memory_limit = 32U << 20U;
  job.detectors = {
      {.function = function, .by_field = by, .partition_field = "", .custom_rules = {}}};
  return job;
}

struct TestEvent {
  std::int64_t bucket = 0;  // since kMonday
  std::string by;
  std::string source = "10.0.0.1";
  std::string id{};
  std::string count{};  // of a job with a summary count
};

// A detector with a schedule of its bucket span, fed with events by their buckets.
class Watch {
 public:
  explicit Watch(AnomalyJobSpec job, AnomalyOptions options = {})
      : job_(std::make_unique<AnomalyJobSpec>(std::move(job))),
        detector_(AnomalyDetector::Make(*job_, Schedule(kSpan, 2 * kSpan), options).value()) {}

  static Timestamp TimeOf(std::int64_t bucket) {
    return Timestamp(Milliseconds(kMonday)) + kSpan * bucket;
  }

  void Feed(const TestEvent& event) {
    std::vector<std::vector<std::string>> values;
    if (!job_->summary_count_field.empty()) {
      values.push_back({StringTerm(event.count)});
    }
    if (!job_->detectors[0].by_field.empty()) {
      values.push_back({StringTerm(event.by)});
    }
    values.push_back({StringTerm(event.source)});
    const std::string id =
        event.id.empty() ? "e" + std::to_string(num_events_++) : "given-" + event.id;
    EventSource source("logs", id, "{}");
    detector_->Observe({.time = TimeOf(event.bucket) + std::chrono::minutes(3),
                        .use = EventUse::kMayAlert,
                        .source = &source,
                        .term_values = values});
  }

  void FeedMany(std::int64_t bucket, int count, const std::string& by = "",
                const std::string& source = "10.0.0.1") {
    for (int i = 0; i < count; ++i) {
      Feed({.bucket = bucket, .by = by, .source = source});
    }
  }

  // Runs up to the one at the end of `bucket`.
  std::vector<Finding> RunTo(std::int64_t bucket) {
    std::vector<Finding> findings;
    const Timestamp last = TimeOf(bucket + 1);
    for (auto next = detector_->NextRun(); next && *next <= last; next = detector_->NextRun()) {
      detector_->Run(*next, findings);
    }
    detector_->SkipTo(last);
    return findings;
  }

  std::string Saved() const {
    ByteWriter writer;
    detector_->Save(writer);
    return writer.Take();
  }

  Result<void> Restore(const std::string& bytes) {
    detector_ = AnomalyDetector::Make(*job_, Schedule(kSpan, 2 * kSpan), {}).value();
    ByteReader reader(bytes, "state");
    return detector_->Load(reader);
  }

  AnomalyDetector& detector() { return *detector_; }

 private:
  std::unique_ptr<AnomalyJobSpec> job_;
  std::unique_ptr<AnomalyDetector> detector_;
  int num_events_ = 0;
};

// What a bucket usually counts: a working day and a quiet night, the same every day.
double UsualCount(std::int64_t bucket) {
  const double hour = static_cast<double>(bucket % kDay) / 4.0;
  return 4.0 + 20.0 * std::exp(-std::pow((hour - 13.0) / 4.0, 2));
}

std::vector<Finding> FeedUsualDays(Watch& watch, std::int64_t first, std::int64_t end,
                                   const std::string& by = "", std::uint64_t seed = 1) {
  std::mt19937_64 random(seed + static_cast<std::uint64_t>(first));
  std::vector<Finding> findings;
  for (std::int64_t bucket = first; bucket < end; ++bucket) {
    std::poisson_distribution<int> count(UsualCount(bucket));
    watch.FeedMany(bucket, count(random), by);
    for (Finding& finding : watch.RunTo(bucket)) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

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
      ASSERT_TRUE(halves.Restore(saved).has_value());
      ASSERT_EQ(halves.Saved(), saved);
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
    EXPECT_LE(findings.size(), static_cast<std::size_t>(AnomalyDetector::kMaxSilence));
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

TEST(AnomalyDetector, KeepsItsMemoryLimit) {
  AnomalyJobSpec job = CountingJob("high_non_zero_count", "country");
  job.model_memory_limit = 100 * kBytesOfASeries;
  Watch watch(job);
  for (std::int64_t bucket = 0; bucket < 30; ++bucket) {
    for (int i = 0; i < 20; ++i) {
      watch.FeedMany(bucket, 1, std::to_string(bucket * 20 + i));
    }
    watch.RunTo(bucket);
  }
  EXPECT_LE(watch.detector().memory_bytes(), job.model_memory_limit + 100'000);
}

TEST(AnomalyDetector, RefusesDamagedStates) {
  Watch watch(CountingJob("high_count", "country"));
  watch.FeedMany(0, 3, "A");
  watch.RunTo(0);
  watch.FeedMany(1, 2, "B");
  const std::string saved = watch.Saved();
  for (std::size_t size = 0; size < saved.size(); size += 3) {
    EXPECT_FALSE(watch.Restore(saved.substr(0, size)).has_value()) << size;
  }
  std::string newer = saved;
  newer[0] = 9;
  const auto refused = watch.Restore(newer);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(watch.Restore(saved).has_value());
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
