#include "compiler/anomaly_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/field_types.h"
#include "compiler/rule_reader.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSpikeJob = R"({
  "job_id": "high_count_by_destination_country",
  "description": "network events by destination country",
  "analysis_config": {
    "bucket_span": "15m",
    "detectors": [{
      "function": "high_non_zero_count",
      "by_field_name": "destination.geo.country_name",
      "custom_rules": [{
        "actions": ["skip_result", "skip_model_update"],
        "conditions": [{"applies_to": "actual", "operator": "lt", "value": 20}]
      }]
    }],
    "influencers": ["destination.geo.country_name", "source.ip"]
  },
  "analysis_limits": {"model_memory_limit": "32mb"},
  "data_description": {"time_field": "@timestamp"},
  "datafeed_config": {
    "indices": ["logs-*", "packetbeat-*"],
    "query": {"bool": {"filter": [
      {"term": {"event.category": "network"}}, {"exists": {"field": "destination.geo.country_name"}}
    ]}}
  }
})";

struct Compiled {
  std::optional<CompiledJob> job;
  Diagnostics diagnostics;
};

Compiled CompileText(const std::string& text) {
  static const FieldTypes ecs = FieldTypes::Ecs();
  const ReadRules read = ReadRuleFile("job.json", text);
  EXPECT_EQ(read.jobs.size(), 1U) << text;
  Compiled compiled;
  if (!read.jobs.empty()) {
    compiled.job = CompileJob(read.jobs[0], {nullptr, &ecs}, compiled.diagnostics);
  }
  return compiled;
}

// The job above with a part replaced.
std::string With(const std::string& part, const std::string& replacement) {
  std::string text = kSpikeJob;
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), replacement);
}

TEST(AnomalyJob, ReadsTheSpikeJobWhole) {
  const Compiled compiled = CompileText(kSpikeJob);

  ASSERT_TRUE(compiled.job.has_value());
  EXPECT_TRUE(compiled.diagnostics.empty());
  const runtime::AnomalyJobSpec& spec = compiled.job->spec;
  EXPECT_EQ(spec.job_id, "high_count_by_destination_country");
  EXPECT_EQ(spec.bucket_span, std::chrono::minutes(15));
  EXPECT_EQ(spec.time_field, "@timestamp");
  EXPECT_EQ(spec.model_memory_limit, 32U << 20U);
  EXPECT_THAT(spec.influencers, ElementsAre("destination.geo.country_name", "source.ip"));
  EXPECT_THAT(spec.indices, ElementsAre("logs-*", "packetbeat-*"));
  EXPECT_TRUE(spec.not_yet.empty());
  ASSERT_EQ(spec.detectors.size(), 1U);
  EXPECT_EQ(spec.detectors[0].function, "high_non_zero_count");
  EXPECT_EQ(spec.detectors[0].by_field, "destination.geo.country_name");
  ASSERT_EQ(spec.detectors[0].custom_rules.size(), 1U);
  const runtime::AnomalyCustomRule& rule = spec.detectors[0].custom_rules[0];
  EXPECT_TRUE(rule.skips_result);
  EXPECT_TRUE(rule.skips_model_update);
  EXPECT_THAT(rule.conditions, ElementsAre(runtime::AnomalyCondition{
                                   .applies_to = runtime::AnomalyCondition::AppliesTo::kActual,
                                   .comparison = runtime::AnomalyCondition::Comparison::kLt,
                                   .value = 20}));
  ASSERT_TRUE(compiled.job->query.has_value());
  EXPECT_EQ(compiled.job->query->leaves.size(), 2U);
  EXPECT_EQ(compiled.job->query->outputs.size(), 1U);
  std::vector<std::string> fields;
  for (const jit::Field& field : compiled.job->detector_fields) {
    fields.push_back(field.name);
  }
  EXPECT_THAT(fields, ElementsAre("@timestamp", "destination.geo.country_name",
                                  "destination.geo.country_name", "source.ip"));
}

