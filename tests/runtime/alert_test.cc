#include "runtime/alert.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/alert_reason.h"
#include "runtime/alert_rule.h"
#include "runtime/digest.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

const Timestamp kRunAt = *ParseDate("2026-05-01T10:05:00Z");
const Timestamp kEventTime = *ParseDate("2026-05-01T10:03:04.005Z");

RuleSpec Rule() {
  RuleSpec rule;
  rule.rule_id = "rule-1";
  rule.name = "Odd Program";
  rule.type = RuleType::kNewTerms;
  rule.severity = RuleSeverity::kHigh;
  rule.risk_score = 73;
  rule.indices = {"logs-*"};
  rule.document = R"({"rule_id":"rule-1","name":"Odd Program","type":"new_terms","interval":"5m",
      "query":"process.name: *","language":"kuery","new_terms_fields":["process.name"],
      "tags":["OS: Linux"],"max_signals":100,"enabled":true,
      "threat":[{"framework":"MITRE ATT&CK","tactic":{"id":"TA0011"}}],
      "meta":{"from":"1m","kibana":{"x":1}}})";
  return rule;
}

Finding FindingOf(std::string_view json, std::string term = "", std::string_view index = "logs-1",
                  std::string_view id = "abc") {
  return {.event = {.time = kEventTime, .document = EventSource(index, id, json).Keep()},
          .term = std::move(term)};
}

Json AlertOf(std::string_view event, const RuleSpec& rule = Rule()) {
  const Result<AlertBuilder> builder = AlertBuilder::Make(rule);
  EXPECT_TRUE(builder.has_value());
  return Json::parse(builder->Build(FindingOf(event, StringTerm("xmrig")), kRunAt).json);
}

// The rule with further members of its document.
RuleSpec RuleWith(const std::string& members) {
  RuleSpec rule = Rule();
  rule.document.replace(0, 1, "{" + members + ",");
  return rule;
}

TEST(AlertBuilder, TakesTheNameThatTheEventGives) {
  const RuleSpec rule = RuleWith(R"("rule_name_override":"message")");

  const Json named = AlertOf(R"({"message":"Malware found"})", rule);
  EXPECT_EQ(named["kibana.alert.rule.name"], "Malware found");
  EXPECT_EQ(named["kibana.alert.reason"], "event created high alert Malware found.");
  for (const char* const event : {R"({"message":["a","b"]})", R"({"message":["a"]})",
                                  R"({"message":5})", R"({"message":null})", R"({})"}) {
    EXPECT_EQ(AlertOf(event, rule)["kibana.alert.rule.name"], "Odd Program") << event;
  }
}

TEST(AlertBuilder, TakesTheHighestSeverityThatTheEventMapsTo) {
  const RuleSpec rule = RuleWith(
      R"("severity_mapping":[{"field":"a.b","operator":"equals","value":"x","severity":"critical"},)"
      R"({"field":"a.b","operator":"equals","value":"y","severity":"low"},)"
      R"({"field":"n","operator":"equals","value":"7","severity":"medium"},)"
      R"({"field":"event.severity","operator":"equals","value":"47","severity":"low"}])");

  const auto severity = [&](const char* event) {
    const Json alert = AlertOf(event, rule);
    EXPECT_EQ(alert["kibana.alert.rule.severity"], "high");  // the rule's stays
    return alert["kibana.alert.severity"].get<std::string>();
  };
  EXPECT_EQ(severity(R"({"a":{"b":"y"}})"), "low");
  EXPECT_EQ(severity(R"({"a":{"b":["y","x"]}})"), "critical");
  EXPECT_EQ(severity(R"({"a.b":"y","n":7})"), "medium");
  EXPECT_EQ(severity(R"({"n":"7"})"), "medium");
  EXPECT_EQ(severity(R"({"event":{"severity":47}})"), "low");
  EXPECT_EQ(severity(R"({"event":{"severity":"47"}})"), "high");
  EXPECT_EQ(severity(R"({"a":{"b":"z"}})"), "high");
  EXPECT_EQ(AlertOf(R"({"a":{"b":"y"}})", rule)["kibana.alert.reason"],
            "event created low alert Odd Program.");
}

