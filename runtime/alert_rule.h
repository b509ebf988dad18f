// What every alert of a rule repeats: the fields under `kibana.alert.rule.`, and the few beside
// them that depend on the rule alone. Computed once per rule.
//
// A pure function.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

/// Errors: kInvalid, if the rule's document is not a JSON object. It costs a fraction of making the
/// fields, for rules that may never alert.
[[nodiscard]] Result<void> CheckRuleDocument(const RuleSpec& rule);

/// A JSON object with dotted keys. Errors: kInvalid, if the rule's document is not a JSON object.
[[nodiscard]] Result<std::string> AlertFieldsOfRule(const RuleSpec& rule);

/// The word in rules and alerts: "low".
[[nodiscard]] std::string_view SeverityWord(RuleSeverity severity);

/// `kibana.alert.rule.uuid`.
[[nodiscard]] std::string RuleUuid(const RuleSpec& rule);

/// A UUID that depends on the text alone (RFC 9562 version 8, from its SHA-256).
[[nodiscard]] std::string UuidOf(std::string_view text);

}  // namespace tripline::runtime
