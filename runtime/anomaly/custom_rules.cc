#include "runtime/anomaly/custom_rules.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tripline::runtime {
namespace {

bool Holds(const AnomalyCondition& condition, double actual, double typical, Timestamp bucket) {
  double subject = 0.0;
  switch (condition.applies_to) {
    case AnomalyCondition::AppliesTo::kActual:
      subject = actual;
      break;
    case AnomalyCondition::AppliesTo::kTypical:
      subject = typical;
      break;
    case AnomalyCondition::AppliesTo::kDiffFromTypical:
      subject = std::abs(actual - typical);
      break;
    case AnomalyCondition::AppliesTo::kTime:
      subject = std::chrono::duration<double>(bucket.time_since_epoch()).count();
      break;
  }
  switch (condition.comparison) {
    case AnomalyCondition::Comparison::kLt:
      return subject < condition.value;
    case AnomalyCondition::Comparison::kLte:
      return subject <= condition.value;
    case AnomalyCondition::Comparison::kGt:
      return subject > condition.value;
    case AnomalyCondition::Comparison::kGte:
      return subject >= condition.value;
  }
  return false;
}

}  // namespace

LeftOut ApplyCustomRules(const std::vector<AnomalyCustomRule>& rules, double actual, double typical,
                         Timestamp bucket) {
  LeftOut left_out;
  for (const AnomalyCustomRule& rule : rules) {
    if (std::ranges::all_of(rule.conditions, [&](const AnomalyCondition& condition) {
          return Holds(condition, actual, typical, bucket);
        })) {
      left_out.result = left_out.result || rule.skips_result;
      left_out.model_update = left_out.model_update || rule.skips_model_update;
    }
  }
  return left_out;
}

}  // namespace tripline::runtime