TEST(AlertBuilder, TakesTheRiskScoreThatTheEventHas) {
  const RuleSpec rule = RuleWith(
      R"("risk_score_mapping":[{"field":"event.risk_score","operator":"equals","value":""},)"
      R"({"field":"other","operator":"equals","value":""}])");

  const auto score = [&](const char* event) {
    const Json alert = AlertOf(event, rule);
    EXPECT_EQ(alert["kibana.alert.rule.risk_score"], 73);  // the rule's stays
    return alert["kibana.alert.risk_score"].get<int>();
  };
  EXPECT_EQ(score(R"({"event":{"risk_score":99}})"), 99);
  EXPECT_EQ(score(R"({"event":{"risk_score":"21"}})"), 21);
  EXPECT_EQ(score(R"({"event":{"risk_score":[5,80,101,"x"]}})"), 80);
  for (const char* const event :
       {R"({"event":{"risk_score":101}})", R"({"event":{"risk_score":-1}})",
        R"({"event":{"risk_score":1.5}})", R"({"event":{"risk_score":true}})",
        R"({"event":{"risk_score":1e300}})", R"({"other":5})", R"({})"}) {
    EXPECT_EQ(score(event), 73) << event;
  }
}

TEST(AlertBuilder, FillsTheGuideFromTheEvent) {
  const RuleSpec rule = RuleWith(
      R"("note":"{{user.name}} at {{host.ip}}, {{a.b.c}}; {{port}} {{ok}} {{none}} {{gone}} {{o}} )"
      R"({{kibana.alert.new_terms}} !{osquery{\"query\":\"{{user.name}}\"}}")");

  const Json alert =
      AlertOf(R"({"user":{"name":"root"},"host.ip":["::1",null,["10.0.0.1"]],"a":[{"b":{"c":1}},)"
              R"({"b.c":["x"]}],"port":22,"ok":true,"none":null,"gone":[],"o":{"p":1}})",
              rule);

  EXPECT_EQ(alert["kibana.alert.rule.note"],
            "root at ::1, 10.0.0.1, 1, x; 22 true {{none}} {{gone}} {{o}} xmrig "
            R"(!{osquery{"query":"{{user.name}}"}})");
  EXPECT_EQ(alert["kibana.alert.rule.parameters"]["note"].get<std::string>().substr(0, 13),
            "{{user.name}}")
      << "as it was published";
}

TEST(AlertBuilder, AHugeValueLeavesTheGuideSmall) {
  const RuleSpec rule = RuleWith(R"("note":"{{v}} {{list}}")");
  Json event = {{"v", std::string(1'000'000, 'x')}, {"list", Json::array()}};
  for (int i = 0; i < 100'000; ++i) {
    event["list"].push_back(i);
  }

  const Json alert = AlertOf(event.dump(), rule);

  EXPECT_LT(alert["kibana.alert.rule.note"].get<std::string>().size(), 2'100U);
}

TEST(AlertBuilder, KeepsRiskAndCriticalityWhereTheEventHasThem) {
  const Json alert = AlertOf(
      R"({"host":{"asset":{"criticality":"high_impact"},"risk":{"calculated_level":"Low"}},)"
      R"("user.asset.criticality":"low_impact"})");

  EXPECT_EQ(alert["host"]["risk"]["calculated_level"], "Low");
  EXPECT_EQ(alert["host"]["asset"]["criticality"], "high_impact");
  EXPECT_EQ(alert["kibana.alert.host.criticality_level"], "high_impact");
  EXPECT_EQ(alert["kibana.alert.user.criticality_level"], "low_impact");
  EXPECT_FALSE(AlertOf(R"({"a":1})").contains("kibana.alert.host.criticality_level"));
}

TEST(AlertBuilder, PassesOverMappingsThatAreNone) {
  for (const char* const members :
       {R"("severity_mapping":5)", R"("severity_mapping":[5,{"field":7,"severity":"odd"}])",
        R"("risk_score_mapping":{})", R"("risk_score_mapping":[3])", R"("rule_name_override":9)"}) {
    const Json alert = AlertOf(R"({"a":1})", RuleWith(members));
    EXPECT_EQ(alert["kibana.alert.severity"], "high") << members;
    EXPECT_EQ(alert["kibana.alert.risk_score"], 73) << members;
  }
}

TEST(AlertBuilder, KeepsTheEventAndLaysTheAlertOverIt) {
  const Json alert = AlertOf(R"({"@timestamp":"2026-05-01T10:03:04.005Z","process":{"name":"x"},
      "event":{"kind":"event","category":["network"]},"labels":{"a":1}})");

  EXPECT_EQ(alert["process"]["name"], "x");
  EXPECT_EQ(alert["labels"]["a"], 1);
  EXPECT_EQ(alert["@timestamp"], "2026-05-01T10:05:00.000Z");
  EXPECT_EQ(alert["kibana.alert.original_time"], "2026-05-01T10:03:04.005Z");
  EXPECT_EQ(alert["event"]["kind"], "signal");
  EXPECT_EQ(alert["event"]["category"], Json({"network"}));
  EXPECT_EQ(alert["kibana.alert.original_event.kind"], "event");
  EXPECT_EQ(alert["kibana.alert.original_event.category"], Json({"network"}));
  EXPECT_EQ(alert["kibana.alert.new_terms"], Json({"xmrig"}));
  EXPECT_EQ(alert["kibana.alert.status"], "active");
  EXPECT_EQ(alert["kibana.alert.workflow_status"], "open");
  EXPECT_EQ(alert["kibana.alert.severity"], "high");
  EXPECT_EQ(alert["kibana.alert.risk_score"], 73);
  EXPECT_EQ(alert["kibana.alert.depth"], 1);
  EXPECT_EQ(alert["kibana.alert.ancestors"],
            Json::parse(R"([{"id":"abc","index":"logs-1","type":"event","depth":0}])"));
  EXPECT_EQ(alert["kibana.space_ids"], Json({"default"}));
}

