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

TEST(RuleSpec, ATimestampThatEcsKnowsAsAnotherTypeIsAnError) {
  EXPECT_THAT(CodesOf(R"(,"timestamp_override":"user.name")"), ElementsAre("rule.timestamp_type"));
  const FieldTypes mapping = *FieldTypes::FromMapping(
      "m", R"({"mappings":{"properties":{"my_time":{"type":"keyword"}}}})");
  EXPECT_THAT(CodesOf(R"(,"timestamp_override":"my_time")", &mapping), IsEmpty())
      << "texts that hold dates";
}

}  // namespace
}  // namespace tripline::compiler
