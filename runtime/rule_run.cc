#include "runtime/rule_run.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/alert_rule.h"
#include "runtime/anomaly/anomaly_detector.h"
#include "runtime/batch.h"
#include "runtime/column_values.h"
#include "runtime/detector.h"
#include "runtime/detector_key.h"
#include "runtime/event.h"
#include "runtime/event_times.h"
#include "runtime/rule_detector.h"
#include "runtime/ruleset.h"
#include "runtime/schedule.h"
#include "runtime/state_store.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kMaxNewTermsFields = 3;
constexpr std::size_t kMaxMissedSpans = 100;

void AddReasonsOfNewTerms(const Ruleset& ruleset, const RuleSpec& rule,
                          std::vector<std::string>& reasons) {
  const WindowMath& window = rule.window;
  if (rule.not_yet.empty() && MeasureWindow(window, rule.interval).least_quiet <= Milliseconds(0)) {
    reasons.push_back(
        "its history window is shorter than the interval + look-back: in every run "
        "the history's start (" +
        window.history_start.ToText() + ") must lie before the window's beginning (" +
        window.from.ToText() + "); otherwise every term would be new");
  }
  if (rule.new_terms_fields.empty() || rule.new_terms_fields.size() > kMaxNewTermsFields) {
    reasons.push_back("new_terms_fields must name one to three fields, not " +
                      std::to_string(rule.new_terms_fields.size()));
  }
  for (const std::string& field : rule.new_terms_fields) {
    if (!ruleset.ColumnOf(field)) {
      reasons.push_back("the ruleset does not read its field '" + field +
                        "'; compile the rules again");
    }
  }
}

}  // namespace

std::vector<std::string> ReasonsNotToRun(const Ruleset& ruleset, const RuleSpec& rule) {
  std::vector<std::string> reasons = rule.not_yet;
  if (rule.type != RuleType::kQuery && rule.type != RuleType::kNewTerms &&
      !(rule.type == RuleType::kMachineLearning && !rule.jobs.empty())) {
    if (reasons.empty()) {
      reasons.push_back(rule.type == RuleType::kMachineLearning
                            ? "its anomaly job is not there; put its job.json beside the rule"
                            : RuleTypeName(rule.type) + " rules are not run by this version");
    }
    return reasons;
  }
  if (!rule.query && rule.jobs.empty()) {
    reasons.emplace_back("it has no query");
  }
  if (!Schedule::IsValid(rule.interval, rule.window)) {
    reasons.emplace_back("its interval and its window do not make a schedule");
  }
  if (!EventTimes::HasSource(ruleset, rule)) {
    reasons.emplace_back("the ruleset does not read its timestamp; compile the rules again");
  }
  if (rule.type == RuleType::kNewTerms) {
    AddReasonsOfNewTerms(ruleset, rule, reasons);
  }
  for (const std::uint32_t job : rule.jobs) {
    std::ranges::move(ReasonsNotToRun(ruleset, ruleset.jobs[job]), std::back_inserter(reasons));
  }
  std::ranges::sort(reasons);  // a job that cannot run may be named twice
  reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
  return reasons;
}

std::vector<std::string> ReasonsNotToRun(const Ruleset& ruleset, const AnomalyJobSpec& job) {
  std::vector<std::string> reasons = job.not_yet;
  if (!job.query && reasons.empty()) {
    reasons.push_back("the datafeed of its anomaly job `" + job.job_id + "` has no query");
  }
  for (const std::string& field : JobRun::FieldsOf(job)) {
    if (!ruleset.ColumnOf(field)) {
      reasons.push_back("the ruleset does not read the job's field '" + field +
                        "'; compile the rules again");
    }
  }
  return reasons;
}

