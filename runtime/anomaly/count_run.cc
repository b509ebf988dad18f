// Every series of a bucket is judged, then learned; where empty buckets are data, series without an
// event have a count of zero. Influences are found by leaving values out: how much of the surprise
// disappears if this value's events had not come.
#include <algorithm>
#include <cmath>
#include <tuple>
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

constexpr std::uint8_t kVersion = 2;
constexpr std::uint64_t kBytesOfASeries = 2048;  // with its place in the table
constexpr double kMinInfluence = 0.4;            // of the surprise; as in Elastic's records
constexpr std::size_t kMaxInfluentialValues = 10;
constexpr std::size_t kMaxValuesTried = 50;  // of each field, the most frequent ones

class CountRun final : public SeriesRun {
 public:
  CountRun(const AnomalyJobSpec& job, std::size_t index, const BucketCalendar& calendar,
           const SeriesRunOptions& options)
      : spec_(job),
        detector_(job.detectors[index]),
        index_(index),
        calendar_(calendar),
        job_(calendar, ParseCountFunction(detector_.function).value_or(CountFunction{})),
        explained_from_(options.explained_from),
        series_(options.max_bytes, kBytesOfASeries,
                static_cast<std::int64_t>(calendar.buckets_per_week())) {}

  void Close(std::int64_t bucket, const std::map<std::string, SeriesCount>& counted,
             BucketFindings& findings) override {
    const BucketPoint point = calendar_.At(bucket);
    for (const auto& [key, series] : counted) {
      SeriesModel* const model =
          series_.FindOrMake(key, bucket, [this] { return job_.NewSeries(); });
      if (model != nullptr) {
        CloseSeries(point, key, series, *model, findings);
      }
    }
    if (LooksAtEmptyBuckets()) {
      static const SeriesCount kNothing;
      series_.ChangeAll([&](const std::string& key, SeriesModel& model) {
        if (!counted.contains(key)) {
          CloseSeries(point, key, kNothing, model, findings);
        }
      });
    }
    std::ranges::stable_sort(findings.records, {}, [](const AnomalyRecord& record) {
      return std::tie(record.detector, record.key);
    });
    job_.EndBucket(point);
    if (point.index % std::max<std::int64_t>(1, BucketsPerDay()) == 0) {
      series_.DropSilent(bucket);
    }
  }

  [[nodiscard]] std::optional<AnomalyRecord> Rejudge(std::int64_t bucket, const std::string& key,
                                                     const SeriesCount& counted) const override {
    const SeriesModel* const model = series_.Find(key);
    if (model == nullptr) {
      return std::nullopt;
    }
    const BucketPoint point = calendar_.At(bucket);
    const Judgement judgement = job_.Judge(*model, point, counted.count);
    return RecordOf(point, key, counted, *model, judgement);
  }

  [[nodiscard]] bool LooksAtEmptyBuckets() const override {
    return job_.function().empty == EmptyBuckets::kData;
  }
  [[nodiscard]] MemoryUse memory() const override { return series_.memory(); }

  void Save(ByteWriter& writer, SavedPart part) const override {
    writer.Number(kVersion);
    job_.Save(writer);
    if (part == SavedPart::kEverything) {
      series_.SaveAll(writer, &SeriesFormat::Save);
    } else {
      series_.SaveChanges(writer, &SeriesFormat::Save);
    }
  }
  void MarkKept() override { series_.MarkKept(); }

  [[nodiscard]] Result<void> Load(ByteReader& reader) override {
    TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
    if (version != kVersion) {
      return Fail(ErrorCode::kUnsupported, "the series of a detector are kept in another version");
    }
    TRIPLINE_TRY_VOID(job_.Load(reader));
    return series_.Load(reader, NumSplits(detector_), &SeriesFormat::Load);
  }

