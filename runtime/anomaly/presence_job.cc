// The score asks for a rate, not a share: presences a week times P is how many presences as rare as
// this one are to be expected in a week.
#include "runtime/anomaly/presence_job.h"

#include <algorithm>
#include <cmath>

namespace tripline::runtime {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr double kMemoryDays = 60.0;
constexpr double kLearningDays = 3.0;  // of a new job, in which everything is new and nothing rare

}  // namespace

void Presence::Save(ByteWriter& writer) const {
  writer.Number(num_buckets);
  writer.Number(last_index);
}

Result<Presence> Presence::Load(ByteReader& reader) {
  Presence presence;
  TRIPLINE_TRY(presence.num_buckets, reader.Number<double>());
  TRIPLINE_TRY(presence.last_index, reader.Number<std::int64_t>());
  const bool is_sound = presence.num_buckets >= 0.0 && presence.num_buckets <= 1e12 &&
                        std::abs(static_cast<double>(presence.last_index)) <= 1e15;
  if (!is_sound) {
    return reader.Damaged("the numbers of a value's presence");
  }
  return presence;
}

PresenceJob::PresenceJob(const BucketCalendar& calendar, const ScoreOptions& score_options)
    : calendar_(calendar), score_options_(score_options) {}

double PresenceJob::Keep(std::int64_t num_buckets) const {
  return std::exp(-calendar_.After(num_buckets).days / kMemoryDays);
}

double PresenceJob::Faded(const Presence& presence, BucketPoint point) const {
  return presence.num_buckets == 0.0 || point.index <= presence.last_index
             ? presence.num_buckets
             : presence.num_buckets * Keep(point.index - presence.last_index);
}

PresenceJob::Judgement PresenceJob::Judge(const Presence& presence, BucketPoint point) const {
  const double buckets = Faded(presence, point);
  Judgement judgement;
  judgement.value_class =
      std::min(kNumClasses - 1, static_cast<std::size_t>(std::log2(1.0 + buckets)));
  double all = 0.0;
  double rarer = 0.0;
  for (std::size_t i = 0; i < kNumClasses; ++i) {
    all += presences_[i];
    rarer += i <= judgement.value_class ? presences_[i] : 0.0;
  }
  judgement.probability = (rarer + 1.0) / (all + 1.0);
  judgement.typical =
      days_ > 0.0 ? std::min(100.0, 100.0 * buckets * calendar_.span_days() / days_) : 0.0;
  if (days_ < kLearningDays) {
    return judgement;
  }
  const double per_week = all * 7.0 / days_;
  const double of_75 =
      std::clamp(score_options_.job_alarms_per_week / std::max(per_week, 1.0), 1e-12, 0.01);
  judgement.score = ScoreOf(judgement.probability, of_75);
  return judgement;
}

void PresenceJob::Take(Presence& presence, BucketPoint point, const Judgement& judgement) {
  if (presence.num_buckets > 0.0 && point.index <= presence.last_index) {
    return;
  }
  if (days_ >= kLearningDays) {
    pending_[judgement.value_class] += 1.0;
  }
  presence.num_buckets = Faded(presence, point) + 1.0;
  presence.last_index = point.index;
}

void PresenceJob::EndBucket(BucketPoint point) {
  if (num_buckets_ > 0 && point.index <= last_index_) {
    return;
  }
  const std::int64_t passed = num_buckets_ == 0 ? 1 : point.index - last_index_;
  const double keep = Keep(passed);
  for (std::size_t i = 0; i < kNumClasses; ++i) {
    presences_[i] = presences_[i] * keep + pending_[i];
    pending_[i] = 0.0;
  }
  days_ = days_ * keep + calendar_.After(passed).days;
  last_index_ = point.index;
  ++num_buckets_;
}

void PresenceJob::Save(ByteWriter& writer) const {
  writer.Number(kVersion);
  for (std::size_t i = 0; i < kNumClasses; ++i) {
    writer.Number(presences_[i]);
    writer.Number(pending_[i]);
  }
  writer.Number(days_);
  writer.Number(last_index_);
  writer.Number(num_buckets_);
}

Result<void> PresenceJob::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported,
                "presence job: expected version " + std::to_string(kVersion) + ", found " +
                    std::to_string(version) + "; rebuild the job's state from its events");
  }
  PresenceJob loaded(calendar_, score_options_);
  bool is_sound = true;
  for (std::size_t i = 0; i < kNumClasses; ++i) {
    TRIPLINE_TRY(loaded.presences_[i], reader.Number<double>());
    TRIPLINE_TRY(loaded.pending_[i], reader.Number<double>());
    is_sound = is_sound && loaded.presences_[i] >= 0.0 && loaded.presences_[i] <= 1e15 &&
               loaded.pending_[i] >= 0.0 && loaded.pending_[i] <= 1e15;
  }
  TRIPLINE_TRY(loaded.days_, reader.Number<double>());
  TRIPLINE_TRY(loaded.last_index_, reader.Number<std::int64_t>());
  TRIPLINE_TRY(loaded.num_buckets_, reader.Number<std::uint64_t>());
  if (!is_sound || !(loaded.days_ >= 0.0 && loaded.days_ <= 1e6) ||
      std::abs(static_cast<double>(loaded.last_index_)) > 1e15) {
    return reader.Damaged("the numbers of a presence job");
  }
  *this = loaded;
  return {};
}

}  // namespace tripline::runtime