RuleRun::RuleRun(const Ruleset& ruleset, const RuleSpec& rule, const RuleRunOptions& options,
                 std::optional<RecordFilter> record_filter)
    : rule_(rule),
      schedule_(rule.interval, rule.window),
      lateness_(options.lateness.value_or(schedule_.look_back())),
      from_(options.from),
      to_(options.to),
      only_(options.only),
      execution_type_(options.execution_type),
      may_have_examined_(options.may_have_examined),
      detector_key_(DetectorKey(ruleset, rule)),
      record_filter_(std::move(record_filter)),
      max_signals_(options.max_signals.value_or(rule.max_signals)) {
  RuleDetector made = MakeRuleDetector(rule, schedule_,
                                       {.max_signals = max_signals_,
                                        .max_combinations = options.max_combinations,
                                        .secret = options.secret});
  detector_ = std::move(made.detector);
  anomaly_detector_ = made.anomaly;
  if (made.new_terms != nullptr) {
    term_columns_ = TermColumns(ruleset, rule.new_terms_fields);
  }
  summary_.rule_id = rule.rule_id;
  summary_.name = rule.name;
  summary_.type = rule.type;
}

void RuleRun::Offer(const AnomalyJobSpec& job, const JudgedRecord& judged) {
  Check(anomaly_detector_ != nullptr, "records are offered to rules with anomaly jobs");
  if (record_filter_ && judged.record.score >= rule_.anomaly_threshold &&
      !record_filter_->MayAlert(RecordToJson(job, judged.record))) {
    return;  // an exception
  }
  anomaly_detector_->Offer(job, judged);
}

Result<std::unique_ptr<RuleRun>> RuleRun::Make(const Ruleset& ruleset, const RuleSpec& rule,
                                               const RuleRunOptions& options) {
  Check(ReasonsNotToRun(ruleset, rule).empty(), "only rules that can run are run");
  TRIPLINE_TRY_VOID(CheckRuleDocument(rule));
  std::optional<RecordFilter> record_filter;
  if (rule.alerting_records) {
    TRIPLINE_TRY(record_filter, RecordFilter::Make(ruleset.program, *rule.alerting_records));
  }
  return std::unique_ptr<RuleRun>(new RuleRun(ruleset, rule, options, std::move(record_filter)));
}

Result<void> RuleRun::Restore(const RuleState& state) {
  // What waits for a rule with anomaly jobs are records, whatever the rule says of them now.
  if (state.detector_key != detector_key_ && anomaly_detector_ == nullptr) {
    StartAnew(state.position, "its query, fields or windows have changed since the state was kept");
    return {};
  }
  const std::string what = "the kept state of rule '" + rule_.rule_id + "'";
  for (const std::string& part : state.parts) {
    ByteReader reader(part, what);
    TRIPLINE_TRY_VOID(detector_->Load(reader));
    if (!reader.AtEnd()) {
      return reader.Damaged("its end");
    }
    sizes_.Read(part.size());
  }
  return {};
}

void RuleRun::StartAnew(std::optional<Timestamp> position, const std::string& why) {
  summary_.note = why +
                  ", so its history starts anew; feed the past with --history so that known things "
                  "do not look new";
  if (position) {
    detector_->SkipTo(schedule_.LastRunUpTo(*position));
  }
}

void RuleRun::NoteGap(Timestamp ended_at) {
  const std::optional<Timestamp> position = detector_->position();
  if (!summary_.note.empty() || !position || *position >= schedule_.LastRunUpTo(ended_at)) {
    return;
  }
  summary_.note = "it was not there when the runs after " + ToIsoString(*position) + " up to " +
                  ToIsoString(ended_at) +
                  " were due; they are made up for now, with those of the events of that time that "
                  "are fed again";
}

std::string RuleRun::SaveEverything() const {
  ByteWriter writer;
  detector_->Save(writer);
  return writer.Take();
}

RuleState RuleRun::Save() {
  RuleState state{.detector_key = detector_key_,
                  .position = detector_->position(),
                  .is_delta = false,
                  .parts = {}};
  ByteWriter changes;
  state.is_delta = detector_->SaveChanges(changes) && sizes_.TakesDelta(changes.bytes().size());
  if (state.is_delta) {
    sizes_.AddDelta(changes.bytes().size());
    state.parts = {changes.Take()};
  } else {
    state.parts = {SaveEverything()};
    sizes_.AddCheckpoint(state.parts[0].size());
  }
  detector_->MarkKept();
  return state;
}

void RuleRun::CountLateness(Timestamp time) {
  const RunRange runs = schedule_.RunsOver(time);
  const std::optional<Timestamp> position = detector_->position();
  if (runs.IsEmpty()) {
    ++summary_.between_windows;
  } else if (position && runs.first <= *position) {
    ++summary_.late;
    summary_.unseen += runs.last <= *position ? 1 : 0;
  }
}

