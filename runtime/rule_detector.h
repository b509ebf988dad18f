// RuleDetector: the detector that a rule's type asks for, made from the rule.
//
// Thread-safety: as the detector's.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/anomaly/anomaly_detector.h"
#include "runtime/detector.h"
#include "runtime/new_terms_detector.h"
#include "runtime/query_detector.h"
#include "runtime/ruleset.h"
#include "runtime/schedule.h"
#include "runtime/term_key.h"

namespace tripline::runtime {

struct RuleDetectorOptions {
  std::uint32_t max_signals = 100;
  std::uint64_t max_combinations = 10'000;
  TermSecret secret{};  // of the keys of a history that starts anew
};

/// One of the three is the detector by its own name; the others are null.
struct RuleDetector {
  std::unique_ptr<Detector> detector;
  QueryDetector* query = nullptr;
  NewTermsDetector* new_terms = nullptr;
  AnomalyDetector* anomaly = nullptr;
};

/// Requires a rule that can run (ReasonsNotToRun).
[[nodiscard]] RuleDetector MakeRuleDetector(const RuleSpec& rule, const Schedule& schedule,
                                            const RuleDetectorOptions& options);

}  // namespace tripline::runtime
