#include "runtime/alert_ancestry.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/alert.h"
#include "runtime/alert_rule.h"

namespace tripline::runtime {
namespace {

RuleSpec RuleNamed(const std::string& rule_id, const std::string& members = "") {
  RuleSpec rule;
  rule.rule_id = rule_id;
  rule.document = R"({"rule_id":")" + rule_id + "\"" + members + "}";
  return rule;
}

// The alert that `rule` gives on `event`.
std::string AlertOn(const std::string& event, const RuleSpec& rule) {
  const Finding finding{
      .event = {.time = Timestamp(), .document = EventSource("i", "1", event).Keep()}, .term = {}};
  return AlertBuilder::Make(rule)->Build(finding, Timestamp()).json;
}

TEST(AlertAncestry, NamesTheRuleOfAnAlertAndThoseBefore) {
  const RuleSpec first = RuleNamed("first");
  const RuleSpec second = RuleNamed("second");
  const RuleSpec third = RuleNamed("third");

  const std::string alert = AlertOn(AlertOn(R"({"a":1})", first), second);

  EXPECT_TRUE(AlertAncestry::Of(first).Names(alert));
  EXPECT_TRUE(AlertAncestry::Of(second).Names(alert));
  EXPECT_FALSE(AlertAncestry::Of(third).Names(alert));
}

TEST(AlertAncestry, ReadsNestedAndDottedFieldsAndTheClustersOwnId) {
  const AlertAncestry ancestry = AlertAncestry::Of(RuleNamed("r", R"(,"id":"saved-object")"));

  EXPECT_TRUE(ancestry.Names(R"({"kibana":{"alert":{"rule":{"rule_id":"r"}}}})"));
  EXPECT_TRUE(ancestry.Names(R"({"kibana.alert":{"rule.rule_id":["r"]}})"));
  EXPECT_TRUE(ancestry.Names(R"({"kibana.alert.rule.uuid":"saved-object"})"));
  EXPECT_TRUE(ancestry.Names(R"({"kibana.alert.ancestors":[{"id":"x"},{"rule":"saved-object"}]})"));
  EXPECT_TRUE(ancestry.Names(R"({"kibana":{"alert.ancestors":{"rule":")" +
                             RuleUuid(RuleNamed("r")) + R"("}}})"));
}

TEST(AlertAncestry, OtherEventsDoNotNameIt) {
  const AlertAncestry ancestry = AlertAncestry::Of(RuleNamed("r"));

  for (const std::string& event :
       {std::string(R"({"rule":"r","kibana":{"version":"r"}})"),
        std::string(R"({"kibana.alert.rule.rule_id":"R"})"),
        std::string(R"({"kibana.alert.rule.rule_id":{"x":"r"}})"), std::string("kibana"),
        std::string("[]"), std::string(2'000'000, '['),
        R"({"kibana.alert.ancestors":)" + std::string(900, '[') + std::string(900, ']') + "}"}) {
    EXPECT_FALSE(ancestry.Names(event)) << event.substr(0, 80);
  }
}

}  // namespace
}  // namespace tripline::runtime
