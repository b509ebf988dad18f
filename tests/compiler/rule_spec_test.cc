// What is said of the fields that a rule names beside its query.
#include "compiler/rule_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "tests/compiler/lint_cases.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Diagnostics SaidOf(const std::string& members, const FieldTypes* mapping = nullptr) {
  const ReadRules read = ReadRuleFile("rule.json", JsonRule(members));
  EXPECT_EQ(Codes(read), "");
  Diagnostics said;
  for (const Rule& rule : read.rules) {
    std::ignore = DescribeRule(rule, {}, {mapping, &EcsFields()}, said);
  }
  return said;
}

std::vector<std::string> CodesOf(const std::string& members, const FieldTypes* mapping = nullptr) {
  std::vector<std::string> codes;
  for (const Diagnostic& about : SaidOf(members, mapping)) {
    codes.push_back(about.code);
  }
  return codes;
}

TEST(RuleSpec, UnknownFieldsOfMappingsAndOverridesAreSaid) {
  EXPECT_THAT(CodesOf(R"(,"rule_name_override":"proces.name")"), ElementsAre("field.unknown"));
  EXPECT_THAT(CodesOf(R"(,"timestamp_override":"event.ingestd")"), ElementsAre("field.unknown"));
  EXPECT_THAT(CodesOf(R"(,"risk_score_mapping":[{"field":"event.risk_scor","operator":"equals",
                         "value":""}])"),
              ElementsAre("field.unknown"));
  const Diagnostics said = SaidOf(R"(,"severity_mapping":[
      {"field":"event.severit","operator":"equals","value":"1","severity":"low"},
      {"field":"event.severit","operator":"equals","value":"2","severity":"high"}])");
  ASSERT_EQ(said.size(), 1U) << "once a field";
  EXPECT_EQ(said[0].severity, Severity::kWarning);
  EXPECT_THAT(said[0].hint, HasSubstr("event.severity"));
}

TEST(RuleSpec, KnownFieldsOfMappingsAndOverridesAreNotSaid) {
  EXPECT_THAT(CodesOf(R"(,"rule_name_override":"process.name","timestamp_override":"event.ingested",
      "severity_mapping":[{"field":"event.severity","operator":"equals","value":"1",
      "severity":"low"}])"),
              IsEmpty());
}

runtime::WindowMath WindowOf(const std::string& members) {
  const ReadRules read = ReadRuleFile("rule.json", JsonRule(members));
  EXPECT_EQ(Codes(read), "");
  Diagnostics said;
  return DescribeRule(read.rules.at(0), {}, {nullptr, &EcsFields()}, said).spec.window;
}

TEST(RuleSpec, WindowsAreAnyDateMathOfFixedLengths) {
  const std::string history = R"(,"type":"new_terms","new_terms_fields":["user.name"])";

  const runtime::WindowMath window =
      WindowOf(history + R"(,"from":"now-1d/d","to":"now/d","history_window_start":"now-2w/w")");

  EXPECT_EQ(window.from.ToText(), "now-1d/d");
  EXPECT_EQ(window.to.ToText(), "now/d");
  EXPECT_EQ(window.history_start.ToText(), "now-14d/w");
  EXPECT_THAT(CodesOf(R"(,"from":"now-1d/d","to":"now-10m")"), IsEmpty());
  EXPECT_THAT(CodesOf(R"(,"from":"now-1h","to":"now/M")"), IsEmpty());
}

TEST(RuleSpec, WindowsThatRunsCannotGoByAreNotYet) {
  const auto message = [](const std::string& members) {
    const Diagnostics said = SaidOf(members);
    return said.size() == 1 && said[0].code == "not_yet.window" ? said[0].message
                                                                : "not one not_yet.window";
  };

  EXPECT_THAT(message(R"(,"from":"now-1M")"),
              HasSubstr("windows by `now-1M` are not run: months and years differ in length"));
  EXPECT_THAT(message(R"(,"from":"2026-01-01")"), HasSubstr("stands still"));
  EXPECT_THAT(message(R"(,"from":"now-200000d")"), HasSubstr("more than 100 years"));
  EXPECT_THAT(message(R"(,"to":"now+5m")"), HasSubstr("windows end at `now` or before"));
  EXPECT_THAT(message(R"(,"to":"now+1d/d")"), HasSubstr("windows end at `now` or before"));
  EXPECT_THAT(message(R"(,"from":"now-5m","to":"now-10m")"), HasSubstr("is empty in every run"));
  EXPECT_THAT(message(R"(,"from":"now")"), HasSubstr("is empty in every run"));
  EXPECT_THAT(message(R"(,"type":"new_terms","new_terms_fields":["user.name"],)"
                      R"("history_window_start":"now-1y")"),
              HasSubstr("windows by `now-1y` are not run"));
}

TEST(RuleSpec, ATimestampThatEcsKnowsAsAnotherTypeIsAnError) {
  EXPECT_THAT(CodesOf(R"(,"timestamp_override":"user.name")"), ElementsAre("rule.timestamp_type"));
  const FieldTypes mapping = *FieldTypes::FromMapping(
      "m", R"({"mappings":{"properties":{"my_time":{"type":"keyword"}}}})");
  EXPECT_THAT(CodesOf(R"(,"timestamp_override":"my_time")", &mapping), IsEmpty())
      << "texts that hold dates";
}

}  // namespace
}  // namespace tripline::compiler
