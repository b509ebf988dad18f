#include "compiler/rule_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using runtime::WindowBound;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Rule ReadOne(const std::string& name, const std::string& text) {
  ReadRules read = ReadRuleFile(name, text);
  EXPECT_EQ(Codes(read), "") << (read.diagnostics.empty() ? "" : Render(read.diagnostics[0]));
  EXPECT_EQ(read.rules.size(), 1U);
  return read.rules.empty() ? Rule() : std::move(read.rules[0]);
}

TEST(RuleReader, WhatARuleDoesNotSayIsKibanasDefault) {
  const Rule rule = ReadOne("r.toml", TomlRule());

  EXPECT_EQ(rule.type, RuleType::kQuery);
  EXPECT_EQ(rule.language, QueryLanguage::kKuery);
  EXPECT_EQ(rule.interval, std::chrono::minutes(5));
  EXPECT_EQ(rule.from.bound, WindowBound::Before(std::chrono::minutes(6)));
  EXPECT_EQ(rule.to.bound, WindowBound());
  EXPECT_EQ(rule.max_signals, 100U);
  EXPECT_TRUE(rule.is_enabled);
  EXPECT_FALSE(rule.is_timestamp_fallback_disabled);
  EXPECT_EQ(rule.timestamp_override, "");
  EXPECT_EQ(rule.version, 1);
  EXPECT_THAT(rule.indices, IsEmpty());
}

TEST(RuleReader, TomlAndJsonOfOneRuleGiveTheSameDocument) {
  const Rule toml = ReadOne("r.toml", TomlRule());
  const Rule json = ReadOne("r.json", JsonRule());

  EXPECT_EQ(toml.document, json.document);
  EXPECT_EQ(toml.document,
            R"({"description":"What it finds","name":"A rule","query":"process.name : curl",)"
            R"("risk_score":47,"rule_id":"r-1","severity":"medium","type":"query"})");
}

