#include "runtime/rule_detector.h"

#include <utility>

namespace tripline::runtime {

RuleDetector MakeRuleDetector(const RuleSpec& rule, const Schedule& schedule,
                              const RuleDetectorOptions& options) {
  RuleDetector made;
  const auto take = [&made](auto detector, auto*& by_name) {
    by_name = detector.get();
    made.detector = std::move(detector);
  };
  if (!rule.jobs.empty()) {
    take(std::make_unique<AnomalyDetector>(schedule,
                                           AnomalyOptions{.threshold = rule.anomaly_threshold,
                                                          .max_signals = options.max_signals}),
         made.anomaly);
  } else if (rule.type == RuleType::kNewTerms) {
    take(std::make_unique<NewTermsDetector>(
             schedule, NewTermsOptions{.num_fields = rule.new_terms_fields.size(),
                                       .max_signals = options.max_signals,
                                       .max_combinations = options.max_combinations,
                                       .secret = options.secret}),
         made.new_terms);
  } else {
    take(std::make_unique<QueryDetector>(schedule, options.max_signals), made.query);
  }
  return made;
}

}  // namespace tripline::runtime
