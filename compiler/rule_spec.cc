#include "compiler/rule_spec.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/columns.h"
#include "compiler/unknown_field.h"
#include "runtime/window_math.h"

namespace tripline::compiler {
namespace {

constexpr const char* kDefaultTimestamp = "@timestamp";

runtime::RuleType RunnableType(RuleType type) {
  switch (type) {
    case RuleType::kThreshold:
      return runtime::RuleType::kThreshold;
    case RuleType::kNewTerms:
      return runtime::RuleType::kNewTerms;
    case RuleType::kThreatMatch:
      return runtime::RuleType::kThreatMatch;
    case RuleType::kMachineLearning:
      return runtime::RuleType::kMachineLearning;
    case RuleType::kQuery:
    case RuleType::kSavedQuery:
    case RuleType::kEql:
    case RuleType::kEsql:
      break;
  }
  return runtime::RuleType::kQuery;
}

class Describer {
 public:
  Describer(const Rule& rule, const FieldCatalog& catalog, Diagnostics& diagnostics)
      : rule_(rule), catalog_(catalog), diagnostics_(diagnostics) {}

  DescribedRule Run(const RulesetJobs& jobs) {
    DescribeIdentity();
    DescribeWindow();
    DescribeTimestamps();
    DescribeNewTerms();
    SayUnknownFields();
    SayWhatIsNotYet(jobs);
    return std::move(described_);
  }

 private:
  void DescribeIdentity() {
    runtime::RuleSpec& spec = described_.spec;
    spec.rule_id = rule_.rule_id;
    spec.name = rule_.name;
    spec.type = RunnableType(rule_.type);
    spec.severity = rule_.severity;
    spec.risk_score = rule_.risk_score;
    spec.document = rule_.document;
    spec.indices = rule_.indices;
    spec.max_signals = rule_.max_signals;
  }

  void DescribeWindow() {
    runtime::RuleSpec& spec = described_.spec;
    spec.interval = rule_.interval;
    spec.window = runtime::WindowMath::Of(rule_.interval);  // where the rule's own cannot be run
    const bool has_from = TakeBound("/from", rule_.from, spec.window.from);
    const bool has_to = TakeBound("/to", rule_.to, spec.window.to);
    const runtime::WindowSpans spans = runtime::MeasureWindow(spec.window, rule_.interval);
    if (has_to && spans.delay.least < Milliseconds(0)) {
      spec.window.to = {};
      NotYet("/to", "not_yet.window",
             "`to` is `" + rule_.to.text +
                 "`, after the run's own time: windows end at `now` or before");
    } else if (has_from && has_to && spans.widest <= Milliseconds(0)) {
      spec.window.from = runtime::WindowBound::Before(spans.delay.most);
      NotYet("/from", "not_yet.window",
             "the window from `" + rule_.from.text + "` to `" + rule_.to.text +
                 "` is empty in every run: `from` must lie before `to`");
    }
  }

  bool TakeBound(const char* pointer, const RuleTime& time, runtime::WindowBound& bound) {
    if (!time.bound) {
      NotYet(pointer, "not_yet.window",
             "windows by `" + time.text + "` are not run: " + time.why_no_bound);
      return false;
    }
    bound = *time.bound;
    return true;
  }

  void DescribeTimestamps() {
    runtime::RuleSpec& spec = described_.spec;
    spec.timestamp_override =
        rule_.timestamp_override == kDefaultTimestamp ? "" : rule_.timestamp_override;
    spec.is_timestamp_fallback_disabled = rule_.is_timestamp_fallback_disabled;
    AddTimestamp(kDefaultTimestamp);
    if (!spec.timestamp_override.empty()) {
      AddTimestamp(spec.timestamp_override);
    }
  }

