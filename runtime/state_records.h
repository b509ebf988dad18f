// What stands in a state file, as plain values: of rules, jobs, the call, its runs and its alerts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {

/// What is kept of one rule: a checkpoint of its detector, and the changes since, in their order.
struct RuleState {
  std::string detector_key;           // changes when what the rule means changes
  std::optional<Timestamp> position;  // the last run that is over
  bool is_delta = false;  // PutRule: add to what is kept; else in its place. ReadRule: false
  std::vector<std::string> parts;  // Detector::Save
  bool was_absent = false;         // ReadRule: a call has ended without the rule since
};

/// The same of one anomaly job.
struct JobState {
  std::string key;        // changes when what the job means changes
  bool is_delta = false;  // as in RuleState
  std::vector<std::string> parts;
};

/// How far a call has come.
struct CallProgress {
  std::map<std::string, Timestamp> clocks;  // EventTimes::Clocks; "" is the furthest
  /// Of a call that has not ended: how many events were observed, and what the first block was.
  std::uint64_t num_events = 0;
  std::uint64_t first_block = 0;
  std::optional<Timestamp> ended_at = {};  // the clock at the end of the call before
};

/// A run of a rule that had something to say.
struct RunRecord {
  std::string rule_id;
  Timestamp run_at;
  std::string type;             // scheduled, manual or backfill (docs/windows.md)
  std::uint64_t alerts = 0;     // new ones
  std::uint64_t repeated = 0;   // given before
  std::uint64_t cut = 0;        // given up because of max_signals
  std::uint64_t postponed = 0;  // left to a later run because of max_signals
};

/// A stretch of event time whose events no run of a rule has examined as it should.
struct RunGap {
  std::string rule_id;
  std::string reason;  // absent, late or silent (docs/windows.md)
  TimeSpan span;
};

/// The file that alerts are written to, and how much of it was there when the last ones had
/// arrived.
struct OutputPlace {
  std::string path;
  std::uint64_t size = 0;
};

/// An alert that was committed and may not have been delivered yet.
struct OutboxAlert {
  std::int64_t sequence = 0;
  std::int64_t call = 0;
  std::int64_t place = 0;
  Alert alert;
};

}  // namespace tripline::runtime
