// What is kept of a job between calls. One layout for checkpoints and deltas: the buckets that are
// open or may be reopened stand in both, whole; of the series a delta has those that have changed.
//
//   u32 version | u8 1 for everything, 0 for changes | next bucket (u8, i64) | i64 last bucket with
//   an event | open buckets | closed buckets | series to judge again | per detector: SeriesRun
#include <algorithm>
#include <cmath>

#include "runtime/anomaly/job_run.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 2;

}  // namespace

void JobRun::SaveBuckets(ByteWriter& writer) const {
  writer.Number(static_cast<std::uint32_t>(open_.size()));
  for (const auto& [index, bucket] : open_) {
    writer.Number(index);
    bucket.counts.Save(writer);
    std::vector<std::uint64_t> events(bucket.events.begin(), bucket.events.end());
    std::ranges::sort(events);
    writer.Number(static_cast<std::uint32_t>(events.size()));
    for (const std::uint64_t event : events) {
      writer.Number(event);
    }
  }
  writer.Number(static_cast<std::uint32_t>(closed_.size()));
  for (const auto& [index, bucket] : closed_) {
    writer.Number(index);
    bucket.Save(writer);
  }
}

Result<void> JobRun::LoadBuckets(ByteReader& reader) {
  open_.clear();
  closed_.clear();
  TRIPLINE_TRY(const std::uint32_t num_open, reader.Count(8 + 1 + 8 + 4));
  for (std::uint32_t i = 0; i < num_open; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    Bucket bucket(job_.detectors.size());
    TRIPLINE_TRY(bucket.counts,
                 BucketCounts::Load(reader, NumKeyValues(), job_.influencers.size()));
    TRIPLINE_TRY(const std::uint32_t num_events, reader.Count(8));
    for (std::uint32_t j = 0; j < num_events; ++j) {
      TRIPLINE_TRY(const std::uint64_t event, reader.Number<std::uint64_t>());
      bucket.events.insert(event);
    }
    if (!open_.empty() && index <= open_.rbegin()->first) {
      return reader.Damaged("buckets in rising order");
    }
    open_.emplace(index, std::move(bucket));
  }
  TRIPLINE_TRY(const std::uint32_t num_closed, reader.Count(8 + 1 + 4));
  for (std::uint32_t i = 0; i < num_closed; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    TRIPLINE_TRY(ClosedBucket bucket,
                 ClosedBucket::Load(reader, NumKeyValues(), job_.influencers.size()));
    if (!closed_.empty() && index <= closed_.rbegin()->first) {
      return reader.Damaged("buckets in rising order");
    }
    closed_.emplace(index, std::move(bucket));
  }
  return {};
}

std::vector<std::size_t> JobRun::NumKeyValues() const {
  std::vector<std::size_t> numbers;
  for (const AnomalyDetectorSpec& detector : job_.detectors) {
    numbers.push_back(NumSplits(detector));
  }
  return numbers;
}

void JobRun::MarkKept() {
  for (const auto& run : runs_) {
    run->MarkKept();
  }
}

void JobRun::Save(ByteWriter& writer, SavedPart part) const {
  writer.Number(kVersion);
  writer.Number(static_cast<std::uint8_t>(part == SavedPart::kEverything ? 1 : 0));
  writer.Number(static_cast<std::uint8_t>(next_ ? 1 : 0));
  writer.Number(next_.value_or(0));
  writer.Number(last_event_);
  SaveBuckets(writer);
  writer.Number(static_cast<std::uint32_t>(dirty_.size()));
  for (const auto& [index, series] : dirty_) {
    writer.Number(index);
    writer.Number(static_cast<std::uint32_t>(series.first));
    writer.String(series.second);
  }
  for (const auto& run : runs_) {
    run->Save(writer, part);
  }
}

Result<void> JobRun::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint32_t version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the state of an anomaly job has version " +
                                             std::to_string(version) + "; this build reads " +
                                             std::to_string(kVersion));
  }
  TRIPLINE_TRY(const std::uint8_t is_everything, reader.Number<std::uint8_t>());
  const bool is_fresh = !next_ && open_.empty() && memory().num_series == 0;
  if (is_everything > 1 || (is_everything == 1 && !is_fresh)) {
    return reader.Damaged("a checkpoint first, then deltas");
  }
  TRIPLINE_TRY(const std::uint8_t has_next, reader.Number<std::uint8_t>());
  TRIPLINE_TRY(const std::int64_t next, reader.Number<std::int64_t>());
  TRIPLINE_TRY(last_event_, reader.Number<std::int64_t>());
  const auto is_index = [](std::int64_t index) {
    return index > -(1LL << 50) && index < 1LL << 50;
  };
  if (has_next > 1 || !is_index(next) || !is_index(last_event_)) {
    return reader.Damaged("the number of a bucket");
  }
  next_ = has_next != 0 ? std::optional(next) : std::nullopt;
  TRIPLINE_TRY_VOID(LoadBuckets(reader));
  const bool is_in_order = (open_.empty() || !next_ || open_.begin()->first >= *next_) &&
                           (closed_.empty() || (next_ && closed_.rbegin()->first < *next_)) &&
                           (!next_ || last_event_ < *next_) &&
                           closed_.size() <= static_cast<std::size_t>(kReopened);
  if (!is_in_order) {
    return reader.Damaged("buckets that are over before those that are open");
  }
  dirty_.clear();
  TRIPLINE_TRY(const std::uint32_t num_dirty, reader.Count(8 + 4 + 4));
  for (std::uint32_t i = 0; i < num_dirty; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    TRIPLINE_TRY(const std::uint32_t detector, reader.Number<std::uint32_t>());
    if (detector >= runs_.size()) {
      return reader.Damaged("a detector of the job");
    }
    TRIPLINE_TRY(std::string key, LoadKey(reader, NumKeyValues()[detector]));
    dirty_.insert({index, {detector, std::move(key)}});
  }
  for (const auto& run : runs_) {
    TRIPLINE_TRY_VOID(run->Load(reader));
  }
  MarkKept();
  return {};
}

}  // namespace tripline::runtime
