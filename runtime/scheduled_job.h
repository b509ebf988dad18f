// ScheduledJob: one anomaly job whose events are counted elsewhere, by a search over whole buckets:
// which buckets to ask for next, and the records that their counts make.
//
//   clock -PlanUpTo-> JobAsk -search-> counts -TakeCounts-> JobRun -Close-> records
//
// Every plan asks once more for the last buckets that are over (JobRun::kReopened): counts are
// whole ones, so that events that come late and repeats are the same thing, and harmless.
//
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/ruleset.h"
#include "runtime/saved_part.h"

namespace tripline::runtime {

/// Buckets by number, their beginning over the span; without the end.
struct JobAsk {
  std::uint32_t job = 0;
  std::int64_t first_bucket = 0;
  std::int64_t end_bucket = 0;
};

class ScheduledJob {
 public:
  /// So much time before its beginning a job learns from.
  static constexpr Milliseconds kHistory = std::chrono::days(28);
  /// Buckets of a plan at most: their counts are in memory until they are closed.
  static constexpr std::int64_t kMaxBuckets = 512;

  /// Requires a job that can be run (ReasonsNotToRun). Records from `explained_from` on are
  /// explained. `ruleset` must outlive it. Errors: as JobRun::Make.
  [[nodiscard]] static Result<std::unique_ptr<ScheduledJob>> Make(const Ruleset& ruleset,
                                                                  std::uint32_t job,
                                                                  double explained_from);

  /// A job that nothing is known of begins kHistory before `begin`.
  void BeginBefore(Timestamp begin);
  /// Nothing before `earliest` alerts: the models learn on from what a new job would look at.
  void GiveUpBefore(Timestamp earliest);
  /// The buckets that are over at `now`, of at most `max_span` or of one bucket; none if no new one
  /// is over.
  [[nodiscard]] std::optional<JobAsk> PlanUpTo(Timestamp now, Milliseconds max_span);
  /// Counts of all buckets of the last plan. Buckets that end up to `passed_by` do not alert.
  /// Errors: damaged bytes; then nothing is taken.
  [[nodiscard]] Result<void> TakeCounts(std::string_view counts, Timestamp passed_by);
  /// Judges the buckets before `end_bucket`. Errors: kUsage, if they have not been counted.
  [[nodiscard]] Result<std::vector<JudgedRecord>> Close(std::int64_t end_bucket);

  /// The last moment at which no further bucket than those before `end_bucket` is over.
  [[nodiscard]] Timestamp JudgedUpTo(std::int64_t end_bucket) const {
    return StartOf(end_bucket + 1) - Milliseconds(1);
  }
  [[nodiscard]] Timestamp StartOf(std::int64_t bucket) const {
    return Timestamp(spec_.bucket_span * bucket);
  }
  /// The first bucket that has not been judged.
  [[nodiscard]] std::optional<std::int64_t> next_bucket() const { return next_; }

  /// What has changed since MarkKept, or everything.
  void Save(ByteWriter& writer, SavedPart part) const;
  [[nodiscard]] bool HasChanged() const { return has_changed_ || !is_kept_; }
  void MarkKept();
  /// What Save wrote, in its order; before the job begins. Errors: damaged bytes.
  [[nodiscard]] Result<void> Load(ByteReader& reader);

  [[nodiscard]] const AnomalyJobSpec& spec() const { return spec_; }
  [[nodiscard]] JobSummary Summarize() const { return run_->Summarize(); }
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  ScheduledJob(const Ruleset& ruleset, std::uint32_t job, double explained_from);
  [[nodiscard]] Result<void> Remake();

  const AnomalyJobSpec& spec_;
  std::uint32_t index_;
  JobRunOptions options_;
  std::string key_;  // runtime/detector_key.h
  std::unique_ptr<JobRun> run_;
  std::optional<std::int64_t> first_;  // that was ever asked for
  std::optional<std::int64_t> next_;
  std::optional<JobAsk> ask_;
  bool has_counts_ = false;  // of the last plan
  bool is_kept_ = false;
  bool has_changed_ = false;
  std::string note_;
};

}  // namespace tripline::runtime
