// Rule: one detection rule as its author wrote it, read and typed, nothing decided yet. It stands
// between the rule reader and the compiler: documents -Read-> Rule -Parse-> Ast -> ... -> Program.
//
// `document` is the whole rule in Kibana's API shape, every key kept, known or not; the typed
// members are what stages of the compiler act on. Defaults are Kibana's. Plain data.
//
//   for (const Rule& rule : read.rules) Parse(rule.query);
//   rule.Remark("/new_terms_fields/0", Severity::kWarning, "field.unknown", ...);   // points there
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "base/time.h"
#include "runtime/ruleset.h"

namespace tripline::compiler {

using runtime::RuleSeverity;

/// The `type` of Elastic's rule schema; runtime::RuleType has the ones that the engine runs.
enum class RuleType : std::uint8_t {
  kQuery,
  kSavedQuery,
  kEql,
  kEsql,
  kThreshold,
  kNewTerms,
  kThreatMatch,
  kMachineLearning,
};

/// The word in rule documents: "new_terms".
[[nodiscard]] std::string_view RuleTypeName(RuleType type);

enum class QueryLanguage : std::uint8_t { kNone, kKuery, kLucene, kEql, kEsql };

[[nodiscard]] std::string_view QueryLanguageName(QueryLanguage language);

/// A date-math text of a rule.
struct RuleTime {
  std::string text;  // as written: "now-6m"
  DateMath math;
  std::optional<runtime::WindowBound> bound;  // none: runs cannot go by it, and
  std::string why_no_bound;                   // this is why, as the end of a sentence
};

struct Threshold {
  struct Cardinality {
    std::string field;
    std::int64_t value = 0;
  };
  std::vector<std::string> fields;  // none: all events are one group
  std::int64_t value = 1;
  std::vector<Cardinality> cardinality;
};

/// Alerts that agree in `group_by` are one, within a run or within `duration` of the first.
struct AlertSuppression {
  enum class MissingFields : std::uint8_t { kSuppress, kDoNotSuppress };
  std::vector<std::string> group_by;     // none: a threshold rule's own groups
  std::optional<Milliseconds> duration;  // none: within a run
  MissingFields missing_fields = MissingFields::kSuppress;
};

/// One comparison of a threat_match rule: the event's `field` with the indicator's `value` field.
struct ThreatEntry {
  std::string field;
  std::string value;
  bool is_negated = false;
};

/// A field of the event whose value decides an alert's severity or risk score.
struct ScoreMapping {
  std::string field;
  std::string value;                       // empty: any value
  std::optional<RuleSeverity> severity;    // of severity_mapping
  std::optional<std::int32_t> risk_score;  // of risk_score_mapping, where one is given
};

struct Rule {
  std::string rule_id;
  std::string name;
  std::string description;
  RuleType type = RuleType::kQuery;
  QueryLanguage language = QueryLanguage::kKuery;  // kNone for machine_learning
  SourceText query;                                // empty text for machine_learning
  std::string saved_id;                            // of a saved_query
  std::vector<std::string> indices;
  std::string data_view_id;
  std::string filters;  // JSON list in Kibana's filter form, or empty

  RuleSeverity severity = RuleSeverity::kLow;
  std::int32_t risk_score = 21;
  std::vector<ScoreMapping> severity_mapping;
  std::vector<ScoreMapping> risk_score_mapping;
  std::string rule_name_override;

  bool is_enabled = true;
  Milliseconds interval{std::chrono::minutes(5)};
  RuleTime from;  // default now-6m
  RuleTime to;    // default now
  std::uint32_t max_signals = 100;
  std::string timestamp_override;  // empty: @timestamp
  bool is_timestamp_fallback_disabled = false;

  std::vector<std::string> new_terms_fields;     // new_terms
  std::optional<RuleTime> history_window_start;  // new_terms
  std::optional<Threshold> threshold;            // threshold
  std::int32_t anomaly_threshold = 0;            // machine_learning: 0 to 100
  std::vector<std::string> machine_learning_job_ids;
  SourceText threat_query;  // threat_match
  QueryLanguage threat_language = QueryLanguage::kKuery;
  std::vector<std::string> threat_indices;
  std::vector<std::vector<ThreatEntry>> threat_mapping;  // one of the lists holds as a whole
  std::string threat_indicator_path = "threat.indicator";
  std::string threat_filters;  // JSON list, or empty

  std::optional<AlertSuppression> alert_suppression;
  std::string exceptions_list;  // JSON list of references to exception lists, or empty
  std::string threat;           // JSON list of tactics and techniques, or empty
  std::string building_block_type;
  std::int64_t version = 1;
  std::string license;
  std::string note;  // with osquery and investigate blocks filled in
  std::string setup;
  std::vector<std::string> author;
  std::vector<std::string> tags;
  std::vector<std::string> references;
  std::vector<std::string> false_positives;
  std::vector<std::string> investigation_fields;

  std::string document;  // canonical JSON of the whole rule in Kibana's API shape
  std::string metadata;  // canonical JSON of a TOML file's [metadata], or empty

  /// Where a part of the document stands; `pointer` is a JSON pointer ("/threshold/field").
  struct Place {
    std::string pointer;
    LineColumn at;
  };
  std::string file;
  LineColumn where;           // where the rule begins
  std::vector<Place> places;  // two levels deep, sorted by pointer

  /// The place of the deepest known part on the way to `pointer`.
  [[nodiscard]] LineColumn PlaceOf(std::string_view pointer) const;
  /// A diagnostic about that part; without a source line, because the file is not kept.
  [[nodiscard]] Diagnostic Remark(std::string_view pointer, Severity kind, std::string code,
                                  std::string message, std::string hint = "") const;
};

}  // namespace tripline::compiler
