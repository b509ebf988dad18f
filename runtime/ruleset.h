// Ruleset: compiled rules, ready to run: one linked Program for all queries, and per rule what the
// detectors and the alerts need. Immutable once made; any number of matchers and sessions on any
// threads may look at it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "jit/program.h"
#include "runtime/anomaly/job_spec.h"
#include "runtime/native_cache.h"
#include "runtime/window_math.h"

namespace tripline::runtime {

enum class RuleType : std::uint8_t {
  kQuery,
  kNewTerms,
  kThreshold,
  kThreatMatch,
  kMachineLearning
};

/// The word of Elastic's rule schema: "query", "new_terms", ...
[[nodiscard]] std::string RuleTypeName(RuleType type);

enum class RuleSeverity : std::uint8_t { kLow, kMedium, kHigh, kCritical };

/// One rule as the runtime sees it. `document` is the whole rule in Kibana's API shape (JSON text),
/// from which alerts take what they repeat; the typed members are what the engine itself acts on.
struct RuleSpec {
  std::string rule_id;
  std::string name;
  RuleType type = RuleType::kQuery;
  RuleSeverity severity = RuleSeverity::kLow;
  std::int32_t risk_score = 0;
  std::string document;
  std::vector<std::string> indices;

  std::optional<jit::OutputIndex>
      query;  // none: the rule has no query of its own (machine_learning)

  Milliseconds interval{0};        // how often it runs, at epoch multiples
  WindowMath window;               // what a run examines, and where its history begins
  std::string timestamp_override;  // empty: @timestamp
  bool is_timestamp_fallback_disabled = false;
  std::uint32_t max_signals = 100;

  std::vector<std::string> new_terms_fields;  // kNewTerms: one to three

  std::vector<std::uint32_t> jobs;  // kMachineLearning: into Ruleset::jobs; none: it never fires
  double anomaly_threshold = 0.0;   // kMachineLearning: the least score that alerts, 0 to 100
  /// kMachineLearning with exceptions: the output that is true for records that may alert.
  std::optional<jit::OutputIndex> alerting_records;
  /// SHA-256 (hex) of the exception lists that were joined with the rule; empty: none.
  std::string exceptions_digest;

  /// What this version leaves out of the rule's meaning in `run` (one sentence each); with any of
  /// them, the rule is matched by `match` but not scheduled by `run`.
  std::vector<std::string> not_yet;
};

/// A field that a rule's detector reads beside its query: a new-terms field, a timestamp.
struct Ruleset {
  jit::Program program;
  std::vector<RuleSpec> rules;
  std::vector<AnomalyJobSpec> jobs;
  /// What the event reader must provide: program.fields in their order, then fields that only
  /// detectors read.
  std::vector<jit::Field> columns;
  /// SHA-256 (hex) of the portable form; two rulesets with the same hash answer alike.
  std::string content_hash;
  /// What was compiled for `program` already, from a file that is trusted; null: nothing.
  std::shared_ptr<const NativeCache> native;

  /// Position in `columns`, if the ruleset reads this field.
  [[nodiscard]] std::optional<std::uint32_t> ColumnOf(const std::string& field) const;
};

/// Fills `columns` (from program.fields and the detectors' fields, whose kinds are in
/// `detector_fields`) and `content_hash`.
[[nodiscard]] Ruleset MakeRuleset(jit::Program program, std::vector<RuleSpec> rules,
                                  const std::vector<jit::Field>& detector_fields,
                                  std::vector<AnomalyJobSpec> jobs = {});
/// The same without `content_hash`, which costs writing the ruleset: for callers that know it.
[[nodiscard]] Ruleset MakeUnhashedRuleset(jit::Program program, std::vector<RuleSpec> rules,
                                          const std::vector<jit::Field>& detector_fields,
                                          std::vector<AnomalyJobSpec> jobs);

}  // namespace tripline::runtime
