// RuleRun: one rule of a session at work: its detector, its schedule, its alerts and its numbers.
//
//   matched rows -Observe-> detector;  clock -RunUpTo-> findings;  end -Save-> kept state
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/alert_ancestry.h"
#include "runtime/anomaly/anomaly_detector.h"
#include "runtime/batch.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/part_sizes.h"
#include "runtime/record_filter.h"
#include "runtime/rule_detector.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/schedule.h"
#include "runtime/state_store.h"
#include "runtime/term_columns.h"
#include "runtime/term_key.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {

class RuleRun;

struct RuleRunOptions {
  /// Only events of from <= time <= to may alert; others are history.
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  /// If there are any, only events in them may alert.
  TimeSpans only;
  std::string_view execution_type = "scheduled";  // of the alerts: Kibana's words
  /// Whether runs that are over may have examined what would be this finding now; with it, the run
  /// notes what was missed.
  std::function<bool(const RuleRun&, const Finding&)> may_have_examined{};
  /// How far behind the clock an event may come and still change nothing; none: the look-back.
  std::optional<Milliseconds> lateness;
  std::uint64_t max_combinations = 10'000;
  std::optional<std::uint32_t> max_signals;  // of a run; none: each rule's own
  TermSecret secret{};                       // of the keys of a history that starts anew
};

/// Why this version cannot run the rule, a sentence each; empty: it can.
[[nodiscard]] std::vector<std::string> ReasonsNotToRun(const Ruleset& ruleset,
                                                       const RuleSpec& rule);

/// The same for an anomaly job.
[[nodiscard]] std::vector<std::string> ReasonsNotToRun(const Ruleset& ruleset,
                                                       const AnomalyJobSpec& job);

/// What one run of a rule had to say.
struct EvaluatedRun {
  Timestamp run_at;
  std::vector<Finding> findings;
  std::uint64_t cut = 0;        // given up since the run before, because of max_signals
  std::uint64_t postponed = 0;  // left to a later run because of max_signals
};

class RuleRun {
 public:
  /// Requires that ReasonsNotToRun is empty. `rule` is one of `ruleset`, which must outlive the
  /// RuleRun. Errors: kInvalid (the rule's document).
  [[nodiscard]] static Result<std::unique_ptr<RuleRun>> Make(const Ruleset& ruleset,
                                                             const RuleSpec& rule,
                                                             const RuleRunOptions& options);

  /// Goes on from where an earlier call ended; if the rule has another meaning now, only from its
  /// position, and the summary has a note. Errors: damaged or foreign bytes.
  [[nodiscard]] Result<void> Restore(const RuleState& state);
  /// Calls up to `ended_at` have passed without the rule: the summary says which runs were missed.
  void NoteGap(Timestamp ended_at);
  /// Begins with an empty history behind `position`; the summary has a note with the reason.
  void StartAnew(std::optional<Timestamp> position, const std::string& why);
  /// Detector::Save: what the rule knows, the same bytes for the same knowledge.
  [[nodiscard]] std::string SaveEverything() const;
  /// The same to be kept: everything, or what has changed since the last Save, which must have been
  /// kept.
  [[nodiscard]] RuleState Save();

  /// `row` matched the rule's query; `time` is by the rule's timestamp. `use` says whether the
  /// whole block is only history.
  void Observe(const Batch& batch, std::uint32_t row, std::optional<Timestamp> time, EventUse use,
               EventSource& source);
  /// The end of a block: after it the sources may go, and runs may be evaluated.
  void Settle() { detector_->Settle(); }
  /// A record of one of the rule's anomaly jobs.
  void Offer(const AnomalyJobSpec& job, const JudgedRecord& judged);
  /// Evaluates all runs up to `last` and appends those with something to say. `earliest` is the
  /// earliest time seen by the rule's timestamp: its first run is the first one from there, or from
  /// --from.
  void RunUpTo(Timestamp last, std::optional<Timestamp> earliest, std::vector<EvaluatedRun>& runs);

  /// All runs up to `last` are over, and had nothing to look at.
  void SkipTo(Timestamp last) { detector_->SkipTo(last); }

  [[nodiscard]] Alert Build(const Finding& finding, Timestamp run_at);
  void CountAlert() { ++summary_.alerts; }

  [[nodiscard]] const RuleSpec& rule() const { return rule_; }
  /// The output of the ruleset's program whose rows are the rule's to observe; none for rules that
  /// look at the records of anomaly jobs.
  [[nodiscard]] std::optional<jit::OutputIndex> output() const { return rule_.query; }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  [[nodiscard]] Milliseconds lateness() const { return lateness_; }
  [[nodiscard]] std::optional<Timestamp> position() const { return detector_->position(); }
  /// The times of events that came after the last run that examines them, to the interval.
  [[nodiscard]] const TimeSpans& missed() const { return missed_; }
  /// kEndOfTime: no later call goes on from here, so what still waits for a run is cut.
  enum class Ending : std::uint8_t { kWillGoOn, kEndOfTime };
  [[nodiscard]] RuleSummary Summarize(Ending ending) const;

 private:
  RuleRun(const Ruleset& ruleset, const RuleSpec& rule, const RuleRunOptions& options,
          std::optional<RecordFilter> record_filter);

  void CountLateness(Timestamp time);
  [[nodiscard]] bool IsOwnAlert(EventSource& source);
  void NoteMissed(const MatchedEvent& event);

  const RuleSpec& rule_;
  Schedule schedule_;
  Milliseconds lateness_;
  std::optional<Timestamp> from_;
  std::optional<Timestamp> to_;
  TimeSpans only_;
  std::string_view execution_type_;
  std::function<bool(const RuleRun&, const Finding&)> may_have_examined_;
  std::string detector_key_;
  std::optional<RecordFilter> record_filter_;  // of a machine_learning rule with exceptions
  std::unique_ptr<Detector> detector_;
  // Made when they are first needed: of many rules few ever alert, and reading a rule's document
  // for them takes 0.3 ms.
  std::optional<AlertBuilder> builder_;
  std::optional<AlertAncestry> ancestry_;
  AnomalyDetector* anomaly_detector_ = nullptr;  // the detector, if it is one
  TermColumns term_columns_;
  PartSizes sizes_;
  std::uint32_t max_signals_;
  TimeSpans missed_;
  std::uint64_t cut_told_ = 0;  // in the runs so far
  RuleSummary summary_;
};

}  // namespace tripline::runtime
