// ScheduledRule: one rule whose events are found elsewhere, by a search over the windows of its
// runs: which window to ask for next, what was found there, and what its runs make of that.
//
//   clock -PlanUpTo-> RuleAsk -search-> finds -TakeFinds-> detector -Run-> findings
//
// The detectors are the desk's. They are exact for whatever set of events they are shown, and what
// a search brings back is enough:
//
//   query       the first events of the window by (time, index, id). If there were more, the runs
//               behind the last one that is known wait for the next plan.
//   new_terms   per term its last event up to the window's beginning, its first one behind that,
//               and its last one. In a window no longer than MinQuiet a term arrives only once
//               (runtime/term_history.h), and that is all that a history keeps of an arrival.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/detector.h"
#include "runtime/record_filter.h"
#include "runtime/rule_detector.h"
#include "runtime/ruleset.h"
#include "runtime/schedule.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {

/// A rule's events from `from` to `to`, for its runs from `first_run` to `last_run`. Of a new_terms
/// rule those from `history_from` on are needed as well; else it is `from`.
struct RuleAsk {
  std::uint32_t rule = 0;
  Timestamp first_run;
  Timestamp last_run;
  Timestamp from;
  Timestamp to;
  Timestamp history_from;
  std::uint32_t max_finds = 0;  // so many of the first events are enough
};

struct RunFinding {
  Timestamp run_at;
  Finding finding;
};

/// Why a rule that the desk runs (ReasonsNotToRun) cannot be run this way; empty: it can.
[[nodiscard]] std::vector<std::string> ReasonsNotToSchedule(const RuleSpec& rule);

class ScheduledRule {
 public:
  /// Requires a rule that can be run and scheduled. `ruleset` must outlive it. Errors: those of
  /// RecordFilter::Make.
  [[nodiscard]] static Result<std::unique_ptr<ScheduledRule>> Make(const Ruleset& ruleset,
                                                                   std::uint32_t rule);

  /// A rule without a position begins behind `begin`: the last run up to it counts as over.
  void BeginBehind(Timestamp begin);
  /// All runs up to `now` are over, and looked at nothing; records up to it do not alert.
  void PassBy(Timestamp now);
  /// Runs before `earliest` that are due at `now` are given up. Answers the event time that no run
  /// examines because of that; none if there is none.
  [[nodiscard]] std::optional<TimeSpan> GiveUpBefore(Timestamp earliest, Timestamp now);
  /// What the runs that are due at `now` need, of at most `max_span` of event time or of one run;
  /// none if none is due. Requires a rule with a query.
  [[nodiscard]] std::optional<RuleAsk> PlanUpTo(Timestamp now, Milliseconds max_span);

  /// What was found of the last plan, perhaps one of several parts. Errors: damaged bytes; then
  /// nothing, or a part of them, is taken, and the next plan asks again.
  [[nodiscard]] Result<void> TakeFinds(std::string_view finds);
  /// A record of one of its jobs, whose bucket ends at `bucket_end`.
  void Offer(const AnomalyJobSpec& job, const JudgedRecord& judged, Timestamp bucket_end);
  /// All runs up to `last`, or as far as what was found says for sure. Errors: kUsage, if `last` is
  /// not among the runs of the last plan (rules with jobs: is before the position).
  [[nodiscard]] Result<std::vector<RunFinding>> Run(Timestamp last);

  /// What has changed since MarkKept, or everything.
  void Save(ByteWriter& writer, SavedPart part) const;
  [[nodiscard]] bool HasChanged() const { return has_changed_ || !is_kept_; }
  void MarkKept();
  /// What Save wrote, in its order; before the rule begins. Errors: damaged bytes.
  [[nodiscard]] Result<void> Load(ByteReader& reader);

  [[nodiscard]] const RuleSpec& spec() const { return spec_; }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  [[nodiscard]] std::optional<Timestamp> position() const { return made_.detector->position(); }
  [[nodiscard]] std::optional<Timestamp> passed_by() const { return passed_by_; }

  /// In the life of this object.
  struct Counts {
    std::uint64_t runs = 0;
    std::uint64_t found = 0;
    std::uint64_t cut = 0;        // no run gave them, because of max_signals
    std::uint64_t postponed = 0;  // left to runs to come by the last one
    std::uint64_t not_shown = 0;  // matched behind the first ones that were asked for
    std::uint64_t terms = 0;
    std::uint64_t memory_bytes = 0;
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] const std::string& note() const { return note_; }
  void SetNote(std::string note) { note_ = std::move(note); }

 private:
  ScheduledRule(const Ruleset& ruleset, std::uint32_t rule,
                std::optional<RecordFilter> record_filter);

  void Remake();
  [[nodiscard]] Timestamp HistoryFrom(Timestamp first_run, Timestamp from) const;
  [[nodiscard]] Result<void> TakeEvent(ByteReader& reader, const std::vector<std::string>& indices);
  [[nodiscard]] Result<void> TakeTerm(ByteReader& reader, const std::vector<std::string>& indices);
  [[nodiscard]] Timestamp LastSureRun(Timestamp last) const;
  void Evaluate(Timestamp last, std::vector<RunFinding>& found);
  void SkipTo(Timestamp run_at);
  [[nodiscard]] Result<void> LoadMove(ByteReader& reader, Timestamp to);

  const RuleSpec& spec_;
  std::uint32_t index_;
  Schedule schedule_;
  std::string key_;  // runtime/detector_key.h
  std::optional<RecordFilter> record_filter_;
  RuleDetector made_;
  std::optional<Timestamp> seen_to_;    // new_terms: it has seen all events up to here
  std::optional<Timestamp> passed_by_;  // records of buckets that end up to here do not alert
  std::optional<RuleAsk> ask_;
  bool has_finds_ = false;
  std::uint64_t num_taken_ = 0;
  std::uint64_t num_matches_ = 0;
  std::optional<EventOrder> last_taken_;  // the last one in the order of events
  bool is_kept_ = false;                  // everything was kept once, in this form
  bool has_changed_ = false;
  bool has_changed_wholly_ = false;  // rules with jobs: more than the position has changed
  std::vector<EventOrder> given_;    // query: since MarkKept
  Counts counts_;
  std::string note_;
};

}  // namespace tripline::runtime
