// AlertOverrides: what of an alert the event decides instead of its rule: the name
// (rule_name_override), the severity (severity_mapping), the risk score (risk_score_mapping).
//
//   rule's document -Read-> AlertOverrides;   event -For-> the alert's own name, severity, score
//
// As Kibana does it: the name is the field's value if it is one text; the severity is the highest
// of the mappings whose value the field has; the score is the largest whole number from 0 to 100
// among the values of the first mapping's field, texts of numbers too.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ruleset.h"

namespace tripline::runtime {

/// The values of one field of an event; objects and nulls are none.
struct OverrideValues {
  struct Value {
    std::string text;  // of numbers and booleans their JSON
    std::optional<double> number;
    bool is_text = false;
  };
  std::vector<Value> values;
  bool is_list = false;
};

/// What an event decides; none: it is the rule's.
struct Overridden {
  std::optional<std::string> name;
  std::optional<RuleSeverity> severity;
  std::optional<std::int32_t> risk_score;
};

class AlertOverrides {
 public:
  /// None of the three.
  AlertOverrides() = default;
  /// Takes what is well formed in a rule's document (JSON); the compiler has said the rest.
  [[nodiscard]] static AlertOverrides Read(const std::string& document);

  /// `values_of` is asked for the values of a field of the event.
  [[nodiscard]] Overridden For(
      const std::function<OverrideValues(const std::string&)>& values_of) const;

 private:
  struct SeverityCase {
    std::string field;
    std::string value;
    RuleSeverity severity = RuleSeverity::kLow;
  };
  std::string name_field_;  // empty: none
  std::string risk_field_;
  std::vector<SeverityCase> severities_;
};

}  // namespace tripline::runtime
