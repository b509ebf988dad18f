// A world for tests of anomaly jobs: events by their buckets, a rule over the job, runs at bucket
// ends.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "runtime/anomaly/anomaly_detector.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/term.h"

namespace tripline::runtime {

constexpr Milliseconds kSpan = std::chrono::minutes(15);
constexpr std::int64_t kMonday = 1'775'433'600'000;  // 2026-04-06T00:00:00Z
constexpr int kDay = 96;                             // buckets

inline AnomalyJobSpec CountingJob(const std::string& function, const std::string& by = "") {
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

// A job, and a rule over it with a schedule of the bucket span, fed with events by their buckets.
class Watch {
 public:
  explicit Watch(AnomalyJobSpec job, AnomalyOptions options = {}, JobRunOptions run_options = {})
      : job_(std::make_unique<AnomalyJobSpec>(std::move(job))),
        options_(options),
        run_options_(run_options),
        run_(JobRun::Make(*job_, run_options).value()),
        detector_(std::make_unique<AnomalyDetector>(Schedule(kSpan, 2 * kSpan), options)) {}

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
    run_->Observe({.time = TimeOf(event.bucket) + std::chrono::minutes(3),
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
    for (const JudgedRecord& record : run_->CloseUpTo(last)) {
      detector_->Offer(*job_, record);
    }
    for (auto next = detector_->NextRun(); next && *next <= last; next = detector_->NextRun()) {
      detector_->Run(*next, findings);
    }
    detector_->SkipTo(last);
    return findings;
  }

  std::string Saved(SavedPart part = SavedPart::kEverything) const {
    ByteWriter writer;
    run_->Save(writer, part);
    return writer.Take();
  }
  std::string SavedRule() const {
    ByteWriter writer;
    detector_->Save(writer);
    return writer.Take();
  }

  // A fresh job with a checkpoint and deltas, and a fresh rule.
  Result<void> Restore(const std::vector<std::string>& parts) {
    run_ = JobRun::Make(*job_, run_options_).value();
    for (const std::string& part : parts) {
      ByteReader reader(part, "state");
      TRIPLINE_TRY_VOID(run_->Load(reader));
    }
    return {};
  }
  Result<void> RestoreRule(const std::string& bytes) {
    detector_ = std::make_unique<AnomalyDetector>(Schedule(kSpan, 2 * kSpan), options_);
    ByteReader reader(bytes, "state");
    return detector_->Load(reader);
  }

  JobRun& run() { return *run_; }
  AnomalyDetector& detector() { return *detector_; }

 private:
  std::unique_ptr<AnomalyJobSpec> job_;
  AnomalyOptions options_;
  JobRunOptions run_options_;
  std::unique_ptr<JobRun> run_;
  std::unique_ptr<AnomalyDetector> detector_;
  int num_events_ = 0;
};

// What a bucket usually counts: a working day and a quiet night, the same every day.
inline double UsualCount(std::int64_t bucket) {
  const double hour = static_cast<double>(bucket % kDay) / 4.0;
  return 4.0 + 20.0 * std::exp(-std::pow((hour - 13.0) / 4.0, 2));
}

inline std::vector<Finding> FeedUsualDays(Watch& watch, std::int64_t first, std::int64_t end,
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

}  // namespace tripline::runtime