  void AddTimestamp(const std::string& name) {
    jit::Field field = DetectorField(name, catalog_);
    if (field.kind == jit::ColumnKind::kString && !IsNoDateInEcs(name)) {
      field = jit::Field{};  // unknown, or text that holds dates: read as dates
      field.name = name;
      field.kind = jit::ColumnKind::kDate;
    }
    if (field.kind != jit::ColumnKind::kDate) {
      diagnostics_.push_back(rule_.Remark("/timestamp_override", Severity::kError,
                                          "rule.timestamp_type", "`" + name + "` is no date field",
                                          "name a field that holds the event's time"));
      return;
    }
    described_.detector_fields.push_back(std::move(field));
  }

  // A field that the mapping does not have, and that ECS gives another type.
  bool IsNoDateInEcs(const std::string& name) const {
    const bool is_mapped = catalog_.mapping != nullptr && catalog_.mapping->Find(name) != nullptr;
    return !is_mapped && FindField(catalog_, name) != nullptr;
  }

  void DescribeNewTerms() {
    if (rule_.type != RuleType::kNewTerms) {
      return;
    }
    described_.spec.new_terms_fields = rule_.new_terms_fields;
    for (const std::string& name : rule_.new_terms_fields) {
      described_.detector_fields.push_back(DetectorField(name, catalog_));
    }
    if (rule_.history_window_start) {
      TakeBound("/history_window_start", *rule_.history_window_start,
                described_.spec.window.history_start);
    }
  }

  // Fields that are asked beside the query: a name that no event has says nothing at run time.
  void SayUnknownFields() {
    for (const std::string& field : rule_.new_terms_fields) {
      SayIfUnknown("/new_terms_fields", field);
    }
    if (rule_.threshold) {
      for (const std::string& field : rule_.threshold->fields) {
        SayIfUnknown("/threshold/field", field);
      }
      for (const Threshold::Cardinality& counted : rule_.threshold->cardinality) {
        SayIfUnknown("/threshold/cardinality", counted.field);
      }
    }
    if (rule_.alert_suppression) {
      for (const std::string& field : rule_.alert_suppression->group_by) {
        SayIfUnknown("/alert_suppression/group_by", field);
      }
    }
    SayUnknownMappedFields();
  }

  // Fields that decide what an alert says, and those that are compared with indicators.
  void SayUnknownMappedFields() {
    SayIfUnknown("/timestamp_override", rule_.timestamp_override);
    SayIfUnknown("/rule_name_override", rule_.rule_name_override);
    SayUnknownScored("/severity_mapping/", rule_.severity_mapping);
    SayUnknownScored("/risk_score_mapping/", rule_.risk_score_mapping);
    std::set<std::string_view> said;
    for (std::size_t i = 0; i < rule_.threat_mapping.size(); ++i) {
      const std::string pointer = "/threat_mapping/" + std::to_string(i);
      for (const ThreatEntry& entry : rule_.threat_mapping[i]) {
        if (said.insert(entry.field).second) {
          SayIfUnknown(pointer, entry.field);
        }
        // Indicators are in indices of their own, which a mapping of events does not describe.
        if (said.insert(entry.value).second && FindField(catalog_, entry.value) == nullptr) {
          SayUnknown(pointer, entry.value, {nullptr, catalog_.ecs});
        }
      }
    }
  }

  void SayUnknownScored(const std::string& pointer, const std::vector<ScoreMapping>& mappings) {
    std::set<std::string_view> said;  // a list names one field again for each of its values
    for (std::size_t i = 0; i < mappings.size(); ++i) {
      if (said.insert(mappings[i].field).second) {
        SayIfUnknown(pointer + std::to_string(i), mappings[i].field);
      }
    }
  }

  void SayIfUnknown(std::string_view pointer, const std::string& field) {
    if (!field.empty() && FindField(catalog_, field) == nullptr) {
      SayUnknown(pointer, field, catalog_);
    }
  }

  void SayUnknown(std::string_view pointer, const std::string& field, const FieldCatalog& catalog) {
    LeafProblem remark = AboutUnknownField(catalog, field);
    diagnostics_.push_back(rule_.Remark(pointer, remark.severity, std::move(remark.code),
                                        std::move(remark.message), std::move(remark.hint)));
  }

