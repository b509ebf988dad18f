// StateReport: what a state folder says of itself, for people: how far the clock, each rule and
// each job have come, what runs gave and cut, which gaps are open, which alerts wait.
//
// Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/state_records.h"

namespace tripline::runtime {

struct StateReport {
  struct Owner {  // a rule or a job
    std::string id;
    std::optional<Timestamp> position;  // of a rule: its last run that is over
    bool is_absent = false;             // of a rule: a call has ended without it since
    std::uint64_t num_parts = 0;        // a checkpoint, and the changes since
    std::uint64_t num_bytes = 0;
    std::uint64_t alerts = 0;  // of a rule, in the records of its runs
    std::uint64_t cut = 0;     // the same, because of max_signals
  };
  std::optional<Timestamp> clock;
  std::uint64_t num_calls = 0;  // that have ended
  bool is_broken_off = false;   // the last call did not end
  std::vector<Owner> rules;     // by id
  std::vector<Owner> jobs;      // by id
  std::vector<RunGap> gaps;     // in the order of time
  std::vector<RunRecord> runs;  // the newest ones, the newest first
  std::uint64_t num_undelivered = 0;
};

/// Reads a folder's state, at most `max_runs` records of runs, and changes nothing. Errors:
/// kNotFound, kUnavailable (another process holds it), kInvalid, kUnsupported.
[[nodiscard]] Result<StateReport> ReadStateReport(const std::string& folder,
                                                  std::uint32_t max_runs);

}  // namespace tripline::runtime
