// Reads the canonical document that the rule reader kept. Its places are not the author's, so every
// remark is moved to where the job begins in its file; messages name the way to the part.
#include "compiler/anomaly_job.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "base/time.h"
#include "compiler/lower.h"
#include "compiler/object_reader.h"
#include "compiler/query_dsl.h"
#include "compiler/rewrite.h"
#include "compiler/source_file.h"
#include "runtime/anomaly/count_function.h"

namespace tripline::compiler {
namespace {

using runtime::AnomalyCondition;
using runtime::AnomalyCustomRule;
using runtime::AnomalyDetectorSpec;

// Every function that a job of Elastic's may have; those that are run come first, because ties
// of Nearest go to them.
constexpr std::string_view kFunctionsOfElastic[] = {"count",
                                                    "high_count",
                                                    "low_count",
                                                    "non_zero_count",
                                                    "high_non_zero_count",
                                                    "rare",
                                                    "low_non_zero_count",
                                                    "distinct_count",
                                                    "high_distinct_count",
                                                    "low_distinct_count",
                                                    "freq_rare",
                                                    "info_content",
                                                    "high_info_content",
                                                    "low_info_content",
                                                    "min",
                                                    "max",
                                                    "metric",
                                                    "median",
                                                    "high_median",
                                                    "low_median",
                                                    "mean",
                                                    "high_mean",
                                                    "low_mean",
                                                    "avg",
                                                    "high_avg",
                                                    "low_avg",
                                                    "sum",
                                                    "high_sum",
                                                    "low_sum",
                                                    "non_null_sum",
                                                    "high_non_null_sum",
                                                    "low_non_null_sum",
                                                    "varp",
                                                    "high_varp",
                                                    "low_varp",
                                                    "time_of_day",
                                                    "time_of_week",
                                                    "lat_long"};
constexpr Milliseconds kShortestBucket = std::chrono::seconds(1);
constexpr Milliseconds kLongestBucket = std::chrono::days(7);
constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t kDefaultMemory = 32 * kMegabyte;
constexpr std::size_t kMaxDetectors = 100;
constexpr std::size_t kMaxInfluencers = 50;

// "32mb", "1gb", "512kb"; nothing else.
std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  std::uint64_t number = 0;
  std::size_t at = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at < 12) {
    number = number * 10 + static_cast<std::uint64_t>(text[at++] - '0');
  }
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits = {
      {{"b", 1},
       {"k", 1024},
       {"kb", 1024},
       {"m", kMegabyte},
       {"mb", kMegabyte},
       {"g", 1024 * kMegabyte},
       {"gb", 1024 * kMegabyte},
       {"tb", 1024 * 1024 * kMegabyte}}};
  std::string unit(text.substr(at));
  std::ranges::transform(unit, unit.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  for (const auto& [name, factor] : kUnits) {
    if (at > 0 && number > 0 && unit == name && number <= (std::uint64_t{1} << 50U) / factor) {
      return number * factor;
    }
  }
  return std::nullopt;
}

class JobCompiler {
 public:
  JobCompiler(const JobDocument& job, const FieldCatalog& catalog, Diagnostics& diagnostics)
      : file_(job.file, job.document),
        findings_(file_, diagnostics),
        catalog_(catalog),
        job_id_(job.job_id) {}

