// Every series of a bucket is judged, then learned; where empty buckets are data, series without an
// event have a count of zero. Influences are found by leaving values out: how much of the surprise
// disappears if this value's events had not come.
#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/anomaly/count_function.h"
#include "runtime/anomaly/count_job.h"
#include "runtime/anomaly/custom_rules.h"
#include "runtime/anomaly/series_format.h"
#include "runtime/anomaly/series_model.h"
#include "runtime/anomaly/series_run.h"
#include "runtime/anomaly/series_table.h"

namespace tripline::runtime {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr double kMinInfluence = 0.4;  // of the surprise; as in Elastic's records
constexpr std::size_t kMaxInfluentialValues = 10;
constexpr std::size_t kMaxValuesTried = 50;  // of each field, the most frequent ones

class CountRun final : public SeriesRun {
 public:
  CountRun(const AnomalyJobSpec& job, std::size_t index, const BucketCalendar& calendar,
           std::size_t max_series)
      : spec_(job),
        detector_(job.detectors[index]),
        index_(index),
        calendar_(calendar),
        job_(calendar, ParseCountFunction(detector_.function).value_or(CountFunction{})),
        series_(max_series, static_cast<std::int64_t>(calendar.buckets_per_week())) {}

  void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& counted,
             std::vector<AnomalyRecord>& records) override {
    const BucketPoint point = calendar_.At(bucket);
    for (const auto& [key, series] : counted) {
      SeriesModel* const model =
          series_.FindOrMake(key, bucket, [this] { return job_.NewSeries(); });
      if (model != nullptr) {
        CloseSeries(point, key, series, *model, records);
      }
    }
    if (LooksAtEmptyBuckets()) {
      static const SeriesCount kNothing;
      for (auto& [key, model] : series_.all()) {
        if (!counted.contains(key)) {
          CloseSeries(point, key, kNothing, model, records);
        }
      }
    }
    job_.EndBucket(point);
  }

  [[nodiscard]] std::optional<AnomalyRecord> Rejudge(std::int64_t bucket, const std::string& key,
                                                     const SeriesCount& counted) const override {
    const SeriesModel* const model = series_.Find(key);
    if (model == nullptr) {
      return std::nullopt;
    }
    const BucketPoint point = calendar_.At(bucket);
    return RecordOf(point, key, counted, *model, job_.Judge(*model, point, counted.count));
  }

  [[nodiscard]] bool LooksAtEmptyBuckets() const override {
    return job_.function().empty == EmptyBuckets::kData;
  }
  [[nodiscard]] std::size_t num_series() const override { return series_.all().size(); }
  [[nodiscard]] std::uint64_t num_refused() const override { return series_.num_refused(); }
  [[nodiscard]] std::uint64_t memory_bytes() const override {
    return series_.all().size() * kBytesOfASeries;
  }

  void Save(ByteWriter& writer) const override {
    writer.Number(kVersion);
    job_.Save(writer);
    writer.Number(static_cast<std::uint32_t>(series_.all().size()));
    for (const auto& [key, model] : series_.all()) {
      writer.String(key);
      SeriesFormat::Save(model, writer);
    }
  }

  [[nodiscard]] Result<void> Load(ByteReader& reader) override {
    TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
    if (version != kVersion) {
      return Fail(ErrorCode::kUnsupported, "the series of a detector are kept in another version");
    }
    TRIPLINE_TRY_VOID(job_.Load(reader));
    TRIPLINE_TRY(const std::uint32_t num_series, reader.Count(5));
    for (std::uint32_t i = 0; i < num_series; ++i) {
      TRIPLINE_TRY(const std::string_view key, reader.String());
      TRIPLINE_TRY(SeriesModel model, SeriesFormat::Load(reader));
      if (series_.Find(std::string(key)) != nullptr) {
        return reader.Damaged("every series once");
      }
      series_.Put(std::string(key), std::move(model));
    }
    return {};
  }

