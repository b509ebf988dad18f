// Counts travel in the layout of BucketCounts, behind the stretch of buckets that they are of:
//
//   counts = i64 first bucket, i64 end bucket, u32 number, (i64 bucket, BucketCounts)*
//
// and what is kept is, per commit,
//
//   piece  = string job key, u8 has begun, i64 first bucket asked for, i64 next bucket, u8 is
//   whole,
//            as JobRun::Save writes
#include "runtime/scheduled_job.h"

#include <algorithm>
#include <utility>

#include "runtime/anomaly/bucket_counts.h"
#include "runtime/detector_key.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kMinBytesOfABucket = 8 + 1 + 8;
// No bucket of the years 1 to 9999 begins so far from 1970.
constexpr std::int64_t kMostMilliseconds = 400'000'000'000'000;

}  // namespace

ScheduledJob::ScheduledJob(const Ruleset& ruleset, std::uint32_t job, double explained_from)
    : spec_(ruleset.jobs[job]),
      index_(job),
      options_{.explained_from = explained_from},
      key_(JobKey(ruleset, spec_)) {}

Result<std::unique_ptr<ScheduledJob>> ScheduledJob::Make(const Ruleset& ruleset, std::uint32_t job,
                                                         double explained_from) {
  std::unique_ptr<ScheduledJob> made(new ScheduledJob(ruleset, job, explained_from));
  TRIPLINE_TRY_VOID(made->Remake());
  return made;
}

Result<void> ScheduledJob::Remake() {
  TRIPLINE_TRY(run_, JobRun::Make(spec_, options_));
  return {};
}

void ScheduledJob::BeginBefore(Timestamp begin) {
  if (!next_) {
    next_ = run_->calendar().IndexOf(begin - kHistory);
    first_ = next_;
    has_changed_ = true;
  }
}

void ScheduledJob::GiveUpBefore(Timestamp earliest) {
  const std::int64_t known_from = run_->calendar().IndexOf(earliest - kHistory);
  if (*next_ < known_from) {
    next_ = known_from;
    first_ = known_from;
    has_changed_ = true;
  }
}

std::optional<JobAsk> ScheduledJob::PlanUpTo(Timestamp now, Milliseconds max_span) {
  ask_.reset();
  has_counts_ = false;
  const std::int64_t over = run_->calendar().IndexOf(now);
  if (over <= *next_) {
    return std::nullopt;
  }
  const std::int64_t num_buckets =
      std::clamp(max_span / spec_.bucket_span, std::int64_t{1}, kMaxBuckets);
  ask_ = JobAsk{.job = index_,
                .first_bucket = std::max(*first_, *next_ - JobRun::kReopened),
                .end_bucket = std::min(over, *next_ + num_buckets)};
  return ask_;
}

Result<void> ScheduledJob::TakeCounts(std::string_view counts, Timestamp passed_by) {
  if (!ask_ || has_counts_) {
    return Fail(ErrorCode::kUsage,
                "anomaly job '" + spec_.job_id + "' was given counts that no plan asked for");
  }
  const std::string what = "the counts of anomaly job '" + spec_.job_id + "'";
  ByteReader reader(counts, what);
  TRIPLINE_TRY(const auto first, reader.Number<std::int64_t>());
  TRIPLINE_TRY(const auto end, reader.Number<std::int64_t>());
  TRIPLINE_TRY(const std::uint32_t num_buckets, reader.Count(kMinBytesOfABucket));
  if (first != ask_->first_bucket || end != ask_->end_bucket) {
    return reader.Damaged("the buckets that were asked for");
  }
  std::vector<std::pair<std::int64_t, BucketCounts>> buckets;
  for (std::uint32_t i = 0; i < num_buckets; ++i) {
    TRIPLINE_TRY(const auto bucket, reader.Number<std::int64_t>());
    if (bucket < first || bucket >= end || (!buckets.empty() && bucket <= buckets.back().first)) {
      return reader.Damaged("buckets in their order, of those that were asked for");
    }
    TRIPLINE_TRY(BucketCounts counted,
                 BucketCounts::Load(reader, run_->NumKeyValues(), spec_.influencers.size()));
    counted.may_alert = StartOf(bucket + 1) > passed_by;
    buckets.emplace_back(bucket, std::move(counted));
  }
  if (!reader.AtEnd()) {
    return reader.Damaged("its end");
  }
  for (auto& [bucket, counted] : buckets) {
    run_->Recount(bucket, std::move(counted));
  }
  has_counts_ = true;
  has_changed_ = true;
  return {};
}

Result<std::vector<JudgedRecord>> ScheduledJob::Close(std::int64_t end_bucket) {
  if (!has_counts_ || end_bucket <= *next_ || end_bucket > ask_->end_bucket) {
    return Fail(ErrorCode::kUsage, "the buckets of anomaly job '" + spec_.job_id + "' before " +
                                       std::to_string(end_bucket) +
                                       " are to be judged, and have not been counted");
  }
  next_ = end_bucket;
  ask_.reset();
  has_counts_ = false;
  has_changed_ = true;
  return run_->CloseUpTo(StartOf(end_bucket));
}

void ScheduledJob::Save(ByteWriter& writer, SavedPart part) const {
  const bool is_whole = part == SavedPart::kEverything || !is_kept_;
  writer.String(key_);
  writer.Number(static_cast<std::uint8_t>(next_ ? 1 : 0));
  writer.Number(first_.value_or(0));
  writer.Number(next_.value_or(0));
  writer.Number(static_cast<std::uint8_t>(is_whole ? 1 : 0));
  run_->Save(writer, is_whole ? SavedPart::kEverything : SavedPart::kChanges);
}

void ScheduledJob::MarkKept() {
  run_->MarkKept();
  is_kept_ = true;
  has_changed_ = false;
}

Result<void> ScheduledJob::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::string_view key, reader.String());
  TRIPLINE_TRY(const auto has_begun, reader.Number<std::uint8_t>());
  TRIPLINE_TRY(const auto first, reader.Number<std::int64_t>());
  TRIPLINE_TRY(const auto next, reader.Number<std::int64_t>());
  TRIPLINE_TRY(const auto is_whole, reader.Number<std::uint8_t>());
  const std::int64_t most = kMostMilliseconds / spec_.bucket_span.count();
  if (has_begun > 1 || is_whole > 1 || first < -most || next > most || first > next ||
      (next_ && next < *next_)) {
    return reader.Damaged("numbers of buckets that do not go back");
  }
  if (key != key_) {
    note_ =
        "its detectors, fields or datafeed have changed; its models learn anew from the events "
        "of the last four weeks";
    return {};
  }
  note_.clear();
  if (is_whole == 1) {
    TRIPLINE_TRY_VOID(Remake());
  } else if (!is_kept_) {
    return reader.Damaged("a whole job first, then its changes");
  }
  TRIPLINE_TRY_VOID(run_->Load(reader));
  if (!reader.AtEnd()) {
    return reader.Damaged("the end of the job");
  }
  if (has_begun == 1) {
    first_ = first;
    next_ = next;
  }
  is_kept_ = true;
  has_changed_ = false;
  return {};
}

}  // namespace tripline::runtime
