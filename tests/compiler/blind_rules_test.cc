#include "compiler/blind_rules.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/exception_lists.h"
#include "compiler/rule_needs.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "compiler/watch_needs.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

struct Sample {
  std::string mapping{};
  std::string events{};
};

std::vector<std::string> MalformedOf(const runtime::Ruleset& columns,
                                     const runtime::EventReport& report) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.columns.size(); ++i) {
    if (report.malformed_values[i] > 0) {
      names.push_back(columns.columns[i].name);
    }
  }
  return names;
}

// "code(main need; main need) ..." of all blind rules.
std::string Text(const NeedsOfRules& needs, const std::vector<BlindRule>& blind) {
  std::string text;
  for (const BlindRule& rule : blind) {
    text += (text.empty() ? "" : " ") + std::string(BlindReasonName(rule.reason)) + "(";
    bool is_first = true;
    for (const BlindNeed& one : rule.needs) {
      if (one.is_main) {
        text += (is_first ? "" : "; ") + needs.needs[one.need].text;
        is_first = false;
      }
    }
    text += ")";
  }
  return text;
}

std::string Blind(const std::string& documents, const Sample& sample) {
  static const FieldTypes ecs = FieldTypes::Ecs();
  std::optional<FieldTypes> mapping;
  if (!sample.mapping.empty()) {
    mapping = *FieldTypes::FromMapping("mapping", sample.mapping);
  }
  const FieldCatalog catalog{mapping ? &*mapping : nullptr, &ecs};
  const ReadRules read = ReadRuleFile("rules.ndjson", documents);
  EXPECT_FALSE(HasErrors(read.diagnostics)) << Render(read.diagnostics.at(0));
  Diagnostics said;
  ValueLists value_lists;
  const auto lists = ExceptionLists::Make(read.asides, catalog, value_lists, said);
  const NeedsOfRules needs = FindNeeds(read.rules, read.jobs, catalog, lists);
  if (sample.events.empty()) {
    return Text(needs, FindBlindRules(needs, nullptr));
  }
  const runtime::Ruleset columns = runtime::MakeRuleset(needs.program, {}, {});
  auto reader = runtime::EventReader::OverText(columns.columns, sample.events);
  const auto matcher = runtime::Matcher::Make(needs.program);
  NeedsWatch watch(needs);
  runtime::EventBlock block;
  while (*reader->Next(&block)) {
    (*matcher)->Match(block.batch);
    watch.Take(block, **matcher);
  }
  return Text(needs, FindBlindRules(needs, &watch.seen(), MalformedOf(columns, reader->report())));
}

std::string Query(std::string_view query) {
  return JsonRule(R"(,"query":")" + std::string(query) + "\"");
}

constexpr const char* kCurl = R"({"process":{"name":"curl"},"user":{"name":"bob"}})";

TEST(BlindRules, AreNoneWhereARuleMatches) {
  EXPECT_EQ(Blind(Query("process.name : curl"), {.events = kCurl}), "");
}

TEST(BlindRules, AreNotThoseOfWhichEachPartIsMetBySomeEvent) {
  const std::string events = std::string(kCurl) + "\n" + R"({"process":{"name":"wget"}})";

  EXPECT_EQ(Blind(Query("process.name : wget and user.name : bob"), {.events = events}), "");
}

TEST(BlindRules, TellAFieldThatNoEventHasFromAValueThatNoneHas) {
  EXPECT_EQ(Blind(Query("host.name : a"), {.events = kCurl}), "field_absent(host.name : a)");
  EXPECT_EQ(Blind(Query("process.name : wget"), {.events = kCurl}),
            "value_never_seen(process.name : wget)");
}

TEST(BlindRules, NameEveryAlternativeAndCountTheWeakest) {
  EXPECT_EQ(Blind(Query("host.name : a or process.name : (b or c)"), {.events = kCurl}),
            "value_never_seen(host.name : a; process.name : b; process.name : c)");
}

TEST(BlindRules, CountTheStrongestOfPartsThatMustAllBeMet) {
  EXPECT_EQ(
      Blind(Query("process.name : wget and host.name : a and user.name : bob"), {.events = kCurl}),
      "field_absent(host.name : a)");
}

TEST(BlindRules, AreThoseThatLeaveOutEveryEvent) {
  EXPECT_EQ(
      Blind(Query("user.name : bob and not process.name : (curl or wget)"), {.events = kCurl}),
      "value_in_every_event(process.name : curl)");
  EXPECT_EQ(Blind(Query("not host.name : a"), {.events = kCurl}), "");
}

TEST(BlindRules, TellAFieldWhoseValuesAreOfAnotherTypeFromAnAbsentOne) {
  EXPECT_EQ(Blind(Query("source.ip : 10.0.0.1"), {.events = R"({"source":{"ip":"unknown"}})"}),
            "wrong_type(source.ip : 10.0.0.1)");
}

