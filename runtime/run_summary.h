// RunSummary: what a session did, in numbers, for whoever tells the user. Nothing that a user would
// miss happens without a number here.
//
// Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/anomaly/memory_use.h"
#include "runtime/ruleset.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {

struct RuleSummary {
  std::string rule_id;
  std::string name;
  RuleType type = RuleType::kQuery;
  /// Why the rule was not run, a sentence each; empty: it was run.
  std::vector<std::string> not_run;
  /// It was not run because what is kept of it is damaged.
  bool cannot_go_on = false;
  /// Something that the user should know about the rule's state; may be empty.
  std::string note;

  std::uint64_t runs = 0;  // that are over since the session began
  std::optional<Timestamp> last_run;
  std::uint64_t matches = 0;  // events that matched the query, history aside
  std::uint64_t alerts = 0;   // new ones
  std::uint64_t cut = 0;      // findings that no run gave because of max_signals
  /// Matched events that came after a run that should have examined them, and those of them that no
  /// run to come examines either.
  std::uint64_t late = 0;
  std::uint64_t unseen = 0;
  std::uint64_t between_windows = 0;  // matched events that no run examines by the rule's design
  std::uint64_t without_time = 0;     // matched events without a usable time
  std::uint64_t own_alerts = 0;       // matched events that come from the rule: they never alert
  std::uint64_t clipped_events = 0;   // new_terms: events with too many combinations of values
  std::uint64_t clipped_terms = 0;    // and how many combinations were left out
  std::uint64_t memory_bytes = 0;
};

struct JobSummary {
  std::string job_id;
  /// Why the job was not run, a sentence each; empty: it was run.
  std::vector<std::string> not_run;
  /// Something that the user should know about the job's state; may be empty.
  std::string note;

  std::uint64_t events = 0;   // of the datafeed, history aside
  std::uint64_t buckets = 0;  // that are over since the session began
  std::uint64_t records = 0;  // of probability below 0.05
  /// Events whose bucket was over when they came, and those of them that nothing looks at any more.
  std::uint64_t late = 0;
  std::uint64_t unseen = 0;
  std::uint64_t without_time = 0;   // events without a usable time
  std::uint64_t without_count = 0;  // events whose summary count is no positive number
  MemoryUse memory;
  std::uint64_t bucket_bytes = 0;  // what open and reopened buckets take beside
};

/// One way in which rules tell the time of an event.
struct TimestampSummary {
  std::string field;
  bool has_fallback = false;  // @timestamp where the field is missing
  std::uint64_t num_with_time = 0;
  std::uint64_t num_without_time = 0;
  std::uint64_t num_after_now = 0;  // later than --now
};

/// A stretch of event time that a rule's runs passed by without its events.
struct GapSummary {
  std::string rule_id;
  std::string reason;  // absent, late or silent
  TimeSpan span;
};

struct RunSummary {
  std::vector<RuleSummary> rules;  // in the ruleset's order, those not run too
  std::vector<JobSummary> jobs;    // those that a rule or the wish for records has run
  std::vector<TimestampSummary> timestamps;
  std::uint64_t events = 0;          // history aside
  std::uint64_t history_events = 0;  // --history
  std::optional<Timestamp> clock;    // at the end of the input
  std::vector<GapSummary> gaps;      // found in this call; they are recorded in the state
  /// Where the clock stood before a few events, fewer than 64 in a row, moved it by more than a
  /// day.
  std::optional<Timestamp> clock_before_leap;
  /// With a state: the largest time of events that are too far ahead of the clock to be believed.
  /// They wait in the state.
  std::optional<Timestamp> implausible;
  std::optional<std::uint32_t> max_signals;  // in the place of the rules' own
  std::uint64_t alerts = 0;                  // new ones
  std::uint64_t redelivered = 0;             // of an earlier call that could not deliver them
};

}  // namespace tripline::runtime
