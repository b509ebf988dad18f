// Event values come as one list: first the summary count where the job has one, then per detector
// its partition and by field, then the influencers (FieldsOf).
#include "runtime/anomaly/anomaly_detector.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <tuple>

#include "runtime/term.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr double kMaxWeight = 1e15;

std::size_t NumSplits(const AnomalyDetectorSpec& detector) {
  return (detector.partition_field.empty() ? 0U : 1U) + (detector.by_field.empty() ? 0U : 1U);
}

// Every combination of a partition and a by value; the empty key where nothing splits.
std::vector<std::string> KeysOf(std::span<const std::vector<std::string>> splits) {
  std::vector<std::string> keys = {""};
  for (const std::vector<std::string>& values : splits) {
    std::vector<std::string> longer;
    for (const std::string& key : keys) {
      for (const std::string& value : values) {
        longer.push_back(key + value);
      }
    }
    keys = std::move(longer);
  }
  return keys;
}

}  // namespace

AnomalyDetector::AnomalyDetector(const AnomalyJobSpec& job, const Schedule& schedule,
                                 const AnomalyOptions& options, const BucketCalendar& calendar)
    : job_(job), schedule_(schedule), options_(options), calendar_(calendar) {
  const std::uint64_t max_series =
      std::max<std::uint64_t>(1, job.model_memory_limit / kBytesOfASeries / job.detectors.size());
  for (std::size_t i = 0; i < job.detectors.size(); ++i) {
    runs_.push_back(MakeSeriesRun(job, i, calendar_, max_series));
  }
}

Result<std::unique_ptr<AnomalyDetector>> AnomalyDetector::Make(const AnomalyJobSpec& job,
                                                               const Schedule& schedule,
                                                               const AnomalyOptions& options) {
  TRIPLINE_TRY(const BucketCalendar calendar, BucketCalendar::Make(job.bucket_span));
  return std::unique_ptr<AnomalyDetector>(new AnomalyDetector(job, schedule, options, calendar));
}

std::vector<std::string> AnomalyDetector::FieldsOf(const AnomalyJobSpec& job) {
  std::vector<std::string> fields;
  const auto add = [&fields](const std::string& name) {
    if (!name.empty()) {
      fields.push_back(name);
    }
  };
  add(job.summary_count_field);
  for (const AnomalyDetectorSpec& detector : job.detectors) {
    add(detector.partition_field);
    add(detector.by_field);
  }
  fields.insert(fields.end(), job.influencers.begin(), job.influencers.end());
  return fields;
}

void AnomalyDetector::Observe(const MatchedEvent& event) {
  const std::int64_t index = calendar_.IndexOf(event.time);
  if (next_ && index < *next_) {
    const auto known = closed_.find(index);
    if (known != closed_.end()) {
      Count(event, index, known->second);
    }
    return;
  }
  Count(event, index, open_.try_emplace(index, job_.detectors.size()).first->second);
}

// An event that is a count already stands for so many; one that says nothing usable for none.
double AnomalyDetector::WeightOf(const MatchedEvent& event) const {
  if (job_.summary_count_field.empty()) {
    return 1.0;
  }
  double weight = 0.0;
  for (const std::string& term : event.term_values[0]) {
    const std::optional<double> number = NumberOfTerm(term);
    weight += number.value_or(0.0);
  }
  return weight > 0.0 ? std::min(weight, kMaxWeight) : 0.0;
}

void AnomalyDetector::Count(const MatchedEvent& event, std::int64_t index, Bucket& bucket) {
  const double weight = WeightOf(event);
  if (weight == 0.0 || !bucket.events.insert(event.source->Fingerprint()).second) {
    return;
  }
  bucket.counts.num_events += weight;
  bucket.counts.may_alert = bucket.counts.may_alert || event.use == EventUse::kMayAlert;
  std::size_t at = job_.summary_count_field.empty() ? 0 : 1;
  const std::size_t num_fields = event.term_values.size();
  const auto influencers = event.term_values.subspan(num_fields - job_.influencers.size());
  for (std::size_t i = 0; i < job_.detectors.size(); ++i) {
    const std::size_t num_splits = NumSplits(job_.detectors[i]);
    for (const std::string& key : KeysOf(event.term_values.subspan(at, num_splits))) {
      bucket.counts.Add(i, key, weight, influencers);
      if (next_ && index < *next_) {
        dirty_.insert({index, {i, key}});
      }
    }
    at += num_splits;
  }
}

bool AnomalyDetector::LooksAtEmptyBuckets() const {
  return std::ranges::any_of(runs_, [](const auto& run) { return run->LooksAtEmptyBuckets(); });
}

