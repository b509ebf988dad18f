// AnomalyJobSpec: an anomaly job as the engine runs it, typed from the body of Elastic's create-job
// request. The compiler makes it (compiler/anomaly_job.h); the ruleset carries it.
//
// Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "jit/program.h"

namespace tripline::runtime {

/// One condition of a detector's custom rule; all conditions of a rule must hold.
struct AnomalyCondition {
  enum class AppliesTo : std::uint8_t { kActual, kTypical, kDiffFromTypical, kTime };
  enum class Comparison : std::uint8_t { kLt, kLte, kGt, kGte };
  AppliesTo applies_to = AppliesTo::kActual;
  Comparison comparison = Comparison::kLt;
  double value = 0.0;  // kTime: seconds since the epoch, as in Elastic's jobs

  friend bool operator==(const AnomalyCondition&, const AnomalyCondition&) = default;
};

/// What a detector leaves out where the conditions hold.
struct AnomalyCustomRule {
  bool skips_result = true;
  bool skips_model_update = false;
  std::vector<AnomalyCondition> conditions;

  friend bool operator==(const AnomalyCustomRule&, const AnomalyCustomRule&) = default;
};

struct AnomalyDetectorSpec {
  std::string function;         // "high_non_zero_count", ..., "rare"
  std::string by_field;         // a series per value; empty: none
  std::string partition_field;  // independent series per value; empty: none
  std::vector<AnomalyCustomRule> custom_rules;

  friend bool operator==(const AnomalyDetectorSpec&, const AnomalyDetectorSpec&) = default;
};

/// Of how many values the key of a series is.
[[nodiscard]] inline std::size_t NumSplits(const AnomalyDetectorSpec& detector) {
  return (detector.partition_field.empty() ? 0U : 1U) + (detector.by_field.empty() ? 0U : 1U);
}

struct AnomalyJobSpec {
  std::string job_id;
  Milliseconds bucket_span{0};
  std::string time_field;           // "@timestamp"
  std::string summary_count_field;  // events are counts already, by this field; empty: each is one
  std::vector<std::string> influencers;
  std::uint64_t model_memory_limit = 0;  // bytes
  std::vector<AnomalyDetectorSpec> detectors;
  std::vector<std::string> indices;       // of the datafeed
  std::string datafeed_query;             // canonical JSON, as it is written
  std::optional<jit::OutputIndex> query;  // the same, compiled; none: it cannot be evaluated yet
  std::vector<std::string> not_yet;       // why this version does not run it, a sentence each

  friend bool operator==(const AnomalyJobSpec&, const AnomalyJobSpec&) = default;
};

}  // namespace tripline::runtime