TEST(AlertBuilder, KnowsDottedKeysToo) {
  const Json alert = AlertOf(
      R"({"event.kind":"event","event.action":"start","data_stream.dataset":"d","host.name":"h"})");

  EXPECT_EQ(alert["event.kind"], "signal");
  EXPECT_FALSE(alert.contains("event"));
  EXPECT_EQ(alert["kibana.alert.original_event.kind"], "event");
  EXPECT_EQ(alert["kibana.alert.original_event.action"], "start");
  EXPECT_EQ(alert["kibana.alert.original_data_stream.dataset"], "d");
  EXPECT_EQ(alert["kibana.alert.reason"], "event on h created high alert Odd Program.");
}

TEST(AlertBuilder, CallsItASignalWhateverTheEventCallsItself) {
  EXPECT_EQ(AlertOf("{}")["event"]["kind"], "signal");
  EXPECT_EQ(AlertOf(R"({"event":"text"})")["event.kind"], "signal");
  EXPECT_EQ(AlertOf(R"({"event":{"kind":"a"},"event.kind":"b"})")["event"]["kind"], "signal");
  EXPECT_FALSE(AlertOf(R"({"event":{"kind":"a"},"event.kind":"b"})").contains("event.kind"));
}

TEST(AlertBuilder, TakesOutWhatOnlyAnAlertMaySay) {
  const Json alert = AlertOf(R"({"kibana":{"alert":{"uuid":"forged"}},"signal":{"a":1},
      "threshold_result":{},"kibana.alert.uuid":"forged","kibana.alert.url":"forged",
      "signal.b":1,"signals":"stays"})");

  EXPECT_FALSE(alert.contains("kibana"));
  EXPECT_FALSE(alert.contains("signal"));
  EXPECT_FALSE(alert.contains("signal.b"));
  EXPECT_FALSE(alert.contains("threshold_result"));
  EXPECT_FALSE(alert.contains("kibana.alert.url"));
  EXPECT_NE(alert["kibana.alert.uuid"], "forged");
  EXPECT_EQ(alert["signals"], "stays");
}

