// Fields are named as Kibana's alert documents name them; a rule document in Kibana's API shape has
// most of them under the same name already. docs/alerts.md has the list.
#include "runtime/alert_rule.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "runtime/digest.h"
#include "runtime/event.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRule = "kibana.alert.rule.";
constexpr std::uint32_t kMaxDepth = 200;

struct TypeNames {
  std::string_view rule_type_id;
  std::string_view category;
};

TypeNames NamesOf(RuleType type) {
  switch (type) {
    case RuleType::kQuery:
      return {"siem.queryRule", "Custom Query Rule"};
    case RuleType::kNewTerms:
      return {"siem.newTermsRule", "New Terms Rule"};
    case RuleType::kThreshold:
      return {"siem.thresholdRule", "Threshold Rule"};
    case RuleType::kThreatMatch:
      return {"siem.indicatorRule", "Indicator Match Rule"};
    case RuleType::kMachineLearning:
      return {"siem.mlRule", "Machine Learning Rule"};
  }
  return {};
}

void Set(Json& fields, std::string_view name, Json value) {
  fields[std::string(kRule).append(name)] = std::move(value);
}

// Copies what the rule says, or what Kibana assumes where it says nothing; a null default stands
// for a field that is left out.
void CopyDocument(const Json& document, Json& fields) {
  const std::pair<const char*, Json> known[] = {
      {"actions", Json::array()},
      {"author", Json::array()},
      {"building_block_type", nullptr},
      {"created_at", nullptr},
      {"created_by", nullptr},
      {"description", ""},
      {"enabled", true},
      {"exceptions_list", Json::array()},
      {"false_positives", Json::array()},
      {"from", "now-6m"},
      {"immutable", false},
      {"interval", "5m"},
      {"license", nullptr},
      {"max_signals", 100},
      {"namespace", nullptr},
      {"note", nullptr},
      {"references", Json::array()},
      {"revision", 0},
      {"risk_score_mapping", Json::array()},
      {"rule_name_override", nullptr},
      {"severity_mapping", Json::array()},
      {"tags", Json::array()},
      {"threat", Json::array()},
      {"throttle", nullptr},
      {"timeline_id", nullptr},
      {"timeline_title", nullptr},
      {"timestamp_override", nullptr},
      {"to", "now"},
      {"updated_at", nullptr},
      {"updated_by", nullptr},
      {"version", 1},
  };
  for (const auto& [name, assumed] : known) {
    const auto at = document.find(name);
    const Json& value = at != document.end() ? *at : assumed;
    if (!value.is_null()) {
      Set(fields, name, value);
    }
  }
}

void FlattenMeta(const Json& meta, const std::string& name, Json& fields) {
  if (!meta.is_object()) {
    Set(fields, name, meta);
    return;
  }
  for (const auto& [key, value] : meta.items()) {
    FlattenMeta(value, std::string(name).append(".").append(key), fields);
  }
}

// The rule as its executor is given it: without what belongs to the framework around it.
Json Parameters(const Json& document) {
  Json parameters = document;
  for (const char* name : {"actions", "created_at", "created_by", "enabled", "id", "interval",
                           "name", "revision", "tags", "throttle", "updated_at", "updated_by"}) {
    parameters.erase(name);
  }
  return parameters;
}

}  // namespace

std::string_view SeverityWord(RuleSeverity severity) {
  switch (severity) {
    case RuleSeverity::kLow:
      return "low";
    case RuleSeverity::kMedium:
      return "medium";
    case RuleSeverity::kHigh:
      return "high";
    case RuleSeverity::kCritical:
      return "critical";
  }
  return "";
}

std::string RuleUuid(const RuleSpec& rule) { return UuidOf("tripline rule " + rule.rule_id); }

std::string UuidOf(std::string_view text) {
  Sha256Digest digest = Sha256Of(text);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0FU) | 0x80U);  // version 8
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3FU) | 0x80U);  // the variant of RFC 9562
  std::string uuid = ToHex(digest).substr(0, 32);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    uuid.insert(dash, "-");
  }
  return uuid;
}

Result<void> CheckRuleDocument(const RuleSpec& rule) {
  const std::size_t begin = rule.document.find_first_not_of(" \t\r\n");
  if (begin == rule.document.npos || rule.document[begin] != '{' ||
      IsNestedDeeperThan(rule.document, kMaxDepth) || !Json::accept(rule.document)) {
    return Fail(ErrorCode::kInvalid,
                "rule '" + rule.rule_id +
                    "': expected the rule's document as a JSON object nested at most " +
                    std::to_string(kMaxDepth) + " deep; compile the ruleset again");
  }
  return {};
}

Result<std::string> AlertFieldsOfRule(const RuleSpec& rule) {
  TRIPLINE_TRY_VOID(CheckRuleDocument(rule));
  const Json document = Json::parse(rule.document, nullptr, /*allow_exceptions=*/false);
  Json fields = Json::object();
  CopyDocument(document, fields);
  if (const auto meta = document.find("meta"); meta != document.end() && meta->is_object()) {
    FlattenMeta(*meta, "meta", fields);
  }
  const TypeNames names = NamesOf(rule.type);
  Set(fields, "category", names.category);
  Set(fields, "consumer", "siem");
  Set(fields, "indices", rule.indices);
  Set(fields, "name", rule.name);
  Set(fields, "parameters", Parameters(document));
  Set(fields, "producer", "siem");
  Set(fields, "risk_score", rule.risk_score);
  Set(fields, "rule_id", rule.rule_id);
  Set(fields, "rule_type_id", names.rule_type_id);
  Set(fields, "severity", SeverityWord(rule.severity));
  Set(fields, "type", RuleTypeName(rule.type));
  Set(fields, "uuid", RuleUuid(rule));
  fields["kibana.alert.risk_score"] = rule.risk_score;
  fields["kibana.alert.severity"] = SeverityWord(rule.severity);
  const auto building_block = document.find("building_block_type");
  if (building_block != document.end() && !building_block->is_null()) {
    fields["kibana.alert.building_block_type"] = *building_block;
  }
  return fields.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tripline::runtime