  std::optional<CompiledJob> Run(const Node& root) {
    runtime::AnomalyJobSpec& spec = compiled_.spec;
    spec.job_id = job_id_;
    spec.model_memory_limit = kDefaultMemory;
    ObjectReader job(root, "", findings_);
    if (const Node* const config = job.Object("analysis_config", Need::kRequired)) {
      ReadAnalysis(ObjectReader(*config, "analysis_config.", findings_));
    }
    if (const Node* const data = job.Object("data_description")) {
      spec.time_field = ObjectReader(*data, "data_description.", findings_).Text("time_field");
    }
    if (spec.time_field.empty()) {
      spec.time_field = "@timestamp";
    }
    if (const Node* const limits = job.Object("analysis_limits")) {
      ReadLimits(ObjectReader(*limits, "analysis_limits.", findings_));
    }
    if (const Node* const datafeed = job.Object("datafeed_config")) {
      ReadDatafeed(ObjectReader(*datafeed, "datafeed_config.", findings_));
    } else {
      findings_.Error(root.span, "job.no_datafeed",
                      "the job has no `datafeed_config`: nothing says which events it counts",
                      "put {\"indices\": [...], \"query\": {...}} into it");
    }
    if (findings_.num_errors() > 0) {
      return std::nullopt;
    }
    AddFields();
    return std::move(compiled_);
  }

 private:
  void ReadAnalysis(ObjectReader config) {
    runtime::AnomalyJobSpec& spec = compiled_.spec;
    ReadBucketSpan(config);
    spec.summary_count_field = config.Text("summary_count_field_name");
    spec.influencers = config.Strings("influencers");
    if (spec.influencers.size() > kMaxInfluencers) {
      config.Reject("influencers", "job.bad_value", "names more than 50 fields", "");
    }
    if (config.Any("categorization_field_name") != nullptr) {
      NotYet("jobs with `categorization_field_name` are not run yet");
    }
    for (const char* const key : {"latency", "model_prune_window"}) {
      if (config.Any(key) != nullptr) {
        findings_.Warning(config.span(), "job.not_used", "`" + config.PathOf(key) + "` is not used",
                          "late events reopen the last eight buckets; series that are silent for a "
                          "week make room for new ones");
      }
    }
    const Node* const list = config.Any("detectors");
    const std::size_t num_listed =
        list == nullptr || list->AsArray() == nullptr ? 0 : list->AsArray()->size();
    if (list == nullptr || (list->AsArray() != nullptr && num_listed == 0) ||
        num_listed > kMaxDetectors) {
      findings_.Error(config.span(), "job.no_detector",
                      "`analysis_config.detectors` has " + std::to_string(num_listed) +
                          " detectors; a job has 1 to 100",
                      "add one: {\"function\": \"high_count\"}");
      return;
    }
    const std::span<const Node> detectors = config.Objects("detectors");
    for (std::size_t i = 0; i < detectors.size(); ++i) {
      ReadDetector(ObjectReader(
          detectors[i], "analysis_config.detectors[" + std::to_string(i) + "].", findings_));
    }
  }

  void ReadBucketSpan(ObjectReader& config) {
    const std::optional<std::string> text = config.String("bucket_span", Need::kRequired);
    if (!text) {
      return;
    }
    const std::optional<Milliseconds> span = ParseDuration(*text);
    if (!span || *span < kShortestBucket || *span > kLongestBucket) {
      config.Reject("bucket_span", "job.bad_bucket_span",
                    "is " + Shown(*text) + "; a bucket is 1s to 7d long",
                    "15m is usual: short enough to alert in time, long enough to hold counts");
      return;
    }
    compiled_.spec.bucket_span = *span;
  }

  void ReadDetector(ObjectReader detector) {
    AnomalyDetectorSpec spec;
    spec.function = detector.String("function", Need::kRequired).value_or("count");
    spec.by_field = detector.Text("by_field_name");
    spec.partition_field = detector.Text("partition_field_name");
    const bool is_rare = spec.function == "rare";
    if (!is_rare && !runtime::ParseCountFunction(spec.function)) {
      SayFunction(detector, spec.function);
    }
    if (!detector.Text("over_field_name").empty()) {
      NotYet("populations (`over_field_name`) are not run yet");
    }
    if (is_rare && spec.by_field.empty()) {
      detector.Reject("function", "job.contradictory_split",
                      "is `rare`, which needs a `by_field_name`",
                      "name the field whose values "
                      "may be rare");
    }
    if (!spec.by_field.empty() && spec.by_field == spec.partition_field) {
      detector.Reject("partition_field_name", "job.contradictory_split",
                      "and `by_field_name` are the same field",
                      "drop one: a field splits the events once");
    }
    if (!detector.Text("field_name").empty() && runtime::ParseCountFunction(spec.function)) {
      detector.Reject("field_name", "job.contradictory_split",
                      "stands beside a function that counts events", "drop it");
    }
    ReadCustomRules(detector, spec);
    compiled_.spec.detectors.push_back(std::move(spec));
  }

