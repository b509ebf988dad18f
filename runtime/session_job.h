// SessionJob: one anomaly job of a session: the rows of its datafeed, its clock, and which rules
// hear of its records.
//
//   matched rows -Observe-> JobRun;   clock -CloseUpTo-> records -> the rules that name the job
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/batch.h"
#include "runtime/event.h"
#include "runtime/part_sizes.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/state_store.h"
#include "runtime/term_columns.h"

namespace tripline::runtime {

struct SessionJobOptions {
  /// Only events of from <= time <= to may alert; others are history.
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  /// How far behind the clock an event may come and still change nothing.
  Milliseconds lateness{0};
  JobRunOptions run;
};

class SessionJob {
 public:
  /// Requires a job of `ruleset` that can be run (ReasonsNotToRun); both must outlive this object.
  SessionJob(const Ruleset& ruleset, const AnomalyJobSpec& job, const SessionJobOptions& options);

  /// Goes on from where an earlier call ended, unless the job has another meaning now: then the
  /// summary has a note. Errors: damaged or foreign bytes.
  [[nodiscard]] Result<void> Restore(const JobState& state);
  /// Forgets what Restore has read; the summary has a note with the reason.
  void StartAnew(const std::string& why);
  /// A checkpoint, or a delta where that is the smaller part of what is kept already.
  [[nodiscard]] JobState Save();
  /// Everything that is known, the same bytes for the same knowledge.
  [[nodiscard]] std::string SaveEverything() const;

  /// `row` is one of the datafeed's; `use` says whether the whole block is only history.
  void Observe(const Batch& batch, std::uint32_t row, std::optional<Timestamp> time, EventUse use,
               EventSource& source);

  /// Judges the buckets that are over when event time has come to `clock`.
  [[nodiscard]] std::vector<JudgedRecord> CloseBehind(Timestamp clock) {
    return run_->CloseUpTo(clock - options_.lateness - Milliseconds(1));
  }
  [[nodiscard]] std::vector<JudgedRecord> CloseUpTo(Timestamp time) {
    return run_->CloseUpTo(time);
  }
  [[nodiscard]] std::vector<AnomalyResult> TakeResults() { return run_->TakeResults(); }

  [[nodiscard]] JobSummary Summarize() const;
  [[nodiscard]] const AnomalyJobSpec& job() const { return run_->job(); }
  [[nodiscard]] Milliseconds lateness() const { return options_.lateness; }

 private:
  const AnomalyJobSpec& spec_;
  SessionJobOptions options_;
  std::string key_;
  std::unique_ptr<JobRun> run_;
  TermColumns term_columns_;
  std::string note_;
  PartSizes sizes_;  // of what is kept already
};

}  // namespace tripline::runtime
