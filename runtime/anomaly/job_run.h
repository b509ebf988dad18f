// JobRun: one anomaly job at work. It counts the events of its datafeed into buckets of time,
// judges each bucket when it is over, and gives what was unusual, to every rule that asks for it.
//
//   events -Observe-> open buckets -CloseUpTo-> records -> rules (anomaly_detector.h)
//
// Late events: the last kReopened buckets that are over stay open for corrections: an event that
// belongs to one of them is counted (absolute recounts) and its series judged again at the next
// CloseUpTo. Events that are later still are counted as unseen. An event is counted once, however
// often it is observed, as long as its bucket is remembered.
//
// Silence: where empty buckets say something, up to kMaxSilence buckets after the job's last event
// are judged; then the datafeed counts as stopped.
//
// Space: model_memory_limit for the series; what stands in open and reopened buckets beside. Of
// more than kMaxOpen open buckets (a long history, or clocks that are far apart) the oldest is over
// at once.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/bucket_counts.h"
#include "runtime/anomaly/bucket_results.h"
#include "runtime/anomaly/closed_bucket.h"
#include "runtime/anomaly/job_spec.h"
#include "runtime/anomaly/series_run.h"
#include "runtime/event.h"
#include "runtime/run_summary.h"

namespace tripline::runtime {

struct JobRunOptions {
  /// Records from this score on are explained.
  double explained_from = 0.0;
  /// Keep a line of JSON for every record, bucket and influencer, for TakeResults.
  bool keeps_results = false;
};

/// A record, and since when it is known: the end of its bucket, or when late events had been seen.
struct JudgedRecord {
  AnomalyRecord record;
  Timestamp known_at;
};

class JobRun {
 public:
  static constexpr std::int64_t kReopened = 8;
  static constexpr std::int64_t kMaxSilence = 48;
  static constexpr std::size_t kMaxOpen = 1024;

  /// Errors: kUsage (a bucket span that no calendar has). `job` must outlive the run.
  [[nodiscard]] static Result<std::unique_ptr<JobRun>> Make(const AnomalyJobSpec& job,
                                                            const JobRunOptions& options);

  /// The fields whose values `event.term_values` has, in this order.
  [[nodiscard]] static std::vector<std::string> FieldsOf(const AnomalyJobSpec& job);

  void Observe(const MatchedEvent& event);
  /// What a whole bucket counts, for who counts elsewhere and lets no event be observed: it takes
  /// the place of what an open bucket counted; of one that is over the series that differ are
  /// judged again, if it is remembered. A bucket without events is not recounted.
  void Recount(std::int64_t index, BucketCounts counts);
  /// An event of the datafeed without a usable time.
  void ObserveTimeless() { ++summary_.without_time; }

  /// Judges the buckets that end at or before `time`, and those that late events have changed.
  /// Times rise.
  [[nodiscard]] std::vector<JudgedRecord> CloseUpTo(Timestamp time);
  /// The results since the last call: a bucket's own, its records, its influencers.
  [[nodiscard]] std::vector<AnomalyResult> TakeResults() { return std::move(results_); }

  [[nodiscard]] JobSummary Summarize() const;
  [[nodiscard]] MemoryUse memory() const;
  [[nodiscard]] const AnomalyJobSpec& job() const { return job_; }
  [[nodiscard]] const BucketCalendar& calendar() const { return calendar_; }
  /// Of how many values the keys of each detector's series are.
  [[nodiscard]] std::vector<std::size_t> NumKeyValues() const;

  /// The next deltas begin from here: what was saved is kept.
  void MarkKept();
  void Save(ByteWriter& writer, SavedPart part) const;
  /// A checkpoint first, into a fresh run; then the deltas in their order. Errors: damaged bytes,
  /// another version.
  [[nodiscard]] Result<void> Load(ByteReader& reader);

 private:
  // A bucket with the events it has counted, by fingerprint.
  struct Bucket {
    explicit Bucket(std::size_t num_detectors) : counts(num_detectors) {}
    BucketCounts counts;
    std::unordered_set<std::uint64_t> events;
  };
  using Dirty = std::set<std::pair<std::int64_t, std::pair<std::size_t, std::string>>>;

  JobRun(const AnomalyJobSpec& job, const JobRunOptions& options, const BucketCalendar& calendar);

  [[nodiscard]] double WeightOf(const MatchedEvent& event) const;
  void Count(const MatchedEvent& event, std::int64_t index);
  template <class Counts>
  void CountSeries(const MatchedEvent& event, double weight, Counts& counts,
                   std::optional<std::int64_t> dirty_index);
  [[nodiscard]] Timestamp EndOf(std::int64_t index) const {
    return Timestamp(calendar_.span() * (index + 1));
  }
  void CloseBucket(std::int64_t index);
  void KeepResults(std::int64_t index, const Bucket& bucket, const BucketFindings& findings);
  void Rejudge(Timestamp time);
  [[nodiscard]] bool LooksAtEmptyBuckets() const;
  void SaveBuckets(ByteWriter& writer) const;
  [[nodiscard]] Result<void> LoadBuckets(ByteReader& reader);

  const AnomalyJobSpec& job_;
  JobRunOptions options_;
  BucketCalendar calendar_;
  std::vector<std::unique_ptr<SeriesRun>> runs_;  // per detector of the job
  std::map<std::int64_t, Bucket> open_;
  std::map<std::int64_t, ClosedBucket> closed_;  // the last kReopened
  Dirty dirty_;
  std::optional<std::int64_t> next_;  // the first bucket that is not over
  std::int64_t last_event_ = 0;       // the last bucket with an event
  std::vector<JudgedRecord> found_;   // since the last CloseUpTo
  std::vector<AnomalyResult> results_;
  JobSummary summary_;
};

}  // namespace tripline::runtime