TEST(RuleReader, TypedMembersHoldWhatTheDocumentSays) {
  const Rule rule = ReadOne("r.json", JsonRule(R"(,"language":"lucene","index":["a-*","b"],
      "interval":"1h","from":"now-65m","to":"now-1m","max_signals":10,"enabled":false,
      "timestamp_override":"event.ingested","timestamp_override_fallback_disabled":true,
      "version":3,"author":["X"],"license":"L","tags":["t"],"note":"n","setup":"s",
      "references":["https://x"],"false_positives":["f"],
      "investigation_fields":{"field_names":["host.name"]},
      "rule_name_override":"message","building_block_type":"default",
      "severity_mapping":[{"field":"e.s","operator":"equals","severity":"high","value":"9"}],
      "risk_score_mapping":[{"field":"e.r","operator":"equals","value":"","risk_score":null}],
      "filters":[{"query":{"exists":{"field":"a"}}}],"exceptions_list":[{"list_id":"l"}],
      "alert_suppression":{"group_by":["a"]},"threat":[{"framework":"MITRE ATT&CK"}],
      "saved_id":"v","data_view_id":"d")"));

  EXPECT_EQ(rule.language, QueryLanguage::kLucene);
  EXPECT_THAT(rule.indices, ElementsAre("a-*", "b"));
  EXPECT_EQ(rule.interval, std::chrono::hours(1));
  EXPECT_EQ(rule.from.text, "now-65m");
  EXPECT_EQ(rule.from.bound, WindowBound::Before(std::chrono::minutes(65)));
  EXPECT_EQ(rule.to.bound, WindowBound::Before(std::chrono::minutes(1)));
  EXPECT_EQ(rule.max_signals, 10U);
  EXPECT_FALSE(rule.is_enabled);
  EXPECT_EQ(rule.timestamp_override, "event.ingested");
  EXPECT_TRUE(rule.is_timestamp_fallback_disabled);
  EXPECT_EQ(rule.severity, RuleSeverity::kMedium);
  EXPECT_EQ(rule.risk_score, 47);
  EXPECT_EQ(rule.version, 3);
  EXPECT_THAT(rule.author, ElementsAre("X"));
  EXPECT_EQ(rule.license + rule.note + rule.setup, "Lns");
  EXPECT_THAT(rule.tags, ElementsAre("t"));
  EXPECT_THAT(rule.references, ElementsAre("https://x"));
  EXPECT_THAT(rule.false_positives, ElementsAre("f"));
  EXPECT_THAT(rule.investigation_fields, ElementsAre("host.name"));
  EXPECT_EQ(rule.rule_name_override, "message");
  EXPECT_EQ(rule.building_block_type, "default");
  ASSERT_EQ(rule.severity_mapping.size(), 1U);
  EXPECT_EQ(rule.severity_mapping[0].severity, RuleSeverity::kHigh);
  EXPECT_EQ(rule.severity_mapping[0].value, "9");
  ASSERT_EQ(rule.risk_score_mapping.size(), 1U);
  EXPECT_EQ(rule.risk_score_mapping[0].field, "e.r");
  EXPECT_EQ(rule.risk_score_mapping[0].risk_score, std::nullopt);
  EXPECT_EQ(rule.filters, R"([{"query":{"exists":{"field":"a"}}}])");
  EXPECT_EQ(rule.exceptions_list, R"([{"list_id":"l"}])");
  ASSERT_TRUE(rule.alert_suppression.has_value());
  EXPECT_EQ(rule.alert_suppression->group_by, std::vector<std::string>{"a"});
  EXPECT_EQ(rule.threat, R"([{"framework":"MITRE ATT&CK"}])");
  EXPECT_EQ(rule.saved_id + rule.data_view_id, "vd");
}

TEST(RuleReader, RoundedTimesAreBoundsToo) {
  const Rule rule = ReadOne("r.toml", TomlRule("from = \"now-24h/d\"\nto = \"now/d\""));

  ASSERT_TRUE(rule.from.bound.has_value());
  EXPECT_EQ(rule.from.bound->ToText(), "now-1d/d");
  EXPECT_EQ(rule.from.text, "now-24h/d");
  EXPECT_EQ(rule.to.bound->ToText(), "now/d");
}

TEST(RuleReader, TimesThatRunsCannotGoByAreKeptWithTheReason) {
  const Rule rule = ReadOne("r.toml", TomlRule("from = \"now-1M\"\nto = \"2026-01-01\""));

  EXPECT_FALSE(rule.from.bound.has_value());
  EXPECT_THAT(rule.from.why_no_bound, HasSubstr("months and years differ in length"));
  EXPECT_FALSE(rule.to.bound.has_value());
  EXPECT_THAT(rule.to.why_no_bound, HasSubstr("stands still"));
  EXPECT_TRUE(rule.from.math.IsRelative());
}

TEST(RuleReader, NewTermsOfTomlTakeKibanasShape) {
  const Rule rule = ReadOne("r.toml", TomlRule("type = \"new_terms\"", R"([rule.new_terms]
field = "new_terms_fields"
value = ["host.id", "process.executable"]
[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-14d"
)"));

  EXPECT_EQ(rule.type, RuleType::kNewTerms);
  EXPECT_THAT(rule.new_terms_fields, ElementsAre("host.id", "process.executable"));
  ASSERT_TRUE(rule.history_window_start);
  EXPECT_EQ(rule.history_window_start->bound, WindowBound::Before(std::chrono::days(14)));
  EXPECT_THAT(rule.document, HasSubstr(R"("new_terms_fields":["host.id","process.executable"])"));
  EXPECT_THAT(rule.document, HasSubstr(R"("history_window_start":"now-14d")"));
  EXPECT_THAT(rule.document, Not(HasSubstr(R"("new_terms":)")));
}

TEST(RuleReader, ThresholdTakesOneFieldOrSeveral) {
  const Rule several = ReadOne("r.toml", TomlRule("type = \"threshold\"", R"([rule.threshold]
field = ["host.id", "user.id"]
value = 25
[[rule.threshold.cardinality]]
field = "process.name"
value = 3
)"));
  const Rule one = ReadOne(
      "r.json", JsonRule(R"(,"type":"threshold","threshold":{"field":"host.id","value":2})"));
  const Rule none =
      ReadOne("r.json", JsonRule(R"(,"type":"threshold","threshold":{"field":"","value":2})"));

  EXPECT_THAT(several.threshold->fields, ElementsAre("host.id", "user.id"));
  EXPECT_EQ(several.threshold->value, 25);
  ASSERT_EQ(several.threshold->cardinality.size(), 1U);
  EXPECT_EQ(several.threshold->cardinality[0].field, "process.name");
  EXPECT_EQ(several.threshold->cardinality[0].value, 3);
  EXPECT_THAT(one.threshold->fields, ElementsAre("host.id"));
  EXPECT_THAT(none.threshold->fields, IsEmpty());
}

TEST(RuleReader, MachineLearningTakesOneJobOrSeveralAndNeedsNoQuery) {
  const auto rule = [](const std::string& jobs) {
    return R"({"rule_id":"m","name":"M","description":"","risk_score":1,"severity":"low",)"
           R"("type":"machine_learning","anomaly_threshold":75,"machine_learning_job_id":)" +
           jobs + "}";
  };

  const Rule one = ReadOne("r.json", rule(R"("job_a")"));
  const Rule two = ReadOne("r.json", rule(R"(["job_a","job_b"])"));

  EXPECT_EQ(one.anomaly_threshold, 75);
  EXPECT_EQ(one.language, QueryLanguage::kNone);
  EXPECT_EQ(one.query.text, "");
  EXPECT_THAT(one.machine_learning_job_ids, ElementsAre("job_a"));
  EXPECT_THAT(two.machine_learning_job_ids, ElementsAre("job_a", "job_b"));
}

TEST(RuleReader, ThreatMatchHasASecondQuery) {
  const Rule rule = ReadOne("r.toml", TomlRule(R"(type = "threat_match"
threat_query = "threat.indicator.ip : *"
threat_language = "lucene"
threat_index = ["ti-*"]
)",
                                               R"([[rule.threat_mapping]]
[[rule.threat_mapping.entries]]
field = "source.ip"
type = "mapping"
value = "threat.indicator.ip"
[[rule.threat_mapping.entries]]
field = "host.name"
type = "mapping"
value = "threat.indicator.name"
negate = true
)"));

  EXPECT_EQ(rule.threat_query.text, "threat.indicator.ip : *");
  EXPECT_EQ(rule.threat_query.origin, (LineColumn{9, 17}));
  EXPECT_EQ(rule.threat_language, QueryLanguage::kLucene);
  EXPECT_THAT(rule.threat_indices, ElementsAre("ti-*"));
  EXPECT_EQ(rule.threat_indicator_path, "threat.indicator");
  ASSERT_EQ(rule.threat_mapping.size(), 1U);
  ASSERT_EQ(rule.threat_mapping[0].size(), 2U);
  EXPECT_EQ(rule.threat_mapping[0][0].value, "threat.indicator.ip");
  EXPECT_FALSE(rule.threat_mapping[0][0].is_negated);
  EXPECT_TRUE(rule.threat_mapping[0][1].is_negated);
}

TEST(RuleReader, OtherLanguagesAreReadForALaterVersionToRun) {
  EXPECT_EQ(ReadOne("r.toml", TomlRule("type = \"eql\"\nlanguage = \"eql\"")).language,
            QueryLanguage::kEql);
  EXPECT_EQ(ReadOne("r.toml", TomlRule("type = \"esql\"")).language, QueryLanguage::kEsql);
  EXPECT_EQ(ReadOne("r.toml", TomlRule("type = \"saved_query\"\nsaved_id = \"s\"")).type,
            RuleType::kSavedQuery);
}

TEST(RuleReader, GuideBlocksOfTomlAreFilledIntoTheNote) {
  const Rule rule = ReadOne("r.toml", TomlRule("note = '''\n"
                                               "a $investigate_0, b $osquery_1 c $osquery_0.\n"
                                               "$HOME and $5'''",
                                               R"([[transform.osquery]]
label = "First"
query = "SELECT \"x\" FROM y"
[[transform.osquery]]
query = "SELECT 2"
label = "Second"
[[transform.investigate]]
label = "Inv"
providers = [[{excluded = false, field = "host.id", value = "{{host.id}}"}]]
)"));

  EXPECT_EQ(rule.note,
            R"(a !{investigate{"label":"Inv","providers":[[{"excluded":false,"field":"host.id",)"
            R"("value":"{{host.id}}"}]]}}, b !{osquery{"label":"Second","query":"SELECT 2"}} c )"
            "!{osquery{\"label\":\"First\",\"query\":\"SELECT \\\"x\\\" FROM y\"}}.\n$HOME and $5");
}

TEST(RuleReader, MetadataOfTomlIsKeptBesideTheRule) {
  const Rule rule =
      ReadOne("r.toml", TomlRule("",
                                 "[metadata]\nmaturity = \"production\"\nyears = [2024]\n"
                                 "day = 2024-05-01\n"));

  EXPECT_EQ(rule.metadata, R"({"day":"2024-05-01","maturity":"production","years":[2024]})");
  EXPECT_THAT(rule.document, Not(HasSubstr("maturity")));
}

TEST(RuleReader, UnknownKeysAreKeptAndWarnedAbout) {
  const ReadRules read = ReadRuleFile("r.toml", TomlRule("max_signal = 5\nours = {a = [1.5]}"));

  ASSERT_EQ(read.rules.size(), 1U);
  EXPECT_EQ(Codes(read), "rule.unknown_key@9:1 rule.unknown_key@10:1");
  EXPECT_EQ(read.diagnostics[0].hint, "did you mean `max_signals`?");
  EXPECT_EQ(read.diagnostics[0].severity, Severity::kWarning);
  EXPECT_THAT(read.rules[0].document, HasSubstr(R"("max_signal":5)"));
  EXPECT_THAT(read.rules[0].document, HasSubstr(R"("ours":{"a":[1.5]})"));
}

TEST(RuleReader, AKibanaExportGivesItsRulesAndKeepsWhatTravelsAlong) {
  const ReadRules read =
      ReadRuleFile("export.ndjson",
                   JsonRule("", "a") + "\n" + JsonRule("", "b") + "\r\n\n" +
                       R"({"list_id":"l1","type":"detection","name":"L","namespace_type":"single"})"
                       "\n"
                       R"({"item_id":"i1","list_id":"l1","entries":[],"type":"simple","name":"I"})"
                       "\n"
                       R"({"id":"c1","type":"action","attributes":{"actionTypeId":".email"}})"
                       "\n"
                       R"({"exported_count":5,"exported_rules_count":2,"missing_rules":[]})"
                       "\n");

  EXPECT_EQ(Codes(read), "");
  ASSERT_EQ(read.rules.size(), 2U);
  EXPECT_EQ(read.rules[1].rule_id, "b");
  EXPECT_EQ(read.rules[1].where, (LineColumn{2, 1}));
  ASSERT_EQ(read.asides.size(), 3U);
  EXPECT_EQ(read.asides[0].kind, AsideDocument::Kind::kExceptionList);
  EXPECT_EQ(read.asides[0].id, "l1");
  EXPECT_EQ(read.asides[1].kind, AsideDocument::Kind::kExceptionItem);
  EXPECT_THAT(read.asides[1].document, HasSubstr(R"("item_id":"i1")"));
  EXPECT_EQ(read.asides[1].where, (LineColumn{5, 1}));
  EXPECT_EQ(read.asides[2].kind, AsideDocument::Kind::kConnector);
  EXPECT_EQ(read.num_rejected, 0U);
}

TEST(RuleReader, ARuleOnItsOwnOrInAListIsReadWhateverTheFileIsCalled) {
  const std::string list = "[" + JsonRule("", "a") + ",\n " + JsonRule("", "b") + "]";

  for (const char* name : {"r.json", "r.ndjson", "-"}) {
    EXPECT_EQ(ReadRuleFile(name, list).rules.size(), 2U) << name;
    EXPECT_EQ(ReadRuleFile(name, JsonRule()).rules.size(), 1U) << name;
    EXPECT_EQ(ReadRuleFile(name, JsonRule("", "a") + "\n" + JsonRule("", "b")).rules.size(), 2U)
        << name;
  }
  EXPECT_EQ(ReadRuleFile("-", TomlRule()).rules.size(), 1U);
  EXPECT_EQ(ReadRuleFile("-", "[ [rule]").rules.size(), 0U);
}

TEST(RuleReader, AJsonRuleMaySpreadOverLines) {
  const Rule rule = ReadOne("r.json",
                            "{\n  \"rule_id\": \"r\", \"name\": \"N\",\n"
                            "  \"description\": \"\", \"risk_score\": 1,\n"
                            "  \"severity\": \"low\", \"type\": \"query\",\n"
                            "  \"query\": \"a : b\"\n}\n");

  EXPECT_EQ(rule.query.origin, (LineColumn{5, 13}));
  EXPECT_EQ(rule.PlaceOf("/severity"), (LineColumn{4, 15}));
}

TEST(RuleReader, JobsAreToldFromRulesAndKeptAsTheyAre) {
  const std::string job =
      R"({"job_id":"j1","analysis_config":{"bucket_span":"15m","detectors":[]},"x":1.0})";

  const ReadRules one = ReadRuleFile("job.json", job);
  const ReadRules mixed = ReadRuleFile("all.ndjson", JsonRule() + "\n" + job);

  ASSERT_EQ(one.jobs.size(), 1U);
  EXPECT_EQ(Codes(one), "");
  EXPECT_EQ(one.jobs[0].job_id, "j1");
  EXPECT_EQ(one.jobs[0].document,
            R"({"analysis_config":{"bucket_span":"15m","detectors":[]},"job_id":"j1","x":1.0})");
  EXPECT_EQ(mixed.rules.size(), 1U);
  ASSERT_EQ(mixed.jobs.size(), 1U);
  EXPECT_EQ(mixed.jobs[0].where, (LineColumn{2, 1}));
}

TEST(RuleReader, AByteOrderMarkIsNoPartOfTheRule) {
  const Rule rule = ReadOne("r.json", "\xEF\xBB\xBF" + JsonRule());

  EXPECT_EQ(rule.where, (LineColumn{1, 1}));
  EXPECT_EQ(ReadRuleFile("r.toml", "\xEF\xBB\xBF" + TomlRule()).rules.size(), 1U);
}

TEST(RuleReader, NumbersKeepTheirKindAndValueInTheDocument) {
  const Rule rule = ReadOne(
      "r.json", JsonRule(R"(,"meta":[0,-1,9223372036854775807,18446744073709551615,21.0,0.1,)"
                         R"(1e300,-0.0,"\u00e9\ud83d\ude00\u0001",null,true,{}])"));

  EXPECT_THAT(rule.document,
              HasSubstr("\"meta\":[0,-1,9223372036854775807,18446744073709551615,21.0,0.1,1e+300,"
                        "-0.0,\"\xC3\xA9\xF0\x9F\x98\x80\\u0001\",null,true,{}]"));
  EXPECT_EQ(ReadOne("again.json", rule.document).document, rule.document);
}

TEST(RuleReader, WholeNumbersMayBeWrittenWithAPoint) {
  EXPECT_EQ(ReadOne("r.json", JsonRule(R"(,"max_signals":20.0)")).max_signals, 20U);
}

TEST(RuleReader, NullIsAsGoodAsAbsent) {
  const Rule rule = ReadOne("r.json", JsonRule(R"(,"timestamp_override":null,"index":null)"));

  EXPECT_EQ(rule.timestamp_override, "");
  EXPECT_THAT(rule.document, HasSubstr(R"("index":null)"));
}

TEST(RuleReader, PlacesLeadToPartsOfTheRuleAndToTheNearestKnownAbove) {
  const Rule rule = ReadOne("r.toml", TomlRule("type = \"new_terms\"", R"([rule.new_terms]
field = "new_terms_fields"
value = ["a", "b"]
[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-14d"
)"));

  EXPECT_EQ(rule.PlaceOf("/new_terms_fields/1"), (LineColumn{11, 15}));
  EXPECT_EQ(rule.PlaceOf("/new_terms_fields/1/deeper/still"), (LineColumn{11, 15}));
  EXPECT_EQ(rule.PlaceOf("/history_window_start"), (LineColumn{14, 9}));
  EXPECT_EQ(rule.PlaceOf("/nothing"), rule.where);
  EXPECT_EQ(rule.Remark("/severity", Severity::kNotYet, "c", "m").where, (LineColumn{6, 12}));
}

}  // namespace
}  // namespace tripline::compiler