TEST(AlertBuilder, RepeatsTheRule) {
  const Json alert = AlertOf("{}");

  EXPECT_EQ(alert["kibana.alert.rule.rule_id"], "rule-1");
  EXPECT_EQ(alert["kibana.alert.rule.name"], "Odd Program");
  EXPECT_EQ(alert["kibana.alert.rule.type"], "new_terms");
  EXPECT_EQ(alert["kibana.alert.rule.rule_type_id"], "siem.newTermsRule");
  EXPECT_EQ(alert["kibana.alert.rule.category"], "New Terms Rule");
  EXPECT_EQ(alert["kibana.alert.rule.indices"], Json({"logs-*"}));
  EXPECT_EQ(alert["kibana.alert.rule.tags"], Json({"OS: Linux"}));
  EXPECT_EQ(alert["kibana.alert.rule.threat"][0]["tactic"]["id"], "TA0011");
  EXPECT_EQ(alert["kibana.alert.rule.false_positives"], Json::array());
  EXPECT_EQ(alert["kibana.alert.rule.meta.kibana.x"], 1);
  const Json& parameters = alert["kibana.alert.rule.parameters"];
  EXPECT_EQ(parameters["query"], "process.name: *");
  EXPECT_EQ(parameters["new_terms_fields"], Json({"process.name"}));
  EXPECT_FALSE(parameters.contains("name"));
  EXPECT_FALSE(parameters.contains("tags"));
  EXPECT_FALSE(alert.contains("kibana.alert.rule.note"));
}

TEST(AlertBuilder, GivesTheSameBytesForTheSameFinding) {
  const Finding finding = FindingOf(R"({"b":1,"a":{"d":1,"c":2}})", IntegerTerm(7));

  const Alert first = AlertBuilder::Make(Rule())->Build(finding, kRunAt);
  const Alert second = AlertBuilder::Make(Rule())->Build(finding, kRunAt);

  EXPECT_EQ(first.json, second.json);
  EXPECT_EQ(first.json.find('\n'), std::string::npos);
  EXPECT_EQ(Json::parse(first.json)["kibana.alert.uuid"], first.id);
}

TEST(AlertBuilder, NamesARunByRuleAndTime) {
  const AlertBuilder builder = *AlertBuilder::Make(Rule());
  const auto run_of = [&](Timestamp run_at) {
    return Json::parse(
        builder.Build(FindingOf("{}"), run_at).json)["kibana.alert.rule.execution.uuid"];
  };

  EXPECT_EQ(run_of(kRunAt), run_of(kRunAt));
  EXPECT_NE(run_of(kRunAt), run_of(kRunAt + Milliseconds(1)));
}

TEST(AlertBuilder, ExtendsTheAncestorsOfAnEventThatIsAnAlert) {
  const Json alert = AlertOf(
      R"({"kibana.alert.depth":1,"kibana.alert.rule.uuid":"u",
          "kibana.alert.ancestors":[{"id":"x","type":"event","index":"i","depth":0}]})");

  EXPECT_EQ(alert["kibana.alert.depth"], 2);
  ASSERT_EQ(alert["kibana.alert.ancestors"].size(), 2U);
  EXPECT_EQ(alert["kibana.alert.ancestors"][1]["type"], "signal");
  EXPECT_EQ(alert["kibana.alert.ancestors"][1]["rule"], "u");
}

TEST(AlertBuilder, SurvivesHostileEvents) {
  const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
  EXPECT_EQ(AlertOf(R"({"process":)" + deep + "}")["kibana.alert.rule.rule_id"], "rule-1");
  EXPECT_EQ(AlertOf("not json")["kibana.alert.rule.rule_id"], "rule-1");
  EXPECT_EQ(AlertOf("[1]")["kibana.alert.rule.rule_id"], "rule-1");
  EXPECT_EQ(AlertOf(R"({"kibana.alert.depth":18446744073709551615})")["kibana.alert.depth"], 1);
  EXPECT_EQ(
      AlertOf(R"({"kibana.alert.depth":-1,"kibana.alert.ancestors":7})")["kibana.alert.depth"], 1);
}

TEST(AlertBuilder, KeepsEventsThatOnlyTheExactReaderTakes) {
  const Json alert = AlertOf(R"({"a":"x\ud800","b":123456789012345678901,"c":1e999,"d":1})");

  EXPECT_EQ(alert["a"], "x\xEF\xBF\xBD");
  EXPECT_EQ(alert["b"], "123456789012345678901");
  EXPECT_EQ(alert["c"], "1e999");
  EXPECT_EQ(alert["d"], 1);
}