  void SayFunction(ObjectReader& detector, std::string_view function) {
    if (std::ranges::find(kFunctionsOfElastic, function) != std::end(kFunctionsOfElastic)) {
      NotYet("detectors with the function " + Shown(function) + " are not run yet");
      return;
    }
    const std::string_view meant = Nearest(function, kFunctionsOfElastic, 3);
    detector.Reject("function", "job.bad_value",
                    "is " + Shown(function) + ", which is no function of an anomaly job",
                    meant.empty() ? "" : "did you mean `" + std::string(meant) + "`?");
  }

  void ReadCustomRules(ObjectReader& detector, AnomalyDetectorSpec& spec) {
    for (const Node& node : detector.Objects("custom_rules")) {
      ObjectReader reader(node, detector.PathOf("custom_rules."), findings_);
      AnomalyCustomRule rule;
      if (reader.Any("actions") != nullptr) {
        const std::vector<std::string> actions = reader.Strings("actions");
        rule.skips_result = std::ranges::count(actions, "skip_result") > 0;
        rule.skips_model_update = std::ranges::count(actions, "skip_model_update") > 0;
        if (rule.skips_result + rule.skips_model_update < std::ssize(actions)) {
          reader.Reject("actions", "job.bad_value",
                        "has an action that is neither skip_result nor "
                        "skip_model_update",
                        "");
        }
      }
      if (reader.Any("scope") != nullptr) {
        NotYet("custom rules with a `scope` of filter lists are not applied yet");
      }
      for (const Node& condition : reader.Objects("conditions")) {
        ReadCondition(ObjectReader(condition, reader.PathOf("conditions."), findings_), rule);
      }
      spec.custom_rules.push_back(std::move(rule));
    }
  }

  void ReadCondition(ObjectReader reader, AnomalyCustomRule& rule) {
    static constexpr std::array<std::string_view, 4> kSubjects = {"actual", "typical",
                                                                  "diff_from_typical", "time"};
    static constexpr std::array<std::string_view, 4> kComparisons = {"lt", "lte", "gt", "gte"};
    AnomalyCondition condition;
    const auto subject = reader.Choice("applies_to", kSubjects, Need::kRequired);
    const auto comparison = reader.Choice("operator", kComparisons, Need::kRequired);
    condition.applies_to = static_cast<AnomalyCondition::AppliesTo>(subject.value_or(0));
    condition.comparison = static_cast<AnomalyCondition::Comparison>(comparison.value_or(0));
    const Node* const value = reader.Any("value", Need::kRequired);
    if (value != nullptr) {
      if (const auto* const whole = std::get_if<std::int64_t>(&value->value)) {
        condition.value = static_cast<double>(*whole);
      } else if (const auto* const number = std::get_if<double>(&value->value)) {
        condition.value = *number;
      } else {
        reader.Reject("value", "job.bad_value", "is no number", "");
      }
    }
    rule.conditions.push_back(condition);
  }

  void ReadLimits(ObjectReader limits) {
    const std::optional<std::string> text = limits.String("model_memory_limit");
    if (!text) {
      return;
    }
    const std::optional<std::uint64_t> bytes = ParseBytes(*text);
    if (!bytes || *bytes < kMegabyte) {
      limits.Reject("model_memory_limit", "job.bad_value",
                    "is " + Shown(*text) + "; expected a size of 1mb or more, such as 32mb", "");
      return;
    }
    compiled_.spec.model_memory_limit = *bytes;
  }

