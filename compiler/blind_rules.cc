#include "compiler/blind_rules.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace tripline::compiler {
namespace {

// What is known of a formula; `reason` why, where it is false or true.
struct Verdict {
  enum class Value : std::uint8_t { kUnknown, kFalse, kTrue };
  Value value = Value::kUnknown;
  BlindReason reason = BlindReason::kNeverMatches;
};

using Value = Verdict::Value;

// An `and` is false by any operand, an `or` true: there the strongest reason counts. Where all
// operands must agree, the weakest does.
Verdict Joined(const std::vector<std::uint32_t>& operands, const std::vector<Verdict>& verdicts,
               Value decisive, Value unanimous) {
  std::optional<BlindReason> strongest;
  BlindReason weakest = BlindReason::kJobMissing;
  bool is_unanimous = true;
  for (const std::uint32_t operand : operands) {
    const Verdict& verdict = verdicts[operand];
    if (verdict.value == decisive) {
      strongest = std::max(strongest.value_or(verdict.reason), verdict.reason);
    }
    is_unanimous = is_unanimous && verdict.value == unanimous;
    weakest = std::min(weakest, verdict.reason);
  }
  if (strongest) {
    return {decisive, *strongest};
  }
  return is_unanimous ? Verdict{unanimous, weakest} : Verdict{};
}

class Judge {
 public:
  Judge(const NeedsOfRules& needs, const NeedsSeen* seen,
        const std::vector<std::string>& malformed_columns)
      : needs_(needs),
        seen_(seen),
        malformed_(malformed_columns.begin(), malformed_columns.end()) {}

  std::optional<BlindRule> Run(std::uint32_t number) const {
    const RuleNeeds& rule = needs_.rules[number];
    const std::vector<Verdict> verdicts = VerdictsOf(rule, number);
    BlindRule blind{.rule = number, .reason = verdicts.back().reason, .needs = {}};
    const bool is_blind = verdicts.back().value == Value::kFalse;
    if (is_blind) {
      blind.needs = ReasonsOf(rule, verdicts, number);
    }
    if (!is_blind && HasNoEvents(number)) {
      blind.reason = BlindReason::kNoEventOfIndices;
      return blind;
    }
    if (!is_blind && AreAllExcepted(number)) {
      blind.reason = BlindReason::kExcepted;
      return blind;
    }
    return is_blind ? std::optional(std::move(blind)) : std::nullopt;
  }

 private:
  [[nodiscard]] bool HasNoEvents(std::uint32_t rule) const {
    return seen_ != nullptr && seen_->num_events > 0 && seen_->rules[rule].num_events == 0;
  }

  [[nodiscard]] bool AreAllExcepted(std::uint32_t rule) const {
    return seen_ != nullptr && seen_->rules[rule].num_matches > 0 &&
           seen_->rules[rule].num_matches == seen_->rules[rule].num_excepted;
  }

  [[nodiscard]] std::vector<Verdict> VerdictsOf(const RuleNeeds& rule, std::uint32_t number) const {
    std::vector<Verdict> verdicts;
    verdicts.reserve(rule.formula.size());
    for (const NeedNode& node : rule.formula) {
      switch (node.kind) {
        case NeedNode::Kind::kNeed:
          verdicts.push_back(VerdictOf(node.need, number));
          break;
        case NeedNode::Kind::kNot: {
          Verdict verdict = verdicts[node.operands[0]];
          verdict.value = verdict.value == Value::kFalse  ? Value::kTrue
                          : verdict.value == Value::kTrue ? Value::kFalse
                                                          : Value::kUnknown;
          verdicts.push_back(verdict);
          break;
        }
        case NeedNode::Kind::kAllOf:
          verdicts.push_back(Joined(node.operands, verdicts, Value::kFalse, Value::kTrue));
          break;
        case NeedNode::Kind::kAnyOf:
          verdicts.push_back(Joined(node.operands, verdicts, Value::kTrue, Value::kFalse));
          break;
      }
    }
    return verdicts;
  }