TEST(AnomalyJob, SaysWhatIsWrongWithIt) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {With(R"("bucket_span": "15m")", R"("bucket_span": "0m")"), "`0m`; a bucket is 1s to 7d"},
      {With(R"("bucket_span": "15m")", R"("bucket_span": "365d")"), "`365d`; a bucket is 1s to 7d"},
      {With(R"("bucket_span": "15m")", R"("bucket_span": "soon")"), "`soon`; a bucket is"},
      {With(R"("bucket_span": "15m",)", ""), "`analysis_config.bucket_span` is missing"},
      {With(R"("function": "high_non_zero_count",)", ""), "function` is missing"},
      {With(R"("by_field_name": "destination.geo.country_name",)",
            R"("by_field_name": "a", "partition_field_name": "a",)"),
       "are the same field"},
      {With(R"("function": "high_non_zero_count",
      "by_field_name": "destination.geo.country_name",)",
            R"("function": "rare",)"),
       "`rare`, which needs a `by_field_name`"},
      {With(R"("by_field_name")", R"("field_name": "x", "by_field_name")"),
       "stands beside a function that counts events"},
      {With("32mb", "lots"), "`lots`; expected a size"},
      {With("32mb", "0mb"), "`0mb`; expected a size"},
      {With(R"("operator": "lt")", R"("operator": "eq")"), "operator"},
      {With(R"("value": 20)", R"("value": "x")"), "is no number"},
      {With(R"("skip_result", )", R"("skip_everything", )"), "neither skip_result nor"},
      {With(R"({"term": {"event.category": "network"}})", R"({"term": 5})"),
       "datafeed_config.query.bool.filter[0].term: expected one field"},
  };
  for (const auto& [text, message] : cases) {
    const Compiled compiled = CompileText(text);
    EXPECT_FALSE(compiled.job.has_value()) << message;
    ASSERT_FALSE(compiled.diagnostics.empty()) << message;
    EXPECT_THAT(compiled.diagnostics[0].message, HasSubstr(message));
    EXPECT_EQ(compiled.diagnostics[0].file, "job.json");
  }
}

TEST(AnomalyJob, WithoutDetectorsOrDatafeedIsNoJob) {
  const Compiled none = CompileText(
      R"({"job_id":"j","analysis_config":{"bucket_span":"15m","detectors":[]},"datafeed_config":{}})");
  EXPECT_FALSE(none.job.has_value());
  ASSERT_FALSE(none.diagnostics.empty());
  EXPECT_EQ(none.diagnostics[0].code, "job.no_detector");

  const Compiled blind = CompileText(
      R"({"job_id":"j","analysis_config":{"bucket_span":"15m","detectors":[{"function":"count"}]}})");
  EXPECT_FALSE(blind.job.has_value());
  ASSERT_FALSE(blind.diagnostics.empty());
  EXPECT_EQ(blind.diagnostics[0].code, "job.no_datafeed");
}

TEST(AnomalyJob, NamesWhatIsNotRunYetAndKeepsTheRest) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {With("high_non_zero_count", "high_mean"), "`high_mean`"},
      {With(R"("by_field_name")", R"("over_field_name": "user.name", "by_field_name")"),
       "over_field_name"},
      {With(R"("query": {"bool")", R"("aggregations": {}, "query": {"bool")"), "aggregations"},
      {With(R"({"term": {"event.category": "network"}})", R"({"regexp": {"a": "b"}})"),
       "datafeed's query cannot be evaluated"},
  };
  for (const auto& [text, why] : cases) {
    const Compiled compiled = CompileText(text);
    ASSERT_TRUE(compiled.job.has_value()) << why;
    ASSERT_FALSE(compiled.job->spec.not_yet.empty()) << why;
    EXPECT_THAT(compiled.job->spec.not_yet[0], HasSubstr(why));
    ASSERT_FALSE(compiled.diagnostics.empty());
    EXPECT_EQ(compiled.diagnostics[0].severity, Severity::kNotYet);
  }
}

TEST(AnomalyJob, WarnsOfOptionsThatChangeNothing) {
  const Compiled compiled =
      CompileText(With(R"("bucket_span": "15m",)", R"("bucket_span": "15m", "latency": "1h",)"));

  ASSERT_TRUE(compiled.job.has_value());
  EXPECT_TRUE(compiled.job->spec.not_yet.empty());
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics[0].code, "job.not_used");
  EXPECT_THAT(compiled.diagnostics[0].message, HasSubstr("analysis_config.latency"));
}

TEST(AnomalyJob, WarnsOfMistypedFields) {
  const Compiled compiled = CompileText(With(R"("by_field_name": "destination.geo.country_name")",
                                             R"("by_field_name": "destination.geo.cuntry_name")"));

  ASSERT_TRUE(compiled.job.has_value());
  ASSERT_EQ(compiled.diagnostics.size(), 1U);
  EXPECT_EQ(compiled.diagnostics[0].code, "field.unknown");
  EXPECT_THAT(compiled.diagnostics[0].message, HasSubstr("destination.geo.cuntry_name"));
  EXPECT_THAT(compiled.diagnostics[0].hint, HasSubstr("destination.geo.country_name"));
}

TEST(AnomalyJob, TakesEveryEventWithoutAQuery) {
  const Compiled compiled = CompileText(
      R"({"job_id":"j","analysis_config":{"bucket_span":"1h","detectors":[{"function":"count"}]},)"
      R"("datafeed_config":{"indices":"logs-*"}})");

  ASSERT_TRUE(compiled.job.has_value());
  EXPECT_EQ(compiled.job->spec.time_field, "@timestamp");
  ASSERT_TRUE(compiled.job->query.has_value());
  EXPECT_EQ(compiled.job->query->leaves.size(), 0U);
  EXPECT_THAT(compiled.job->spec.indices, ElementsAre("logs-*"));
}

}  // namespace
}  // namespace tripline::compiler