TEST(AlertBuilder, RefusesARuleWhoseDocumentIsNotAnObject) {
  RuleSpec rule = Rule();
  for (const std::string document : {"", "[]", "{", "7"}) {
    rule.document = document;
    ASSERT_FALSE(AlertBuilder::Make(rule).has_value());
    EXPECT_EQ(AlertBuilder::Make(rule).error().code, ErrorCode::kInvalid);
  }
}

TEST(AlertId, DependsOnRuleEventAndTermAlone) {
  const Finding finding = FindingOf(R"({"a":1})", StringTerm("x"));
  const std::string id = AlertId("rule-1", finding);

  EXPECT_EQ(id.size(), 64U);
  EXPECT_EQ(AlertId("rule-1", FindingOf(R"({"a":2})", StringTerm("x"))), id);  // same _id
  EXPECT_NE(AlertId("rule-2", finding), id);
  EXPECT_NE(AlertId("rule-1", FindingOf(R"({"a":1})", StringTerm("y"))), id);
  EXPECT_NE(AlertId("rule-1", FindingOf(R"({"a":1})")), id);
  EXPECT_NE(AlertId("rule-1", FindingOf(R"({"a":1})", StringTerm("x"), "logs-2")), id);
  EXPECT_NE(AlertId("rule-1", FindingOf(R"({"a":1})", StringTerm("x"), "logs-1", "abd")), id);
}

TEST(AlertId, IsTheHashThatTheDocumentationSpellsOut) {
  const auto text = [](std::string_view bytes) {
    std::string out(4, '\0');
    out[0] = static_cast<char>(bytes.size());
    return out.append(bytes);
  };

  EXPECT_EQ(AlertId("rule-1", FindingOf("{}", StringTerm("x") + IntegerTerm(443))),
            Sha256Hex(text("tripline alert 1") + text("rule-1") + text("hit") + text("logs-1") +
                      text("abc") + text(R"(["x",443])")));
}

TEST(AlertId, DoesNotDependOnTheIndexWhereTheEventHasNoId) {
  EXPECT_EQ(AlertId("r", FindingOf(R"({"a":1,"b":2})", "", "", "")),
            AlertId("r", FindingOf(R"({"b":2,"a":1})", "", "other", "")));
}

TEST(ReasonSentence, NamesWhatIsThere) {
  EXPECT_EQ(ReasonSentence({.category = "network",
                            .process = "xmrig",
                            .parent_process = "bash",
                            .file = "f",
                            .source_address = "54.1.2.3",
                            .source_port = "40000",
                            .destination_address = "5.6.7.8",
                            .destination_port = "443",
                            .user = "root",
                            .host = "web-1"},
                           "low", "Odd Program"),
            "network event with process xmrig, parent process bash, file f, source 54.1.2.3:40000, "
            "destination 5.6.7.8:443, by root on web-1 created low alert Odd Program.");
  EXPECT_EQ(ReasonSentence({.category = {},
                            .process = {},
                            .parent_process = {},
                            .file = {},
                            .source_address = {},
                            .source_port = {},
                            .destination_address = {},
                            .destination_port = {},
                            .user = {},
                            .host = {}},
                           "high", "X"),
            "event created high alert X.");
}

TEST(AlertBuilder, TellsTheReasonFromTheEvent) {
  const Json alert = AlertOf(
      R"({"event":{"category":["network","process"]},"process":{"name":"x","parent":{"name":"p"}},
          "source":{"ip":"1.2.3.4","port":5},"destination":{"address":"d","ip":"9.9.9.9"},
          "user":{"name":"root"}})");

  EXPECT_EQ(alert["kibana.alert.reason"],
            "network, process event with process x, parent process p, source 1.2.3.4:5, "
            "destination d, by root created high alert Odd Program.");
}

TEST(UuidOf, LooksLikeAUuidAndDependsOnItsText) {
  const std::string uuid = UuidOf("a");

  EXPECT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '8');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_EQ(UuidOf("a"), uuid);
  EXPECT_NE(UuidOf("b"), uuid);
}

}  // namespace
}  // namespace tripline::runtime