std::optional<Timestamp> AnomalyDetector::NextRun() const {
  std::optional<std::int64_t> bucket;
  if (!open_.empty()) {
    bucket = open_.begin()->first;
  }
  if (next_ && LooksAtEmptyBuckets() && *next_ <= last_event_ + kMaxSilence) {
    bucket = bucket ? std::min(*bucket, *next_) : *next_;
  }
  std::optional<Timestamp> run;
  if (bucket) {
    run = schedule_.FirstRunFrom(Timestamp(calendar_.span() * (*bucket + 1)));
  }
  if (!dirty_.empty() && position_) {
    const Timestamp soon = *position_ + schedule_.interval();
    run = run ? std::min(*run, soon) : soon;
  }
  if (run && position_) {
    run = std::max(*run, *position_ + schedule_.interval());
  }
  return run;
}

void AnomalyDetector::Run(Timestamp run_at, std::vector<Finding>& findings) {
  std::vector<AnomalyRecord> records;
  Rejudge(records);
  const std::int64_t end = calendar_.IndexOf(run_at);  // the first bucket that is not over
  if (!next_ && !open_.empty()) {
    next_ = open_.begin()->first;
  }
  while (next_ && *next_ < end) {
    const bool has_events = open_.contains(*next_);
    if (has_events || (LooksAtEmptyBuckets() && *next_ <= last_event_ + kMaxSilence)) {
      CloseBucket(*next_, records);
      ++*next_;
    } else {
      next_ = open_.empty() ? end : std::min(end, open_.begin()->first);
    }
  }
  Report(records, findings);
  position_ = run_at;
}

void AnomalyDetector::CloseBucket(std::int64_t index, std::vector<AnomalyRecord>& records) {
  Bucket bucket(job_.detectors.size());
  if (auto open = open_.extract(index)) {
    bucket = std::move(open.mapped());
    last_event_ = index;
  } else {
    bucket.counts.may_alert = true;  // silence after events that may alert is news, too
  }
  std::vector<AnomalyRecord> found;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    runs_[i]->Close(index, bucket.counts.series[i], found);
  }
  if (bucket.counts.may_alert) {
    std::ranges::move(found, std::back_inserter(records));
  }
  closed_.insert_or_assign(index, std::move(bucket));
  while (closed_.begin()->first <= index - kReopened) {
    closed_.erase(closed_.begin());
  }
  while (!reported_.empty() && reported_.begin()->first < closed_.begin()->first) {
    reported_.erase(reported_.begin());
  }
}

void AnomalyDetector::Rejudge(std::vector<AnomalyRecord>& records) {
  for (const auto& [index, series] : dirty_) {
    const auto known = closed_.find(index);
    if (known == closed_.end() || !known->second.counts.may_alert) {
      continue;
    }
    const auto& [detector, key] = series;
    const auto counted = known->second.counts.series[detector].find(key);
    if (counted != known->second.counts.series[detector].end()) {
      if (auto record = runs_[detector]->Rejudge(index, key, counted->second)) {
        records.push_back(*std::move(record));
      }
    }
  }
  dirty_.clear();
}

void AnomalyDetector::Report(const std::vector<AnomalyRecord>& records,
                             std::vector<Finding>& findings) {
  std::vector<std::pair<double, Finding>> found;
  for (const AnomalyRecord& record : records) {
    std::string id = RecordId(job_, record);
    const bool alerts = record.score >= options_.threshold &&
                        reported_.insert({calendar_.IndexOf(record.bucket), id}).second;
    if (!alerts && !options_.keeps_records) {
      continue;
    }
    auto document = std::make_shared<Document>();
    document->index = ".ml-anomalies-" + job_.job_id;
    document->id = std::move(id);
    document->is_hit = true;
    document->json = RecordToJson(job_, record);
    if (options_.keeps_records) {
      records_.push_back(document->json);
    }
    if (alerts) {
      found.emplace_back(
          record.score,
          Finding{.event = {.time = record.bucket, .document = std::move(document)}, .term = {}});
    }
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.event < b.second.event;
  });
  const std::size_t num_kept = std::min<std::size_t>(found.size(), options_.max_signals);
  cut_ += found.size() - num_kept;
  found.erase(found.begin() + static_cast<std::ptrdiff_t>(num_kept), found.end());
  std::ranges::sort(found, {}, [](const auto& one) { return one.second.event; });
  for (auto& [score, finding] : found) {
    findings.push_back(std::move(finding));
  }
}

DetectorCounts AnomalyDetector::counts() const { return {.cut = cut_}; }