 private:
  void CloseSeries(BucketPoint point, const std::string& key, const SeriesCount& counted,
                   SeriesModel& model, BucketFindings& findings) {
    if (LooksAtEmptyBuckets()) {
      model.LearnEmptyUntil(calendar_, job_.prior(), job_.function(), point.index);
    }
    const Judgement judgement = job_.Judge(model, point, counted.count);
    findings.num_judged += judgement.assessment.is_usable ? 1 : 0;
    if (std::optional<AnomalyRecord> record = RecordOf(point, key, counted, model, judgement)) {
      findings.records.push_back(*std::move(record));
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
    AnomalyRecord record{.bucket = BeginningOf(point),
                         .detector = index_,
                         .key = key,
                         .actual = counted.count,
                         .typical = judgement.assessment.typical,
                         .probability = judgement.probability,
                         .score = judgement.score,
                         .multi_bucket_impact = judgement.multi_bucket_impact,
                         .influencers = {},
                         .explanation = std::nullopt};
    if (record.score >= explained_from_) {
      record.influencers = InfluencersOf(point, counted, model, judgement);
      record.explanation = ExplanationOf(point, counted.count, model, judgement);
    }
    return record;
  }

  [[nodiscard]] std::vector<AnomalyRecord::Influencer> InfluencersOf(
      BucketPoint point, const SeriesCount& counted, const SeriesModel& model,
      const Judgement& judgement) const {
    std::vector<AnomalyRecord::Influencer> influencers;
    // By the model's own tail: a calibrated one may be so flat that half of a giant is as odd as all
    // of it.
    const double surprise = -std::log(judgement.assessment.probability);
    for (std::size_t field = 0; field < counted.by_influencer.size(); ++field) {
      const std::vector<Value> values = LargestValues(counted.by_influencer[field]);
      std::vector<AnomalyRecord::Source> sources;
      for (const auto& [count, term] : values) {
        const double without = std::max(0.0, counted.count - count);
        const double left = -std::log(job_.Judge(model, point, without).assessment.probability);
        const double influence = surprise > 0.0 ? 1.0 - left / surprise : 0.0;
        if (influence >= kMinInfluence) {
          sources.push_back({.term = *term, .count = count, .influence = influence});
        } else if (without >= judgement.assessment.typical) {
          break;  // the smaller ones take away less of it
        }
      }
      if (!sources.empty()) {
        influencers.push_back({.field = spec_.influencers[field], .sources = Best(sources)});
      }
    }
    return influencers;
  }

  using Value = std::pair<double, const std::string*>;  // what a term brought

  // The kMaxValuesTried largest, the largest first.
  static std::vector<Value> LargestValues(const std::map<std::string, double>& counts) {
    std::vector<Value> values;
    for (const auto& [term, count] : counts) {
      values.emplace_back(count, &term);
    }
    const std::size_t num_tried = std::min(values.size(), kMaxValuesTried);
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(num_tried);
    std::ranges::partial_sort(values, end, [](const Value& a, const Value& b) {
      return a.first != b.first ? a.first > b.first : *a.second < *b.second;
    });
    values.resize(num_tried);
    return values;
  }

  static std::vector<AnomalyRecord::Source> Best(std::vector<AnomalyRecord::Source> sources) {
    std::ranges::sort(sources, [](const auto& a, const auto& b) {
      return a.influence != b.influence ? a.influence > b.influence : a.term < b.term;
    });
    if (sources.size() > kMaxInfluentialValues) {
      sources.resize(kMaxInfluentialValues);
    }
    return sources;
  }

  [[nodiscard]] RecordExplanation ExplanationOf(BucketPoint point, double count,
                                                const SeriesModel& model,
                                                const Judgement& judgement) const {
    const Explanation parts = model.Explain(calendar_, job_.function(), point);
    const double typical = judgement.assessment.typical;
    return {.lower = parts.lower,
            .upper = parts.upper,
            .usual_count = parts.usual_rate,
            .time_of_day = parts.time_of_day,
            .day_of_week = parts.day_of_week,
            .level_now = parts.level_now,
            .would_be_normal = NearestWith(typical, count,
                                           [&](double other) {
                                             return job_.Judge(model, point, other).probability >=
                                                    kRecordProbability;
                                           }),
            .would_score_below_75 = NearestWith(typical, count, [&](double other) {
              return job_.Judge(model, point, other).score < 75.0;
            })};
  }

  // The whole number nearest to `count`, between it and `typical`, of which `is_so` holds, if it
  // holds of `typical` and ceases to hold once on the way; `typical` otherwise.
  template <class Predicate>
  static double NearestWith(double typical, double count, const Predicate& is_so) {
    double inside = std::round(typical);
    double outside = count;
    if (!is_so(inside)) {
      return inside;
    }
    if (is_so(outside)) {
      return outside;
    }
    while (std::abs(outside - inside) > std::max(1.0, 1e-9 * std::abs(outside))) {
      const double middle = std::floor((inside + outside) / 2.0);
      if (middle == inside || middle == outside) {
        break;
      }
      (is_so(middle) ? inside : outside) = middle;
    }
    return inside;
  }

  [[nodiscard]] std::int64_t BucketsPerDay() const {
    return static_cast<std::int64_t>(calendar_.buckets_per_day());
  }

  const AnomalyJobSpec& spec_;
  const AnomalyDetectorSpec& detector_;
  std::size_t index_;
  BucketCalendar calendar_;
  CountJob job_;
  double explained_from_;
  SeriesTable<SeriesModel> series_;
};

}  // namespace

std::unique_ptr<SeriesRun> MakeCountRun(const AnomalyJobSpec& job, std::size_t index,
                                        const BucketCalendar& calendar,
                                        const SeriesRunOptions& options) {
  return std::make_unique<CountRun>(job, index, calendar, options);
}

std::unique_ptr<SeriesRun> MakeSeriesRun(const AnomalyJobSpec& job, std::size_t index,
                                         const BucketCalendar& calendar,
                                         const SeriesRunOptions& options) {
  return job.detectors[index].function == "rare" ? MakeRareRun(job, index, calendar, options)
                                                 : MakeCountRun(job, index, calendar, options);
}

}  // namespace tripline::runtime