bool RuleRun::IsOwnAlert(EventSource& source) {
  if (!source.MayNameAlerts()) {
    return false;
  }
  if (!ancestry_) {
    ancestry_ = AlertAncestry::Of(rule_);
  }
  return ancestry_->Names(source.Keep()->json);
}

Alert RuleRun::Build(const Finding& finding, Timestamp run_at) {
  if (!builder_) {
    Result<AlertBuilder> made = AlertBuilder::Make(rule_);
    Check(made.has_value(), "the rule's document was checked when the run was made");
    builder_ = *std::move(made);
  }
  return builder_->Build(finding, run_at, execution_type_);
}

void RuleRun::Observe(const Batch& batch, std::uint32_t row, std::optional<Timestamp> time,
                      EventUse use, EventSource& source) {
  if (use == EventUse::kMayAlert) {
    ++summary_.matches;
    summary_.without_time += time ? 0 : 1;
  }
  if (!time) {
    return;
  }
  MatchedEvent event{
      .time = *time, .use = use, .source = &source, .term_values = term_columns_.Read(batch, row)};
  if (use == EventUse::kMayAlert) {
    CountLateness(*time);
  }
  if ((from_ && *time < *from_) || (to_ && *time > *to_) ||
      (!only_.IsEmpty() && !only_.Has(*time))) {
    event.use = EventUse::kHistoryOnly;
  }
  if (event.use == EventUse::kMayAlert && IsOwnAlert(source)) {
    ++summary_.own_alerts;
    event.use = EventUse::kHistoryOnly;
  }
  if (event.use == EventUse::kMayAlert) {
    NoteMissed(event);
  }
  detector_->Observe(event);
}

// An event that no run to come examines, and that was not there either when its runs were
// evaluated, as far as can be told: files are often fed twice.
void RuleRun::NoteMissed(const MatchedEvent& event) {
  const RunRange runs = schedule_.RunsOver(event.time);
  const std::optional<Timestamp> position = detector_->position();
  if (!may_have_examined_ || runs.IsEmpty() || !position || runs.last > *position ||
      detector_->MayHaveSeen(event)) {
    return;
  }
  const Finding finding{.event = {.time = event.time, .document = event.source->Keep()},
                        .term = {}};
  if (rule_.type != RuleType::kQuery || !may_have_examined_(*this, finding)) {
    const Timestamp first = FloorTo(event.time, schedule_.interval());
    missed_.Add({first, first + schedule_.interval() - Milliseconds(1)});
    missed_.Coarsen(kMaxMissedSpans);
  }
}

void RuleRun::RunUpTo(Timestamp last, std::optional<Timestamp> earliest,
                      std::vector<EvaluatedRun>& runs) {
  Timestamp first = last;
  if (const std::optional<Timestamp> position = detector_->position()) {
    first = *position + schedule_.interval();
  } else if (earliest) {
    first = schedule_.FirstRunTo(from_ ? std::max(*earliest, *from_) : *earliest);
  } else {
    return;
  }
  if (last < first) {
    return;
  }
  for (auto next = detector_->NextRun(); next && *next <= last; next = detector_->NextRun()) {
    EvaluatedRun run{.run_at = *next, .findings = {}};
    detector_->Run(*next, run.findings);
    const std::uint64_t cut = detector_->counts().cut;
    run.cut = cut - std::exchange(cut_told_, cut);
    run.postponed = run.findings.size() >= max_signals_ ? detector_->num_postponed() : 0;
    if (!run.findings.empty() || run.cut > 0) {
      runs.push_back(std::move(run));
    }
  }
  detector_->SkipTo(last);
  summary_.runs += schedule_.CountRuns(first, last);
}

RuleSummary RuleRun::Summarize(Ending ending) const {
  RuleSummary summary = summary_;
  const DetectorCounts counts = detector_->counts();
  summary.last_run = detector_->position();
  summary.cut = counts.cut + (ending == Ending::kEndOfTime ? detector_->num_postponed() : 0);
  summary.clipped_events = counts.clipped_events;
  summary.clipped_terms = counts.clipped_terms;
  summary.memory_bytes = detector_->memory_bytes();
  return summary;
}

}  // namespace tripline::runtime
