// AnomalyDetector: the detector of machine_learning rules. It counts the events of an anomaly job
// into buckets of time, judges each bucket when it is over, and gives the records whose score
// reaches the rule's threshold.
//
//   events -Observe-> open buckets -Run-> records -> findings (score >= threshold)
//
// A bucket is over at the first run at or after its end; the run gives what all buckets that ended
// since the run before have shown, so that nothing is lost however short the rule's look-back is.
// A finding's event is the record itself, under the record's id.
//
// Late events: the last kReopened buckets that are over stay open for corrections: an event that
// belongs to one of them is counted (absolute recounts), the next run judges the series again, and
// a record that reaches the threshold now is given; one that was given stays as it was. Events that
// are later still are counted as late. An event is counted once, however often it is observed, as
// long as its bucket is remembered.
//
// Silence: where empty buckets say something, up to kMaxSilence buckets after the job's last event
// are judged; then the datafeed counts as stopped.
//
// Space: model_memory_limit for the series; what stands in open and reopened buckets beside.
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
#include "runtime/anomaly/anomaly_record.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/bucket_counts.h"
#include "runtime/anomaly/job_spec.h"
#include "runtime/anomaly/series_run.h"
#include "runtime/detector.h"
#include "runtime/schedule.h"

namespace tripline::runtime {

struct AnomalyOptions {
  double threshold = 75.0;
  std::uint32_t max_signals = 100;  // of a run; those with the highest scores
  /// Keep a line of JSON for every record, for TakeRecords.
  bool keeps_records = false;
};

class AnomalyDetector : public Detector {
 public:
  static constexpr std::int64_t kReopened = 8;
  static constexpr std::int64_t kMaxSilence = 48;

  /// Errors: kUsage (a bucket span that no calendar has). Requires a job that can be run; it must
  /// outlive the detector.
  [[nodiscard]] static Result<std::unique_ptr<AnomalyDetector>> Make(const AnomalyJobSpec& job,
                                                                     const Schedule& schedule,
                                                                     const AnomalyOptions& options);

  /// The fields whose values `event.term_values` has, in this order.
  [[nodiscard]] static std::vector<std::string> FieldsOf(const AnomalyJobSpec& job);

  void Observe(const MatchedEvent& event) override;
  [[nodiscard]] std::optional<Timestamp> NextRun() const override;
  void Run(Timestamp run_at, std::vector<Finding>& findings) override;
  void SkipTo(Timestamp run_at) override { position_ = run_at; }
  [[nodiscard]] std::optional<Timestamp> position() const override { return position_; }

  [[nodiscard]] DetectorCounts counts() const override;
  [[nodiscard]] std::uint64_t num_postponed() const override { return 0; }
  [[nodiscard]] std::uint64_t memory_bytes() const override;
  [[nodiscard]] std::vector<std::string> TakeRecords() override { return std::move(records_); }

  void Save(ByteWriter& writer) const override;
  [[nodiscard]] Result<void> Load(ByteReader& reader) override;

 private:
  // A bucket with the events it has counted, by fingerprint.
  struct Bucket {
    explicit Bucket(std::size_t num_detectors) : counts(num_detectors) {}
    BucketCounts counts;
    std::unordered_set<std::uint64_t> events;
  };
  using Dirty = std::set<std::pair<std::int64_t, std::pair<std::size_t, std::string>>>;

  AnomalyDetector(const AnomalyJobSpec& job, const Schedule& schedule,
                  const AnomalyOptions& options, const BucketCalendar& calendar);

  [[nodiscard]] double WeightOf(const MatchedEvent& event) const;
  void Count(const MatchedEvent& event, std::int64_t index, Bucket& bucket);
  [[nodiscard]] bool LooksAtEmptyBuckets() const;
  void CloseBucket(std::int64_t index, std::vector<AnomalyRecord>& records);
  void Rejudge(std::vector<AnomalyRecord>& records);
  void Report(const std::vector<AnomalyRecord>& records, std::vector<Finding>& findings);
  static void SaveBuckets(const std::map<std::int64_t, Bucket>& buckets, ByteWriter& writer);
  [[nodiscard]] Result<void> LoadBuckets(ByteReader& reader,
                                         std::map<std::int64_t, Bucket>& buckets);

  const AnomalyJobSpec& job_;
  Schedule schedule_;
  AnomalyOptions options_;
  BucketCalendar calendar_;
  std::vector<std::unique_ptr<SeriesRun>> runs_;  // per detector of the job
  std::map<std::int64_t, Bucket> open_;
  std::map<std::int64_t, Bucket> closed_;  // the last kReopened
  Dirty dirty_;
  std::set<std::pair<std::int64_t, std::string>> reported_;  // bucket and id of records given
  std::optional<std::int64_t> next_;                         // the first bucket that is not over
  std::int64_t last_event_ = 0;                              // the last bucket with an event
  std::optional<Timestamp> position_;
  std::vector<std::string> records_;
  std::uint64_t cut_ = 0;
};

}  // namespace tripline::runtime
