// SeriesRun: one detector of an anomaly job over its series: what is known of each series, and
// which of them a bucket makes look unusual. Two kinds: counts (count_run.cc) and presences
// (rare_run.cc).
//
//   bucket closes -Close-> records;   late events come -Rejudge-> perhaps one more record
//
// Space: a budget of bytes for the series (series_table.h says who makes room for whom).
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/anomaly_record.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/bucket_counts.h"
#include "runtime/anomaly/job_spec.h"
#include "runtime/anomaly/memory_use.h"
#include "runtime/saved_part.h"

namespace tripline::runtime {

/// Records are made of what is at least this unlikely.
inline constexpr double kRecordProbability = 0.05;

struct SeriesRunOptions {
  std::uint64_t max_bytes = 0;
  /// Records from this score on are explained (influencers, expectation); it costs a few hundred
  /// judgements each.
  double explained_from = 0.0;
};

/// What one bucket has shown.
struct BucketFindings {
  std::vector<AnomalyRecord> records;  // in the order of detectors, then of keys
  std::uint64_t num_judged = 0;        // series that could have been unusual
};

class SeriesRun {
 public:
  virtual ~SeriesRun() = default;

  /// The series of a bucket that is over. Buckets come in rising order.
  virtual void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& series,
                     BucketFindings& findings) = 0;
  /// A series of a bucket that was closed, with what came late: judged by what is known now, and
  /// not learned. None if it is not unusual, or if the detector does not look back.
  [[nodiscard]] virtual std::optional<AnomalyRecord> Rejudge(std::int64_t bucket,
                                                             const std::string& key,
                                                             const SeriesCount& counted) const = 0;
  /// True if a bucket without events says something.
  [[nodiscard]] virtual bool LooksAtEmptyBuckets() const = 0;

  [[nodiscard]] virtual MemoryUse memory() const = 0;

  virtual void Save(ByteWriter& writer, SavedPart part) const = 0;
  /// What was saved so far is kept.
  virtual void MarkKept() = 0;
  /// A checkpoint first, into a fresh run; then the deltas in their order. Errors: damaged bytes,
  /// another version.
  [[nodiscard]] virtual Result<void> Load(ByteReader& reader) = 0;
};

/// The run of the job's detector `index`. Requires a function that is known; `job` must outlive it.
[[nodiscard]] std::unique_ptr<SeriesRun> MakeSeriesRun(const AnomalyJobSpec& job, std::size_t index,
                                                       const BucketCalendar& calendar,
                                                       const SeriesRunOptions& options);

/// The same, each of one kind.
[[nodiscard]] std::unique_ptr<SeriesRun> MakeCountRun(const AnomalyJobSpec& job, std::size_t index,
                                                      const BucketCalendar& calendar,
                                                      const SeriesRunOptions& options);
[[nodiscard]] std::unique_ptr<SeriesRun> MakeRareRun(const AnomalyJobSpec& job, std::size_t index,
                                                     const BucketCalendar& calendar,
                                                     const SeriesRunOptions& options);

}  // namespace tripline::runtime
