// RuleRuns: the scheduled runs of a whole ruleset where the events are far away: what to ask of the
// shards, what their answers mean, and what to keep of it. The cluster's counterpart of Session.
//
//   TRIPLINE_TRY(auto runs, RuleRuns::Open(ruleset, begin));
//   for (const std::string& part : kept) { TRIPLINE_TRY_VOID(runs->Restore(part)); }
//   TRIPLINE_TRY(const RunPlan plan, runs->Plan({.now = now, ...}));
//   // one search over all windows and buckets of the plan; then, where the answer is whole:
//   TRIPLINE_TRY_VOID(runs->TakeCounts(job, counts));
//   TRIPLINE_TRY_VOID(runs->CloseJob(job, end_bucket));
//   TRIPLINE_TRY_VOID(runs->TakeFinds(rule, finds));
//   TRIPLINE_TRY(const auto found, runs->Run(rule, last_run));
//   TRIPLINE_TRY(const std::string change, runs->Save(SavedPart::kChanges));
//   // commit `change` together with the alerts; then
//   TRIPLINE_TRY_VOID(runs->MarkKept());
//
// Nothing waits for late events: what is due is run. An event that comes after its run is found by
// the next run whose window still covers it, as at the desk. A rule whose answer was not whole is
// not run; its position stays, and the next plan covers it.
//
// Input is hostile: finds, counts and kept bytes are checked before they count.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/ruleset.h"
#include "runtime/saved_part.h"
#include "runtime/scheduled_job.h"
#include "runtime/scheduled_rule.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {

struct PlanRequest {
  Timestamp now{};      // rules of events are run up to here
  Timestamp job_now{};  // anomaly jobs and their rules
  /// A plan covers so much event time of a rule or job at most, or one run, or one bucket.
  Milliseconds max_span{0};
  Timestamp earliest = Timestamp::min();  // runs before it are given up
  /// A byte per rule, 0: not run; its position moves on without looking. Empty: all are run.
  std::span<const std::byte> enabled{};
};

struct RunPlan {
  struct Gap {
    std::uint32_t rule = 0;
    TimeSpan span;  // of event time that no run examines
  };
  /// A rule with anomaly jobs, and its last run that is due once these have been closed.
  struct DueJobRule {
    std::uint32_t rule = 0;
    Timestamp last_run;
    std::vector<std::uint32_t> jobs;
  };

  std::vector<RuleAsk> rules;
  std::vector<JobAsk> jobs;
  std::vector<DueJobRule> job_rules;
  std::vector<Gap> gaps;
};

class RuleRuns {
 public:
  /// Rules and jobs without kept state begin behind `begin`. Errors: kInvalid (two rules of one
  /// id), those of a rule's exceptions.
  [[nodiscard]] static Result<std::unique_ptr<RuleRuns>> Open(
      std::shared_ptr<const Ruleset> ruleset, Timestamp begin);
  ~RuleRuns();

  /// What Save(kEverything) answered last, then what every Save(kChanges) since did, in their
  /// order; before any other call. Of another version of the ruleset: rules whose meaning has
  /// changed go on from their position and know nothing; the report says so. Errors: kInvalid
  /// (damaged), kUnsupported (of a newer version), kUsage (too late); the object must not be used
  /// afterwards.
  [[nodiscard]] Result<void> Restore(std::string_view saved);

  /// What to ask so that everything that is due can run; takes the place of the plan before.
  /// Errors: kUsage (not as many bytes as rules).
  [[nodiscard]] Result<RunPlan> Plan(const PlanRequest& request);
  /// What the shards found in the window of a rule; perhaps one of several parts. Errors: kInvalid
  /// (damaged), kUsage (not asked for).
  [[nodiscard]] Result<void> TakeFinds(std::uint32_t rule, std::string_view finds);
  /// What they counted in the buckets of a job. Errors: as TakeFinds.
  [[nodiscard]] Result<void> TakeCounts(std::uint32_t job, std::string_view counts);
  /// Judges the job's buckets before `end_bucket` and offers the records to its rules. Errors:
  /// kUsage (they have not been counted).
  [[nodiscard]] Result<void> CloseJob(std::uint32_t job, std::int64_t end_bucket);
  /// All runs of the rule up to `last_run`; fewer, if more events matched than were asked for.
  /// Errors: kUsage (it is not planned, or one of its jobs has not been closed).
  [[nodiscard]] Result<std::vector<RunFinding>> Run(std::uint32_t rule, Timestamp last_run);

  /// Versioned, with a checksum. Errors: kLimit (4 GB).
  [[nodiscard]] Result<std::string> Save(SavedPart part);
  /// What Save answered has been kept. Errors: kUsage, if something has changed since.
  [[nodiscard]] Result<void> MarkKept();

  /// Per rule and job where it stands, one JSON object (docs/plugin.md).
  [[nodiscard]] std::string Report() const;

 private:
  struct State;
  explicit RuleRuns(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