 private:
  void CloseSeries(BucketPoint point, const std::string& key, const SeriesCount& counted,
                   SeriesModel& model, std::vector<AnomalyRecord>& records) {
    if (LooksAtEmptyBuckets()) {
      model.LearnEmptyUntil(calendar_, job_.prior(), job_.function(), point.index);
    }
    const Judgement judgement = job_.Judge(model, point, counted.count);
    if (std::optional<AnomalyRecord> record = RecordOf(point, key, counted, model, judgement)) {
      records.push_back(*std::move(record));
    }
    if (!LeftOutOf(point, judgement).model_update) {
      job_.Take(model, point, judgement);
    }
  }

  [[nodiscard]] LeftOut LeftOutOf(BucketPoint point, const Judgement& judgement) const {
    return ApplyCustomRules(detector_.custom_rules, judgement.assessment.count,
                            judgement.assessment.typical, BeginningOf(point));
  }

  [[nodiscard]] Timestamp BeginningOf(BucketPoint point) const {
    return Timestamp(calendar_.span() * point.index);
  }

  [[nodiscard]] std::optional<AnomalyRecord> RecordOf(BucketPoint point, const std::string& key,
                                                      const SeriesCount& counted,
                                                      const SeriesModel& model,
                                                      const Judgement& judgement) const {
    if (!judgement.assessment.is_usable || !(judgement.probability < kRecordProbability) ||
        LeftOutOf(point, judgement).result) {
      return std::nullopt;
    }
    return AnomalyRecord{.bucket = BeginningOf(point),
                         .detector = index_,
                         .key = key,
                         .actual = counted.count,
                         .typical = judgement.assessment.typical,
                         .probability = judgement.probability,
                         .score = judgement.score,
                         .multi_bucket_impact = judgement.multi_bucket_impact,
                         .influencers = InfluencersOf(point, counted, model, judgement)};
  }

  [[nodiscard]] std::vector<AnomalyRecord::Influencer> InfluencersOf(
      BucketPoint point, const SeriesCount& counted, const SeriesModel& model,
      const Judgement& judgement) const {
    std::vector<AnomalyRecord::Influencer> influencers;
    const double surprise = -std::log(judgement.probability);
    for (std::size_t field = 0; field < counted.by_influencer.size(); ++field) {
      std::vector<std::pair<double, std::string>> values;  // minus the count, for sorting
      for (const auto& [term, count] : counted.by_influencer[field]) {
        values.emplace_back(-count, term);
      }
      const std::size_t num_tried = std::min(values.size(), kMaxValuesTried);
      std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(num_tried));
      std::vector<std::pair<double, std::string>> found;  // minus the influence
      for (std::size_t i = 0; i < num_tried; ++i) {
        const double without = std::max(0.0, counted.count + values[i].first);
        const double left = -std::log(job_.Judge(model, point, without).probability);
        const double influence = 1.0 - left / surprise;
        if (influence >= kMinInfluence) {
          found.emplace_back(-influence, values[i].second);
        }
      }
      std::ranges::sort(found);
      AnomalyRecord::Influencer influencer{.field = spec_.influencers[field], .terms = {}};
      for (std::size_t i = 0; i < std::min(found.size(), kMaxInfluentialValues); ++i) {
        influencer.terms.push_back(std::move(found[i].second));
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
  CountJob job_;
  SeriesTable<SeriesModel> series_;
};

}  // namespace

std::unique_ptr<SeriesRun> MakeCountRun(const AnomalyJobSpec& job, std::size_t index,
                                        const BucketCalendar& calendar, std::size_t max_series) {
  return std::make_unique<CountRun>(job, index, calendar, max_series);
}

std::unique_ptr<SeriesRun> MakeSeriesRun(const AnomalyJobSpec& job, std::size_t index,
                                         const BucketCalendar& calendar, std::size_t max_series) {
  return job.detectors[index].function == "rare" ? MakeRareRun(job, index, calendar, max_series)
                                                 : MakeCountRun(job, index, calendar, max_series);
}

}  // namespace tripline::runtime
