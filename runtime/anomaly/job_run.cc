// Event values come as one list: first the summary count where the job has one, then per detector
// its partition and by field, then the influencers (FieldsOf).
#include "runtime/anomaly/job_run.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "runtime/term.h"

namespace tripline::runtime {
namespace {

constexpr double kMaxWeight = 1e15;

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

JobRun::JobRun(const AnomalyJobSpec& job, const JobRunOptions& options,
               const BucketCalendar& calendar)
    : job_(job), options_(options), calendar_(calendar) {
  const SeriesRunOptions run_options{
      .max_bytes = job.model_memory_limit / std::max<std::size_t>(1, job.detectors.size()),
      .explained_from = options.explained_from};
  for (std::size_t i = 0; i < job.detectors.size(); ++i) {
    runs_.push_back(MakeSeriesRun(job, i, calendar_, run_options));
  }
  summary_.job_id = job.job_id;
}

Result<std::unique_ptr<JobRun>> JobRun::Make(const AnomalyJobSpec& job,
                                             const JobRunOptions& options) {
  TRIPLINE_TRY(const BucketCalendar calendar, BucketCalendar::Make(job.bucket_span));
  return std::unique_ptr<JobRun>(new JobRun(job, options, calendar));
}

std::vector<std::string> JobRun::FieldsOf(const AnomalyJobSpec& job) {
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

void JobRun::Observe(const MatchedEvent& event) {
  const std::int64_t index = calendar_.IndexOf(event.time);
  const bool may_alert = event.use == EventUse::kMayAlert;
  summary_.events += may_alert ? 1 : 0;
  if (next_ && index < *next_) {
    summary_.late += may_alert ? 1 : 0;
    summary_.unseen += may_alert && !closed_.contains(index) ? 1 : 0;
  }
  Count(event, index);
  if (open_.size() > kMaxOpen) {
    CloseBucket(open_.begin()->first);
  }
}

// An event that is a count already stands for so many; one that says nothing usable for none.
double JobRun::WeightOf(const MatchedEvent& event) const {
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

void JobRun::Count(const MatchedEvent& event, std::int64_t index) {
  const double weight = WeightOf(event);
  if (weight == 0.0) {
    ++summary_.without_count;
    return;
  }
  const std::uint64_t fingerprint = event.source->Fingerprint();
  const bool may_alert = event.use == EventUse::kMayAlert;
  if (next_ && index < *next_) {
    const auto closed = closed_.find(index);
    if (closed == closed_.end() || !closed->second.TakeEvent(fingerprint)) {
      return;
    }
    if (may_alert) {
      closed->second.LetAlert();
    }
    CountSeries(event, weight, closed->second, index);
    return;
  }
  Bucket& bucket = open_.try_emplace(index, job_.detectors.size()).first->second;
  if (!bucket.events.insert(fingerprint).second) {
    return;
  }
  bucket.counts.num_events += weight;
  bucket.counts.may_alert = bucket.counts.may_alert || may_alert;
  CountSeries(event, weight, bucket.counts, std::nullopt);
}

// Into every series of every detector that the event belongs to; `dirty_index`: they are to be
// judged again.
template <class Counts>
void JobRun::CountSeries(const MatchedEvent& event, double weight, Counts& counts,
                         std::optional<std::int64_t> dirty_index) {
  std::size_t at = job_.summary_count_field.empty() ? 0 : 1;
  const std::size_t num_fields = event.term_values.size();
  const auto influencers = event.term_values.subspan(num_fields - job_.influencers.size());
  for (std::size_t i = 0; i < job_.detectors.size(); ++i) {
    const std::size_t num_splits = NumSplits(job_.detectors[i]);
    for (const std::string& key : KeysOf(event.term_values.subspan(at, num_splits))) {
      counts.Add(i, key, weight, influencers);
      if (dirty_index) {
        dirty_.insert({*dirty_index, {i, key}});
      }
    }
    at += num_splits;
  }
}

void JobRun::Recount(std::int64_t index, BucketCounts counts) {
  if (!next_ || index >= *next_) {
    open_.try_emplace(index, job_.detectors.size()).first->second.counts = std::move(counts);
    return;
  }
  const auto closed = closed_.find(index);
  if (closed == closed_.end()) {
    return;
  }
  if (counts.may_alert) {
    closed->second.LetAlert();
  }
  for (std::pair<std::size_t, std::string>& series : closed->second.Recount(counts)) {
    dirty_.insert({index, std::move(series)});
  }
}

bool JobRun::LooksAtEmptyBuckets() const {
  return std::ranges::any_of(runs_, [](const auto& run) { return run->LooksAtEmptyBuckets(); });
}

std::vector<JudgedRecord> JobRun::CloseUpTo(Timestamp time) {
  Rejudge(time);
  const std::int64_t end = calendar_.IndexOf(time);  // the first bucket that is not over
  if (!next_ && !open_.empty()) {
    next_ = open_.begin()->first;
    last_event_ = *next_;
  }
  while (next_ && *next_ < end) {
    const bool has_events = open_.contains(*next_);
    if (has_events || (LooksAtEmptyBuckets() && *next_ <= last_event_ + kMaxSilence)) {
      CloseBucket(*next_);
    } else {
      next_ = open_.empty() ? end : std::min(end, open_.begin()->first);
    }
  }
  return std::exchange(found_, {});
}

void JobRun::CloseBucket(std::int64_t index) {
  Bucket bucket(job_.detectors.size());
  if (auto open = open_.extract(index)) {
    bucket = std::move(open.mapped());
    last_event_ = index;
  } else {
    bucket.counts.may_alert = true;  // silence after events that may alert is news, too
  }
  BucketFindings findings;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    runs_[i]->Close(index, bucket.counts.series[i], findings);
  }
  ++summary_.buckets;
  if (bucket.counts.may_alert) {
    summary_.records += findings.records.size();
    KeepResults(index, bucket, findings);
    for (AnomalyRecord& record : findings.records) {
      found_.push_back({.record = std::move(record), .known_at = EndOf(index)});
    }
  }
  closed_.insert_or_assign(
      index, ClosedBucket(bucket.counts, {bucket.events.begin(), bucket.events.end()}));
  while (closed_.begin()->first <= index - kReopened) {
    closed_.erase(closed_.begin());
  }
  next_ = index + 1;
}

void JobRun::KeepResults(std::int64_t index, const Bucket& bucket, const BucketFindings& findings) {
  if (!options_.keeps_results) {
    return;
  }
  const BucketSeen seen{.begins = Timestamp(calendar_.span() * index),
                        .num_events = bucket.counts.num_events,
                        .num_series = memory().num_series};
  std::vector<AnomalyResult> results = BucketResults(job_, seen, findings);
  results_.push_back(std::move(results.front()));
  for (const AnomalyRecord& record : findings.records) {
    results_.push_back({ResultType::kRecord, RecordToJson(job_, record)});
  }
  std::move(results.begin() + 1, results.end(), std::back_inserter(results_));
}

void JobRun::Rejudge(Timestamp time) {
  for (const auto& [index, series] : dirty_) {
    const auto known = closed_.find(index);
    if (known == closed_.end() || !known->second.may_alert()) {
      continue;
    }
    const auto& [detector, key] = series;
    const std::optional<SeriesCount> counted = known->second.Find(detector, key);
    if (!counted) {
      continue;
    }
    if (auto record = runs_[detector]->Rejudge(index, key, *counted)) {
      ++summary_.records;
      if (options_.keeps_results) {
        results_.push_back({ResultType::kRecord, RecordToJson(job_, *record)});
      }
      found_.push_back({.record = *std::move(record), .known_at = std::max(time, EndOf(index))});
    }
  }
  dirty_.clear();
}

MemoryUse JobRun::memory() const {
  MemoryUse memory;
  for (const auto& run : runs_) {
    memory.Add(run->memory());
  }
  return memory;
}

JobSummary JobRun::Summarize() const {
  JobSummary summary = summary_;
  summary.memory = memory();
  for (const auto& [index, bucket] : open_) {
    summary.bucket_bytes += bucket.events.size() * 40;
    for (const auto& series : bucket.counts.series) {
      summary.bucket_bytes += series.size() * 200;
    }
  }
  for (const auto& [index, bucket] : closed_) {
    summary.bucket_bytes += bucket.memory_bytes();
  }
  return summary;
}

}  // namespace tripline::runtime
