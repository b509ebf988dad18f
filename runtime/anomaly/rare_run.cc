// A value that is present in a bucket is judged by how uncommon its presence is; how often it
// occurs inside the bucket plays no part, and absence is not looked at.
#include <cmath>
#include <cstdint>
#include <utility>

#include "runtime/anomaly/custom_rules.h"
#include "runtime/anomaly/presence_job.h"
#include "runtime/anomaly/series_run.h"
#include "runtime/anomaly/series_table.h"

namespace tripline::runtime {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMaxInfluentialValues = 10;

struct KeptPresence {
  Presence presence;
  [[nodiscard]] std::int64_t last_index() const { return presence.last_index; }
};

class RareRun final : public SeriesRun {
 public:
  RareRun(const AnomalyJobSpec& job, std::size_t index, const BucketCalendar& calendar,
          std::size_t max_series)
      : spec_(job),
        detector_(job.detectors[index]),
        index_(index),
        calendar_(calendar),
        job_(calendar),
        values_(max_series, static_cast<std::int64_t>(calendar.buckets_per_week())) {}

  void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& counted,
             std::vector<AnomalyRecord>& records) override {
    const BucketPoint point = calendar_.At(bucket);
    const Timestamp beginning(calendar_.span() * bucket);
    for (const auto& [key, series] : counted) {
      KeptPresence* const kept = values_.FindOrMake(key, bucket, [] { return KeptPresence{}; });
      if (kept == nullptr) {
        continue;
      }
      const PresenceJob::Judgement judgement = job_.Judge(kept->presence, point);
      const LeftOut left_out =
          ApplyCustomRules(detector_.custom_rules, series.count, judgement.typical, beginning);
      if (judgement.probability < kRecordProbability && !left_out.result) {
        records.push_back({.bucket = beginning,
                           .detector = index_,
                           .key = key,
                           .actual = 1.0,
                           .typical = judgement.typical,
                           .probability = judgement.probability,
                           .score = judgement.score,
                           .multi_bucket_impact = -5.0,
                           .influencers = InfluencersOf(series)});
      }
      if (!left_out.model_update) {
        job_.Take(kept->presence, point, judgement);
      }
    }
    job_.EndBucket(point);
  }

  [[nodiscard]] std::optional<AnomalyRecord> Rejudge(
      std::int64_t /*bucket*/, const std::string& /*key*/,
      const SeriesCount& /*counted*/) const override {
    return std::nullopt;  // it was present or not before its bucket closed
  }

  [[nodiscard]] bool LooksAtEmptyBuckets() const override { return false; }
  [[nodiscard]] std::size_t num_series() const override { return values_.all().size(); }
  [[nodiscard]] std::uint64_t num_refused() const override { return values_.num_refused(); }
  [[nodiscard]] std::uint64_t memory_bytes() const override {
    constexpr std::uint64_t kBytesOfAValue = 160;
    return values_.all().size() * kBytesOfAValue;
  }

  void Save(ByteWriter& writer) const override {
    writer.Number(kVersion);
    job_.Save(writer);
    writer.Number(static_cast<std::uint32_t>(values_.all().size()));
    for (const auto& [key, kept] : values_.all()) {
      writer.String(key);
      kept.presence.Save(writer);
    }
  }

  [[nodiscard]] Result<void> Load(ByteReader& reader) override {
    TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
    if (version != kVersion) {
      return Fail(ErrorCode::kUnsupported, "the values of a detector are kept in another version");
    }
    TRIPLINE_TRY_VOID(job_.Load(reader));
    TRIPLINE_TRY(const std::uint32_t num_values, reader.Count(4 + 16));
    for (std::uint32_t i = 0; i < num_values; ++i) {
      TRIPLINE_TRY(const std::string_view key, reader.String());
      TRIPLINE_TRY(const Presence presence, Presence::Load(reader));
      if (values_.Find(std::string(key)) != nullptr) {
        return reader.Damaged("every value once");
      }
      values_.Put(std::string(key), KeptPresence{presence});
    }
    return {};
  }

 private:
  // All events of a rare value are what makes it rare: values that all of them share.
  [[nodiscard]] std::vector<AnomalyRecord::Influencer> InfluencersOf(
      const SeriesCount& counted) const {
    std::vector<AnomalyRecord::Influencer> influencers;
    for (std::size_t field = 0; field < counted.by_influencer.size(); ++field) {
      AnomalyRecord::Influencer influencer{.field = spec_.influencers[field], .terms = {}};
      for (const auto& [term, count] : counted.by_influencer[field]) {
        if (count >= counted.count && influencer.terms.size() < kMaxInfluentialValues) {
          influencer.terms.push_back(term);
        }
      }
      if (!influencer.terms.empty()) {
        influencers.push_back(std::move(influencer));
      }
    }
    return influencers;
  }

  const AnomalyJobSpec& spec_;
  const AnomalyDetectorSpec& detector_;
  std::size_t index_;
  BucketCalendar calendar_;
  PresenceJob job_;
  SeriesTable<KeptPresence> values_;
};

}  // namespace

std::unique_ptr<SeriesRun> MakeRareRun(const AnomalyJobSpec& job, std::size_t index,
                                       const BucketCalendar& calendar, std::size_t max_series) {
  return std::make_unique<RareRun>(job, index, calendar, max_series);
}

}  // namespace tripline::runtime
