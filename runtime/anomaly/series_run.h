// SeriesRun: one detector of an anomaly job over its series: what is known of each series, and
// which of them a bucket makes look unusual. Two kinds: counts (count_run.cc) and presences
// (rare_run.cc).
//
//   bucket closes -Close-> records;   late events come -Rejudge-> perhaps one more record
//
// Space: `max_series` series at most. A series that has been silent for a week makes room for a new
// one, the longest silent first; if none has, the new one is refused, and counted.
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

namespace tripline::runtime {

/// Records are made of what is at least this unlikely.
inline constexpr double kRecordProbability = 0.05;

class SeriesRun {
 public:
  virtual ~SeriesRun() = default;

  /// The series of a bucket that is over. Buckets come in rising order. Records are in the order of
  /// keys.
  virtual void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& series,
                     std::vector<AnomalyRecord>& records) = 0;
  /// A series of a bucket that was closed, with what came late: judged by what is known now, and
  /// not learned. None if it is not unusual, or if the detector does not look back.
  [[nodiscard]] virtual std::optional<AnomalyRecord> Rejudge(std::int64_t bucket,
                                                             const std::string& key,
                                                             const SeriesCount& counted) const = 0;
  /// True if a bucket without events says something.
  [[nodiscard]] virtual bool LooksAtEmptyBuckets() const = 0;

  [[nodiscard]] virtual std::size_t num_series() const = 0;
  [[nodiscard]] virtual std::uint64_t num_refused() const = 0;
  [[nodiscard]] virtual std::uint64_t memory_bytes() const = 0;

  virtual void Save(ByteWriter& writer) const = 0;
  /// Errors: damaged bytes, another version. Requires a fresh run.
  [[nodiscard]] virtual Result<void> Load(ByteReader& reader) = 0;
};

/// The run of the job's detector `index`. Requires a function that is known; `job` must outlive it.
[[nodiscard]] std::unique_ptr<SeriesRun> MakeSeriesRun(const AnomalyJobSpec& job, std::size_t index,
                                                       const BucketCalendar& calendar,
                                                       std::size_t max_series);

/// The same, each of one kind.
[[nodiscard]] std::unique_ptr<SeriesRun> MakeCountRun(const AnomalyJobSpec& job, std::size_t index,
                                                      const BucketCalendar& calendar,
                                                      std::size_t max_series);
[[nodiscard]] std::unique_ptr<SeriesRun> MakeRareRun(const AnomalyJobSpec& job, std::size_t index,
                                                     const BucketCalendar& calendar,
                                                     std::size_t max_series);

/// Bytes of one series, by estimate: what a job's model_memory_limit is divided by.
inline constexpr std::uint64_t kBytesOfASeries = 2048;

}  // namespace tripline::runtime