TEST(BlindRules, AreToldByTheMappingAlone) {
  const std::string mapping =
      R"({"mappings":{"properties":{"process":{"properties":{"name":{"type":"keyword"}}},
          "bytes":{"type":"long"}}}})";

  EXPECT_EQ(Blind(Query("process.name : curl"), {.mapping = mapping}), "");
  EXPECT_EQ(Blind(Query("process.name : curl and user.name : bob"), {.mapping = mapping}),
            "field_not_mapped(user.name : bob)");
  EXPECT_EQ(Blind(Query("process.* : curl"), {.mapping = mapping}), "");
  EXPECT_EQ(Blind(Query("user.* : curl"), {.mapping = mapping}), "field_not_mapped(user.* : curl)");
  EXPECT_EQ(Blind(Query("bytes : 1.5"), {.mapping = mapping}), "never_matches(bytes : 1.5)");
}

TEST(BlindRules, BelieveEventsMoreThanAnOpenMapping) {
  const std::string mapping = R"({"mappings":{"properties":{"bytes":{"type":"long"}}}})";

  EXPECT_EQ(Blind(Query("user.name : bob"), {.mapping = mapping, .events = kCurl}), "");
  EXPECT_EQ(Blind(Query("user.name : eve"), {.mapping = mapping, .events = kCurl}),
            "field_not_mapped(user.name : eve)");
}

TEST(BlindRules, LookAtEventsOfTheirIndicesAlone) {
  const std::string rule = JsonRule(R"(,"index":["logs-*"])");
  const auto hit = [](const std::string& index) {
    return R"({"_index":")" + index + R"(","_id":"1","_source":)" + kCurl + "}\n";
  };

  EXPECT_EQ(Blind(rule, {.events = hit("logs-a") + hit("metrics-b")}), "");
  EXPECT_EQ(Blind(rule, {.events = hit("metrics-b")}), "no_event_of_indices()");
  EXPECT_EQ(Blind(rule, {.events = kCurl}), "");
}

TEST(BlindRules, AskNestedObjectsForSomethingBelowTheirPath) {
  const std::string mapping = R"({"mappings":{"properties":{"o":{"type":"nested",
      "properties":{"k":{"type":"keyword"}}}}}})";

  EXPECT_EQ(Blind(Query("o:{ k : a }"), {.mapping = mapping, .events = R"({"o":[{"k":"a"}]})"}),
            "");
  EXPECT_EQ(Blind(Query("o:{ k : a }"), {.mapping = mapping, .events = R"({"o":[{"k":"b"}]})"}),
            "value_never_seen(o:{ k : a })");
  EXPECT_EQ(Blind(Query("o:{ k : a }"), {.mapping = mapping, .events = kCurl}),
            "field_absent(o:{ k : a })");
}

TEST(BlindRules, CountFiltersToo) {
  const std::string filters =
      R"(,"query":"process.name : curl","filters":[{"meta":{"negate":true},"query":{"exists":{"field":"user.name"}}},)"
      R"({"query":{"term":{"host.name":"a"}}}])";

  EXPECT_EQ(Blind(JsonRule(filters), {.events = kCurl}), "field_absent(host.name : \"a\")");
  EXPECT_EQ(Blind(JsonRule(filters), {.events = R"({"user":{"name":"b"},"host":{"name":"a"},)"
                                                R"("process":{"name":"curl"}})"}),
            "value_in_every_event(user.name : exists)");
}

TEST(BlindRules, CountTheFieldsOfDetectors) {
  EXPECT_EQ(Blind(JsonRule(R"(,"type":"new_terms","new_terms_fields":["user.name","host.id"],)"
                           R"("history_window_start":"now-7d")"),
                  {.events = kCurl}),
            "field_absent(host.id)");
  EXPECT_EQ(Blind(JsonRule(R"(,"type":"threshold","threshold":{"field":["host.id"],"value":2})"),
                  {.events = kCurl}),
            "field_absent(host.id)");
}

TEST(BlindRules, AreThoseWithoutTheirJob) {
  const std::string rule =
      R"({"rule_id":"m","name":"n","description":"d","risk_score":1,"severity":"low",)"
      R"("type":"machine_learning","anomaly_threshold":50,"machine_learning_job_id":["j"]})";
  const std::string job =
      R"({"job_id":"j","analysis_config":{"bucket_span":"15m","detectors":[)"
      R"({"function":"count","by_field_name":"host.name"}]},"data_description":)"
      R"({"time_field":"@timestamp"},"datafeed_config":{"indices":["logs-*"],"query":)"
      R"({"term":{"process.name":"curl"}}}})";
  const std::string timed = R"({"@timestamp":"2026-01-01T00:00:00Z","process":{"name":"curl"})";

  EXPECT_EQ(Blind(rule, {.events = kCurl}), "job_missing(j)");
  EXPECT_EQ(Blind(rule + "\n" + job, {.events = timed + "}"}), "field_absent(host.name)");
  EXPECT_EQ(Blind(rule + "\n" + job, {.events = timed + R"(,"host":{"name":"a"}})"}), "");
}

TEST(BlindRules, AreThoseWhoseExceptionsTakeOutEveryMatch) {
  const std::string documents =
      JsonRule(R"(,"exceptions_list":[{"list_id":"l","namespace_type":"single"}])") + "\n" +
      R"({"item_id":"i","list_id":"l","entries":[{"field":"user.name","type":"match",)"
      R"("operator":"included","value":"bob"}]})";

  EXPECT_EQ(Blind(documents, {.events = kCurl}), "excepted()");
  EXPECT_EQ(Blind(documents, {.events = R"({"process":{"name":"curl"}})"}), "");
}

}  // namespace
}  // namespace tripline::compiler
