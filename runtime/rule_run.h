// RuleRun: one rule of a session at work: its detector, its schedule, its alerts and its numbers.
//
//   matched rows -Observe-> detector;  clock -RunUpTo-> findings;  end -Save-> kept state
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/batch.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/schedule.h"
#include "runtime/state_store.h"

namespace tripline::runtime {

struct RuleRunOptions {
  /// Only events of from <= time <= to may alert; others are history.
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  /// How far behind the clock an event may come and still change nothing; none: the look-back.
  std::optional<Milliseconds> lateness;
  std::uint64_t max_combinations = 10'000;
  std::uint64_t hash_seed = 0;
  /// Keep the anomaly records of the runs for TakeRecords.
  bool keeps_records = false;
};

/// Why this version cannot run the rule, a sentence each; empty: it can.
[[nodiscard]] std::vector<std::string> ReasonsNotToRun(const Ruleset& ruleset,
                                                       const RuleSpec& rule);

/// A finding on its way to becoming an alert.
struct RaisedFinding {
  Timestamp run_at;
  Finding finding;
};

/// An anomaly record of a run, a line of JSON.
struct RunRecord {
  Timestamp run_at;
  std::string json;
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
  [[nodiscard]] RuleState Save() const;

  /// `row` matched the rule's query; `time` is by the rule's timestamp. `use` says whether the
  /// whole block is only history.
  void Observe(const Batch& batch, std::uint32_t row, std::optional<Timestamp> time, EventUse use,
               EventSource& source);
  /// Evaluates all runs up to `last`. `earliest` is the earliest time seen by the rule's
  /// timestamp: its first run is the first one from there, or from --from.
  void RunUpTo(Timestamp last, std::optional<Timestamp> earliest,
               std::vector<RaisedFinding>& raised);

  [[nodiscard]] Alert Build(const RaisedFinding& raised) const {
    return builder_.Build(raised.finding, raised.run_at);
  }
  /// The records of the runs since the last call, in their order.
  [[nodiscard]] std::vector<RunRecord> TakeRecords() { return std::move(records_); }
  void CountAlert() { ++summary_.alerts; }

  [[nodiscard]] const RuleSpec& rule() const { return rule_; }
  /// The output of the ruleset's program whose rows are the rule's to observe.
  [[nodiscard]] jit::OutputIndex output() const { return output_; }
  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  [[nodiscard]] Milliseconds lateness() const { return lateness_; }
  [[nodiscard]] std::optional<Timestamp> position() const { return detector_->position(); }
  /// kEndOfTime: no later call goes on from here, so what still waits for a run is cut.
  enum class Ending : std::uint8_t { kWillGoOn, kEndOfTime };
  [[nodiscard]] RuleSummary Summarize(Ending ending) const;

 private:
  RuleRun(const Ruleset& ruleset, const RuleSpec& rule, const RuleRunOptions& options,
          AlertBuilder builder);

  void ReadTerms(const Ruleset& ruleset, const std::vector<std::string>& fields);
  void CountLateness(Timestamp time);

  const RuleSpec& rule_;
  Schedule schedule_;
  Milliseconds lateness_;
  std::optional<Timestamp> from_;
  std::optional<Timestamp> to_;
  std::string detector_key_;
  std::unique_ptr<Detector> detector_;
  AlertBuilder builder_;
  jit::OutputIndex output_;
  std::vector<RunRecord> records_;
  std::vector<std::uint32_t> term_columns_;
  std::vector<std::vector<std::string>> term_values_;  // of the row being observed
  RuleSummary summary_;
};

}  // namespace tripline::runtime