  // Without a sample the mapping's word counts; with one, what the events say.
  [[nodiscard]] Verdict VerdictOf(std::uint32_t number, std::uint32_t rule) const {
    const Need& need = needs_.needs[number];
    const Value constant = need.constant.value_or(false) ? Value::kTrue : Value::kFalse;
    const bool has_events = seen_ != nullptr && seen_->rules[rule].num_events > 0;
    if (need.kind == Need::Kind::kJob) {
      return {Value::kFalse, BlindReason::kJobMissing};
    }
    if (!need.is_mapped && (need.constant || !has_events || !seen_->needs[number].was_met)) {
      return {Value::kFalse, BlindReason::kNotMapped};
    }
    if (need.constant) {
      return {constant, BlindReason::kNeverMatches};
    }
    if (!has_events) {
      return {};
    }
    const NeedSeen& seen = seen_->needs[number];
    if (seen.was_met) {
      return seen.was_unmet ? Verdict{} : Verdict{Value::kTrue, BlindReason::kValueInEveryEvent};
    }
    return {Value::kFalse, WhyNever(need, seen)};
  }

  [[nodiscard]] BlindReason WhyNever(const Need& need, const NeedSeen& seen) const {
    if (seen.was_present) {
      return BlindReason::kValueNeverSeen;
    }
    const bool is_malformed = std::ranges::any_of(
        need.columns, [this](const std::string& name) { return malformed_.contains(name); });
    return is_malformed ? BlindReason::kWrongType : BlindReason::kFieldAbsent;
  }

  // From the whole down: the operands of a part that share its verdict are why it has it, and those
  // of them that share its reason too, why it has that. Where all operands must agree, all count.
  [[nodiscard]] std::vector<BlindNeed> ReasonsOf(const RuleNeeds& rule,
                                                 const std::vector<Verdict>& verdicts,
                                                 std::uint32_t number) const {
    std::vector<bool> is_reason(rule.formula.size(), false);
    std::vector<bool> is_main(rule.formula.size(), false);
    is_reason.back() = true;
    is_main.back() = true;
    std::vector<BlindNeed> reasons;
    for (std::size_t i = rule.formula.size(); i-- > 0;) {
      const NeedNode& node = rule.formula[i];
      if (is_reason[i] && node.kind == NeedNode::Kind::kNeed) {
        reasons.push_back({VerdictOf(node.need, number).reason, node.need, is_main[i]});
      }
      const bool is_unanimous =
          node.kind == NeedNode::Kind::kNot ||
          verdicts[i].value == (node.kind == NeedNode::Kind::kAllOf ? Value::kTrue : Value::kFalse);
      for (const std::uint32_t operand : node.operands) {
        const bool is_part = is_unanimous || verdicts[operand].value == verdicts[i].value;
        is_reason[operand] = is_reason[operand] || (is_reason[i] && is_part);
        is_main[operand] =
            is_main[operand] || (is_main[i] && is_part &&
                                 (is_unanimous || verdicts[operand].reason == verdicts[i].reason));
      }
    }
    std::ranges::sort(reasons, {}, &BlindNeed::need);
    return reasons;
  }

  const NeedsOfRules& needs_;
  const NeedsSeen* seen_;
  std::set<std::string, std::less<>> malformed_;
};

}  // namespace

std::string_view BlindReasonName(BlindReason reason) {
  switch (reason) {
    case BlindReason::kExcepted:
      return "excepted";
    case BlindReason::kValueInEveryEvent:
      return "value_in_every_event";
    case BlindReason::kValueNeverSeen:
      return "value_never_seen";
    case BlindReason::kFieldAbsent:
      return "field_absent";
    case BlindReason::kWrongType:
      return "wrong_type";
    case BlindReason::kNoEventOfIndices:
      return "no_event_of_indices";
    case BlindReason::kNotMapped:
      return "field_not_mapped";
    case BlindReason::kNeverMatches:
      return "never_matches";
    case BlindReason::kJobMissing:
      break;
  }
  return "job_missing";
}

std::vector<BlindRule> FindBlindRules(const NeedsOfRules& needs, const NeedsSeen* seen,
                                      const std::vector<std::string>& malformed_columns) {
  const Judge judge(needs, seen, malformed_columns);
  std::vector<BlindRule> blind;
  for (std::uint32_t rule = 0; rule < needs.rules.size(); ++rule) {
    if (auto found = judge.Run(rule)) {
      blind.push_back(*std::move(found));
    }
  }
  return blind;
}

}  // namespace tripline::compiler
