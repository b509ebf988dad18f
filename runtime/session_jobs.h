// SessionJobs: the anomaly jobs of a session, and which of its rules hear of their records.
//
//   events -jobs()-> SessionJob;   clock -CloseBehind / CloseUpTo-> records -> rules;   end
//   -Write->
//
// A rule is never run past the time up to which its jobs have judged: its lateness is raised to
// theirs, and theirs is the largest of their rules'.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/bucket_results.h"
#include "runtime/event_times.h"
#include "runtime/rule_run.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/session_job.h"
#include "runtime/state_store.h"

namespace tripline::runtime {

/// A rule of a session that is run.
struct ActiveRule {
  std::unique_ptr<RuleRun> run;
  std::size_t index = 0;        // in the ruleset
  std::size_t time_source = 0;  // in EventTimes
  Milliseconds lateness{0};
  /// Calls have ended without the rule: its runs up to here were missed.
  std::optional<Timestamp> missed_up_to;
  std::optional<Timestamp> missed_from{};  // its position then
};

/// A job of a session that is run.
struct ActiveJob {
  std::unique_ptr<SessionJob> job;
  std::size_t time_source = 0;     // in EventTimes
  std::vector<std::size_t> rules;  // active ones, that hear of its records
};

struct SessionJobsOptions {
  std::optional<Timestamp> from;  // as in SessionJobOptions
  std::optional<Timestamp> to;
  std::optional<Milliseconds> lateness;  // none: the largest of the job's rules'
  bool keeps_results = false;            // runs the jobs that no rule names, too
};

class SessionJobs {
 public:
  /// Makes the jobs that `rules` name and raises the rules' lateness; `summary` gets those that
  /// cannot be run.
  void Add(const Ruleset& ruleset, const SessionJobsOptions& options,
           std::vector<ActiveRule>& rules, EventTimes& times, RunSummary& summary);
  [[nodiscard]] const std::vector<ActiveJob>& jobs() const { return jobs_; }

  /// Event time has come to `clock`.
  void CloseBehind(Timestamp clock, const std::vector<ActiveRule>& rules);
  /// The end of the input: the rules' last runs are at `last_runs`, `end` is for jobs without.
  void CloseUpTo(Timestamp end, const std::vector<Timestamp>& last_runs,
                 const std::vector<ActiveRule>& rules);

  /// Where a job's state is damaged, only that job starts anew, and its summary says so.
  [[nodiscard]] Result<void> Restore(StateStore& store);
  [[nodiscard]] Result<void> Save(StateStore& store);
  /// All results so far, job by job, in time order.
  [[nodiscard]] Result<void> Write(
      const std::function<Result<void>(const AnomalyResult&)>& sink) const;
  void Summarize(const std::vector<ActiveRule>& rules, RunSummary& summary) const;

 private:
  void Tell(std::size_t job, const std::vector<JudgedRecord>& records,
            const std::vector<ActiveRule>& rules);

  std::vector<ActiveJob> jobs_;
  std::vector<std::vector<AnomalyResult>> results_;  // per job
};

}  // namespace tripline::runtime
