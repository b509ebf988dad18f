#include "runtime/anomaly/anomaly_record.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runtime/digest.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHashDigits = 16;

std::int64_t MillisOf(Timestamp time) { return time.time_since_epoch().count(); }

std::int64_t SecondsOf(Milliseconds span) {
  return std::chrono::duration_cast<std::chrono::seconds>(span).count();
}

// The values of a key or a term, as JSON.
Json ValuesOf(std::string_view term) {
  return term.empty() ? Json::array() : Json::parse(TermToJson(term));
}

// The values of the partition and the by field, null where the detector has none.
std::pair<Json, Json> SplitValues(const AnomalyDetectorSpec& detector, const std::string& key) {
  Json values = ValuesOf(key);
  std::size_t at = 0;
  std::pair<Json, Json> split;
  if (!detector.partition_field.empty() && at < values.size()) {
    split.first = values[at++];
  }
  if (!detector.by_field.empty() && at < values.size()) {
    split.second = values[at];
  }
  return split;
}

// A text as it is, everything else by its JSON.
std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string_view FunctionDescription(std::string_view function) {
  return function == "rare" ? "rare" : "count";
}

// The field's values beside the list that names them, as in Elastic's records.
void AddInfluencers(const AnomalyRecord& record, Json& json) {
  Json influencers = Json::array();
  for (const AnomalyRecord::Influencer& influencer : record.influencers) {
    Json values = Json::array();
    Json texts = Json::array();
    for (const AnomalyRecord::Source& source : influencer.sources) {
      for (const Json& value : ValuesOf(source.term)) {
        values.push_back(value);
        texts.push_back(TextOf(value));
      }
    }
    influencers.push_back({{"influencer_field_name", influencer.field},
                           {"influencer_field_values", std::move(texts)}});
    json[influencer.field] = std::move(values);
  }
  json["influencers"] = std::move(influencers);
}

// The first three members are Elastic's; the others are this project's own.
Json ExplanationOf(const AnomalyRecord& record) {
  const RecordExplanation& why = *record.explanation;
  Json sources = Json::array();
  for (const AnomalyRecord::Influencer& influencer : record.influencers) {
    for (const AnomalyRecord::Source& source : influencer.sources) {
      for (const Json& value : ValuesOf(source.term)) {
        sources.push_back({{"field", influencer.field},
                           {"value", value},
                           {"count", source.count},
                           {"influence", source.influence}});
      }
    }
  }
  return {{"lower_confidence_bound", why.lower},
          {"typical_value", record.typical},
          {"upper_confidence_bound", why.upper},
          {"usual_value", why.usual_count},
          {"time_of_day_factor", why.time_of_day},
          {"day_of_week_factor", why.day_of_week},
          {"level_factor", why.level_now},
          {"would_be_normal", why.would_be_normal},
          {"would_score_below_75", why.would_score_below_75},
          {"sources", std::move(sources)}};
}

}  // namespace

std::string RecordId(const AnomalyJobSpec& job, const AnomalyRecord& record) {
  return job.job_id + "_record_" + std::to_string(MillisOf(record.bucket)) + "_" +
         std::to_string(SecondsOf(job.bucket_span)) + "_" + std::to_string(record.detector) + "_" +
         Sha256Hex(record.key).substr(0, kHashDigits);
}

std::string RecordToJson(const AnomalyJobSpec& job, const AnomalyRecord& record) {
  const AnomalyDetectorSpec& detector = job.detectors[record.detector];
  const auto [partition, by] = SplitValues(detector, record.key);
  Json json = {{"job_id", job.job_id},
               {"result_type", "record"},
               {"@timestamp", ToIsoString(record.bucket)},
               {"timestamp", MillisOf(record.bucket)},
               {"bucket_span", SecondsOf(job.bucket_span)},
               {"detector_index", record.detector},
               {"is_interim", false},
               {"function", detector.function},
               {"function_description", FunctionDescription(detector.function)},
               {"probability", record.probability},
               {"record_score", record.score},
               {"initial_record_score", record.score},
               {"multi_bucket_impact", record.multi_bucket_impact},
               {"actual", Json::array({record.actual})},
               {"typical", Json::array({record.typical})}};
  if (!partition.is_null()) {
    json["partition_field_name"] = detector.partition_field;
    json["partition_field_value"] = TextOf(partition);
    json[detector.partition_field] = Json::array({partition});
  }
  if (!by.is_null()) {
    json["by_field_name"] = detector.by_field;
    json["by_field_value"] = TextOf(by);
    json[detector.by_field] = Json::array({by});
  }
  AddInfluencers(record, json);
  if (record.explanation) {
    json["anomaly_score_explanation"] = ExplanationOf(record);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tripline::runtime
