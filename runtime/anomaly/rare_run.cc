// A value that is present in a bucket is judged by how uncommon its presence is; how often it
// occurs inside the bucket plays no part, and absence is not looked at.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "runtime/anomaly/custom_rules.h"
#include "runtime/anomaly/presence_job.h"
#include "runtime/anomaly/series_run.h"
#include "runtime/anomaly/series_table.h"

namespace tripline::runtime {
namespace {

constexpr std::uint8_t kVersion = 2;
constexpr std::uint64_t kBytesOfAValue = 160;  // with its place in the table
constexpr std::size_t kMaxInfluentialValues = 10;

struct KeptPresence {
  Presence presence;
  [[nodiscard]] std::int64_t last_index() const { return presence.last_index; }
  [[nodiscard]] double num_learned() const { return presence.num_buckets; }
};

class RareRun final : public SeriesRun {
 public:
  RareRun(const AnomalyJobSpec& job, std::size_t index, const BucketCalendar& calendar,
          const SeriesRunOptions& options)
      : spec_(job),
        detector_(job.detectors[index]),
        index_(index),
        calendar_(calendar),
        job_(calendar),
        explained_from_(options.explained_from),
        values_(options.max_bytes, kBytesOfAValue,
                static_cast<std::int64_t>(calendar.buckets_per_week())) {}

  void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& counted,
             BucketFindings& findings) override {
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
      ++findings.num_judged;
      if (judgement.probability < kRecordProbability && !left_out.result) {
        findings.records.push_back({.bucket = beginning,
                                    .detector = index_,
                                    .key = key,
                                    .actual = 1.0,
                                    .typical = judgement.typical,
                                    .probability = judgement.probability,
                                    .score = judgement.score,
                                    .multi_bucket_impact = -5.0,
                                    .influencers = judgement.score >= explained_from_
                                                       ? InfluencersOf(series)
                                                       : std::vector<AnomalyRecord::Influencer>(),
                                    .explanation = std::nullopt});
      }
      if (!left_out.model_update) {
        job_.Take(kept->presence, point, judgement);
      }
    }
    job_.EndBucket(point);
    if (bucket %
            std::max<std::int64_t>(1, static_cast<std::int64_t>(calendar_.buckets_per_day())) ==
        0) {
      values_.DropSilent(bucket);
    }
  }

  [[nodiscard]] std::optional<AnomalyRecord> Rejudge(
      std::int64_t /*bucket*/, const std::string& /*key*/,
      const SeriesCount& /*counted*/) const override {
    return std::nullopt;  // it was present or not before its bucket closed
  }

  [[nodiscard]] bool LooksAtEmptyBuckets() const override { return false; }
  [[nodiscard]] MemoryUse memory() const override { return values_.memory(); }

  void Save(ByteWriter& writer, SavedPart part) const override {
    writer.Number(kVersion);
    job_.Save(writer);
    if (part == SavedPart::kEverything) {
      values_.SaveAll(writer, &SaveValue);
    } else {
      values_.SaveChanges(writer, &SaveValue);
    }
  }
  void MarkKept() override { values_.MarkKept(); }

  [[nodiscard]] Result<void> Load(ByteReader& reader) override {
    TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
    if (version != kVersion) {
      return Fail(ErrorCode::kUnsupported, "the values of a detector are kept in another version");
    }
    TRIPLINE_TRY_VOID(job_.Load(reader));
    return values_.Load(reader, NumSplits(detector_), [](ByteReader& from) -> Result<KeptPresence> {
      TRIPLINE_TRY(const Presence presence, Presence::Load(from));
      return KeptPresence{presence};
    });
  }

 private:
  static void SaveValue(const KeptPresence& kept, ByteWriter& writer) {
    kept.presence.Save(writer);
  }

  // All events of a rare value are what makes it rare: values that all of them share.
  [[nodiscard]] std::vector<AnomalyRecord::Influencer> InfluencersOf(
      const SeriesCount& counted) const {
    std::vector<AnomalyRecord::Influencer> influencers;
    for (std::size_t field = 0; field < counted.by_influencer.size(); ++field) {
      AnomalyRecord::Influencer influencer{.field = spec_.influencers[field], .sources = {}};
      for (const auto& [term, count] : counted.by_influencer[field]) {
        if (count >= counted.count && influencer.sources.size() < kMaxInfluentialValues) {
          influencer.sources.push_back({.term = term, .count = count, .influence = 1.0});
        }
      }
      if (!influencer.sources.empty()) {
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
  double explained_from_;
  SeriesTable<KeptPresence> values_;
};

}  // namespace

std::unique_ptr<SeriesRun> MakeRareRun(const AnomalyJobSpec& job, std::size_t index,
                                       const BucketCalendar& calendar,
                                       const SeriesRunOptions& options) {
  return std::make_unique<RareRun>(job, index, calendar, options);
}

}  // namespace tripline::runtime