  void SayWhatIsNotYet(const RulesetJobs& jobs) {
    SayLanguage();
    switch (rule_.type) {
      case RuleType::kThreshold:
        NotYet("/type", "not_yet.threshold", "threshold rules are matched, but not run yet");
        break;
      case RuleType::kThreatMatch:
        NotYet("/type", "not_yet.threat_match",
               "indicator match rules are matched by their query, but not run yet");
        break;
      case RuleType::kMachineLearning:
        SayMachineLearning(jobs);
        break;
      case RuleType::kSavedQuery:
        NotYet("/type", "not_yet.saved_query", "saved queries are not looked up yet");
        break;
      case RuleType::kQuery:
      case RuleType::kNewTerms:
      case RuleType::kEql:
      case RuleType::kEsql:
        break;
    }
    if (rule_.alert_suppression) {
      NotYet("/alert_suppression", "not_yet.alert_suppression",
             "alerts are not suppressed yet, so the rule is not run");
    }
  }

  void SayLanguage() {
    if (rule_.type != RuleType::kMachineLearning && rule_.language != QueryLanguage::kKuery) {
      NotYet("/language", "not_yet.language",
             "queries in " + std::string(QueryLanguageName(rule_.language)) +
                 " are kept, but not evaluated");
    }
  }

  // A rule fires on the records of its jobs; those that are not there give none.
  void SayMachineLearning(const RulesetJobs& jobs) {
    for (const std::string& job_id : rule_.machine_learning_job_ids) {
      const auto found = std::ranges::find(jobs.jobs, job_id, &runtime::AnomalyJobSpec::job_id);
      if (found != jobs.jobs.end()) {
        TakeJob(*found, static_cast<std::uint32_t>(found - jobs.jobs.begin()));
      } else if (jobs.with_mistakes.contains(job_id)) {
        described_.spec.not_yet.push_back("its anomaly job has mistakes");
      } else {
        const bool is_only_one = rule_.machine_learning_job_ids.size() == 1;
        diagnostics_.push_back(rule_.Remark(
            "/machine_learning_job_id", Severity::kWarning, "job_missing",
            "the anomaly job `" + job_id + "` is in none of the files",
            is_only_one ? "put its job.json beside the rule; without it the rule never fires"
                        : "put its job.json beside the rule; the rule looks at its other jobs "
                          "only"));
      }
    }
  }

  void TakeJob(const runtime::AnomalyJobSpec& job, std::uint32_t index) {
    runtime::RuleSpec& spec = described_.spec;
    if (std::ranges::find(spec.jobs, index) != spec.jobs.end()) {
      return;
    }
    const bool is_first = spec.jobs.empty();
    spec.jobs.push_back(index);
    spec.anomaly_threshold = rule_.anomaly_threshold;
    if (is_first) {
      spec.indices.clear();
      spec.timestamp_override = job.time_field == kDefaultTimestamp ? "" : job.time_field;
      spec.is_timestamp_fallback_disabled = true;
    }
    for (const std::string& pattern : job.indices) {
      if (std::ranges::find(spec.indices, pattern) == spec.indices.end()) {
        spec.indices.push_back(pattern);
      }
    }
    spec.not_yet.insert(spec.not_yet.end(), job.not_yet.begin(), job.not_yet.end());
  }

  // The rule is not run.
  void NotYet(const char* pointer, std::string code, std::string message) {
    described_.spec.not_yet.push_back(message);
    diagnostics_.push_back(
        rule_.Remark(pointer, Severity::kNotYet, std::move(code), std::move(message)));
  }

  const Rule& rule_;
  const FieldCatalog& catalog_;
  Diagnostics& diagnostics_;
  DescribedRule described_;
};

}  // namespace

DescribedRule DescribeRule(const Rule& rule, const RulesetJobs& jobs, const FieldCatalog& catalog,
                           Diagnostics& diagnostics) {
  return Describer(rule, catalog, diagnostics).Run(jobs);
}

}  // namespace tripline::compiler