std::uint64_t AnomalyDetector::memory_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& run : runs_) {
    bytes += run->memory_bytes();
  }
  for (const auto* const buckets : {&open_, &closed_}) {
    for (const auto& [index, bucket] : *buckets) {
      bytes += bucket.events.size() * 16;
      for (const auto& series : bucket.counts.series) {
        bytes += series.size() * 200;
      }
    }
  }
  return bytes;
}

void AnomalyDetector::SaveBuckets(const std::map<std::int64_t, Bucket>& buckets,
                                  ByteWriter& writer) {
  writer.Number(static_cast<std::uint32_t>(buckets.size()));
  for (const auto& [index, bucket] : buckets) {
    writer.Number(index);
    bucket.counts.Save(writer);
    std::vector<std::uint64_t> events(bucket.events.begin(), bucket.events.end());
    std::ranges::sort(events);
    writer.Number(static_cast<std::uint32_t>(events.size()));
    for (const std::uint64_t event : events) {
      writer.Number(event);
    }
  }
}

Result<void> AnomalyDetector::LoadBuckets(ByteReader& reader,
                                          std::map<std::int64_t, Bucket>& buckets) {
  TRIPLINE_TRY(const std::uint32_t num_buckets, reader.Count(8 + 1 + 8 + 4));
  for (std::uint32_t i = 0; i < num_buckets; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    if (!buckets.empty() && index <= buckets.rbegin()->first) {
      return reader.Damaged("buckets in rising order");
    }
    Bucket bucket(job_.detectors.size());
    TRIPLINE_TRY(bucket.counts,
                 BucketCounts::Load(reader, job_.detectors.size(), job_.influencers.size()));
    TRIPLINE_TRY(const std::uint32_t num_events, reader.Count(8));
    for (std::uint32_t j = 0; j < num_events; ++j) {
      TRIPLINE_TRY(const std::uint64_t event, reader.Number<std::uint64_t>());
      bucket.events.insert(event);
    }
    buckets.emplace(index, std::move(bucket));
  }
  return {};
}

void AnomalyDetector::Save(ByteWriter& writer) const {
  writer.Number(kVersion);
  SaveOptionalTime(writer, position_);
  writer.Number(static_cast<std::uint8_t>(next_ ? 1 : 0));
  writer.Number(next_.value_or(0));
  writer.Number(last_event_);
  SaveBuckets(open_, writer);
  SaveBuckets(closed_, writer);
  writer.Number(static_cast<std::uint32_t>(dirty_.size()));
  for (const auto& [index, series] : dirty_) {
    writer.Number(index);
    writer.Number(static_cast<std::uint32_t>(series.first));
    writer.String(series.second);
  }
  writer.Number(static_cast<std::uint32_t>(reported_.size()));
  for (const auto& [index, id] : reported_) {
    writer.Number(index);
    writer.String(id);
  }
  for (const auto& run : runs_) {
    run->Save(writer);
  }
}

Result<void> AnomalyDetector::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint32_t version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the state of an anomaly job has version " +
                                             std::to_string(version) + "; this build reads " +
                                             std::to_string(kVersion));
  }
  TRIPLINE_TRY(position_, LoadOptionalTime(reader));
  TRIPLINE_TRY(const std::uint8_t has_next, reader.Number<std::uint8_t>());
  TRIPLINE_TRY(const std::int64_t next, reader.Number<std::int64_t>());
  next_ = has_next != 0 ? std::optional(next) : std::nullopt;
  TRIPLINE_TRY(last_event_, reader.Number<std::int64_t>());
  TRIPLINE_TRY_VOID(LoadBuckets(reader, open_));
  TRIPLINE_TRY_VOID(LoadBuckets(reader, closed_));
  TRIPLINE_TRY(const std::uint32_t num_dirty, reader.Count(8 + 4 + 4));
  for (std::uint32_t i = 0; i < num_dirty; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    TRIPLINE_TRY(const std::uint32_t detector, reader.Number<std::uint32_t>());
    TRIPLINE_TRY(const std::string_view key, reader.String());
    if (detector >= runs_.size()) {
      return reader.Damaged("a detector of the job");
    }
    dirty_.insert({index, {detector, std::string(key)}});
  }
  TRIPLINE_TRY(const std::uint32_t num_reported, reader.Count(8 + 4));
  for (std::uint32_t i = 0; i < num_reported; ++i) {
    TRIPLINE_TRY(const std::int64_t index, reader.Number<std::int64_t>());
    TRIPLINE_TRY(const std::string_view id, reader.String());
    reported_.emplace(index, id);
  }
  for (const auto& run : runs_) {
    TRIPLINE_TRY_VOID(run->Load(reader));
  }
  return {};
}

}  // namespace tripline::runtime
