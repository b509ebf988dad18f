#include "runtime/anomaly/bucket_results.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runtime/anomaly/score_map.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kDaysOfAWeek = 7.0;
constexpr double kMinInfluencerScore = 0.01;

// Who stood behind how many unlikely records: by field and term.
using Influenced = std::map<std::pair<std::string, std::string>, std::vector<double>>;

struct Worth {
  double probability = 1.0;
  double score = 0.0;
};

class Results {
 public:
  Results(const AnomalyJobSpec& job, const BucketSeen& bucket, const BucketFindings& findings)
      : job_(job), bucket_(bucket), findings_(findings) {}

  std::vector<AnomalyResult> Run() {
    std::vector<double> probabilities;
    Influenced influenced;
    for (const AnomalyRecord& record : findings_.records) {
      probabilities.push_back(record.probability);
      for (const AnomalyRecord::Influencer& influencer : record.influencers) {
        for (const AnomalyRecord::Source& source : influencer.sources) {
          influenced[{influencer.field, source.term}].push_back(record.probability);
        }
      }
    }
    std::vector<AnomalyResult> results = {BucketDocument(WorthOf(std::move(probabilities)))};
    std::vector<std::pair<Worth, Influenced::const_iterator>> ranked;
    for (auto each = influenced.cbegin(); each != influenced.cend(); ++each) {
      const Worth worth = WorthOf(each->second);
      if (worth.score >= kMinInfluencerScore) {
        ranked.emplace_back(worth, each);
      }
    }
    std::ranges::stable_sort(
        ranked, [](const auto& a, const auto& b) { return a.first.score > b.first.score; });
    for (const auto& [worth, influencer] : ranked) {
      AddInfluencer(worth, influencer->first.first, influencer->first.second, results);
    }
    return results;
  }

 private:
  [[nodiscard]] Worth WorthOf(std::vector<double> probabilities) const {
    const ScoreOptions options;
    const double job_budget =
        std::min(options.job_alarms_per_week,
                 options.series_alarms_per_week * static_cast<double>(bucket_.num_series));
    const double span_days =
        std::chrono::duration<double, std::ratio<86400>>(job_.bucket_span).count();
    const double of_75 = ProbabilityOf75(
        {.series_alarms_per_week = job_budget, .job_alarms_per_week = options.job_alarms_per_week},
        1.0, kDaysOfAWeek / span_days);
    Worth worth;
    worth.probability = SimesProbability(std::move(probabilities), findings_.num_judged);
    worth.score = ScoreOf(worth.probability, of_75);
    return worth;
  }

  [[nodiscard]] Json Head(const char* result_type) const {
    return {
        {"job_id", job_.job_id},
        {"result_type", result_type},
        {"@timestamp", ToIsoString(bucket_.begins)},
        {"timestamp", bucket_.begins.time_since_epoch().count()},
        {"bucket_span", std::chrono::duration_cast<std::chrono::seconds>(job_.bucket_span).count()},
        {"is_interim", false}};
  }

  [[nodiscard]] AnomalyResult BucketDocument(const Worth& worth) const {
    Json json = Head("bucket");
    json["event_count"] = bucket_.num_events;
    json["probability"] = worth.probability;
    json["anomaly_score"] = worth.score;
    json["initial_anomaly_score"] = worth.score;
    json["bucket_influencers"] = Json::array();
    if (worth.score > 0.0) {
      Json influencer = Head("bucket_influencer");
      influencer["influencer_field_name"] = "bucket_time";
      influencer["anomaly_score"] = worth.score;
      influencer["initial_anomaly_score"] = worth.score;
      influencer["probability"] = worth.probability;
      json["bucket_influencers"].push_back(std::move(influencer));
    }
    return {ResultType::kBucket, TextOf(json)};
  }

  void AddInfluencer(const Worth& worth, const std::string& field, const std::string& term,
                     std::vector<AnomalyResult>& results) const {
    for (const Json& value : Json::parse(TermToJson(term))) {
      Json json = Head("influencer");
      json["influencer_field_name"] = field;
      json["influencer_field_value"] = value.is_string() ? value.get<std::string>() : value.dump();
      json["influencer_score"] = worth.score;
      json["initial_influencer_score"] = worth.score;
      json["probability"] = worth.probability;
      json[field] = value;
      results.push_back({ResultType::kInfluencer, TextOf(json)});
    }
  }

  static std::string TextOf(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const AnomalyJobSpec& job_;
  const BucketSeen& bucket_;
  const BucketFindings& findings_;
};

}  // namespace

double SimesProbability(std::vector<double> probabilities, std::uint64_t num_judged) {
  std::ranges::sort(probabilities);
  const auto n = static_cast<double>(std::max<std::uint64_t>(num_judged, probabilities.size()));
  double least = 1.0;
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    least = std::min(least, n * probabilities[k] / static_cast<double>(k + 1));
  }
  return least;
}

std::vector<AnomalyResult> BucketResults(const AnomalyJobSpec& job, const BucketSeen& bucket,
                                         const BucketFindings& findings) {
  return Results(job, bucket, findings).Run();
}

}  // namespace tripline::runtime