  void ReadDatafeed(ObjectReader datafeed) {
    compiled_.spec.indices =
        datafeed.OneOrMoreStrings(datafeed.Any("indexes") != nullptr ? "indexes" : "indices");
    for (const char* const key : {"aggregations", "aggs", "script_fields", "runtime_mappings"}) {
      if (datafeed.Any(key) != nullptr) {
        NotYet("datafeeds with `" + std::string(key) + "` are not run yet");
      }
    }
    static const Node kMatchAll{
        .value = Node::Object{Member{"match_all", {}, Node{.value = Node::Object{}, .span = {}}}},
        .span = {}};
    const Node* const given = datafeed.Any("query");
    const Node& query = given != nullptr ? *given : kMatchAll;
    compiled_.spec.datafeed_query = ToJson(query);
    const auto typed = CheckDsl(query, datafeed.PathOf("query"), catalog_, findings_);
    if (typed) {
      compiled_.query = Rewrite(Lower(*typed));
    } else {
      compiled_.spec.not_yet.emplace_back("its datafeed's query cannot be evaluated");
    }
  }

  void NotYet(const std::string& why) {
    if (std::ranges::find(compiled_.spec.not_yet, why) == compiled_.spec.not_yet.end()) {
      compiled_.spec.not_yet.push_back(why);
      findings_.NotYet({}, "not_yet.job", "job `" + job_id_ + "`: " + why);
    }
  }

  // A job that splits by a field that no event has counts nothing, and nobody would see why.
  void SayIfUnknown(const std::string& name) {
    if (FindField(catalog_, name) != nullptr || !said_unknown_.insert(name).second) {
      return;
    }
    std::string nearest = catalog_.mapping != nullptr ? catalog_.mapping->Suggest(name) : "";
    if (nearest.empty() && catalog_.ecs != nullptr) {
      nearest = catalog_.ecs->Suggest(name);
    }
    findings_.Warning(
        {}, "field.unknown",
        "job `" + job_id_ + "`: unknown field `" + name + "`, taken as a keyword",
        nearest.empty() ? "give its type with --mapping" : "did you mean `" + nearest + "`?");
  }

  void AddFields() {
    const auto add = [&](const std::string& name) {
      if (!name.empty()) {
        SayIfUnknown(name);
        compiled_.detector_fields.push_back(DetectorField(name, catalog_));
      }
    };
    jit::Field time;
    time.name = compiled_.spec.time_field;
    time.kind = jit::ColumnKind::kDate;
    compiled_.detector_fields.push_back(std::move(time));
    add(compiled_.spec.summary_count_field);
    for (const AnomalyDetectorSpec& detector : compiled_.spec.detectors) {
      add(detector.by_field);
      add(detector.partition_field);
    }
    for (const std::string& influencer : compiled_.spec.influencers) {
      add(influencer);
    }
  }

  SourceFile file_;
  Findings findings_;
  const FieldCatalog& catalog_;
  const std::string& job_id_;
  CompiledJob compiled_;
  std::set<std::string> said_unknown_;
};

}  // namespace

std::optional<CompiledJob> CompileJob(const JobDocument& job, const FieldCatalog& catalog,
                                      Diagnostics& diagnostics) {
  const std::size_t num_before = diagnostics.size();
  auto parsed = ParseJson(job.document, 0);
  std::optional<CompiledJob> compiled;
  if (parsed) {
    compiled = JobCompiler(job, catalog, diagnostics).Run(parsed->root);
  }
  for (std::size_t i = num_before; i < diagnostics.size(); ++i) {
    diagnostics[i].where = job.where;
    diagnostics[i].line_text.clear();
    diagnostics[i].caret_begin = 0;
    diagnostics[i].caret_end = 0;
    diagnostics[i].utf16_offset = 0;
  }
  return compiled;
}

}  // namespace tripline::compiler
