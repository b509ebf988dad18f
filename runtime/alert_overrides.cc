#include "runtime/alert_overrides.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "runtime/event.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kMaxDepth = 200;
constexpr double kMostRisk = 100.0;

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<RuleSeverity> SeverityOf(const std::string& word) {
  static constexpr std::array<std::pair<std::string_view, RuleSeverity>, 4> kWords = {
      {{"low", RuleSeverity::kLow},
       {"medium", RuleSeverity::kMedium},
       {"high", RuleSeverity::kHigh},
       {"critical", RuleSeverity::kCritical}}};
  for (const auto& [name, severity] : kWords) {
    if (name == word) {
      return severity;
    }
  }
  return std::nullopt;
}

std::optional<double> NumberIn(std::string_view text) {
  double number = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  return problem == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// `event.severity` is a number in ECS, and so is what it is compared with; other fields are
// compared as texts.
bool Has(const OverrideValues& found, const std::string& field, const std::string& wanted) {
  const bool is_number = field == "event.severity";
  const std::optional<double> number = is_number ? NumberIn(wanted) : std::nullopt;
  return std::ranges::any_of(found.values, [&](const OverrideValues::Value& value) {
    if (is_number) {
      return number && !value.is_text && value.number == std::floor(*number);
    }
    return (value.is_text || value.number) && value.text == wanted;
  });
}

std::optional<std::int32_t> ScoreIn(const OverrideValues& found) {
  std::optional<std::int32_t> score;
  for (const OverrideValues::Value& value : found.values) {
    const std::optional<double> number = value.is_text ? NumberIn(value.text) : value.number;
    if (number && *number >= 0.0 && *number <= kMostRisk && std::trunc(*number) == *number) {
      score = std::max(score.value_or(0), static_cast<std::int32_t>(*number));
    }
  }
  return score;
}

}  // namespace

AlertOverrides AlertOverrides::Read(const std::string& document) {
  AlertOverrides overrides;
  const Json rule = IsNestedDeeperThan(document, kMaxDepth)
                        ? Json()
                        : Json::parse(document, nullptr, /*allow_exceptions=*/false);
  if (!rule.is_object()) {
    return overrides;
  }
  overrides.name_field_ = TextOf(rule, "rule_name_override");
  const auto risks = rule.find("risk_score_mapping");
  if (risks != rule.end() && risks->is_array() && !risks->empty() && risks->front().is_object()) {
    overrides.risk_field_ = TextOf(risks->front(), "field");
  }
  const auto severities = rule.find("severity_mapping");
  for (const Json& mapping : severities != rule.end() ? *severities : Json::array()) {
    const auto severity = mapping.is_object() ? SeverityOf(TextOf(mapping, "severity"))
                                              : std::optional<RuleSeverity>();
    if (severity) {
      overrides.severities_.push_back(
          {TextOf(mapping, "field"), TextOf(mapping, "value"), *severity});
    }
  }
  return overrides;
}

Overridden AlertOverrides::For(
    const std::function<OverrideValues(const std::string&)>& values_of) const {
  Overridden overridden;
  if (!name_field_.empty()) {
    const OverrideValues name = values_of(name_field_);
    if (!name.is_list && name.values.size() == 1 && name.values[0].is_text) {
      overridden.name = name.values[0].text;
    }
  }
  if (!risk_field_.empty()) {
    overridden.risk_score = ScoreIn(values_of(risk_field_));
  }
  for (const SeverityCase& each : severities_) {
    if (Has(values_of(each.field), each.field, each.value)) {
      overridden.severity = std::max(overridden.severity.value_or(each.severity), each.severity);
    }
  }
  return overridden;
}

}  // namespace tripline::runtime
