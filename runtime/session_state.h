// What a session is made of; for the files of the session alone. session_open.cc makes it,
// session.cc shows it the events, session_commit.cc keeps it and hands out its alerts.
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
#include "runtime/event.h"
#include "runtime/event_times.h"
#include "runtime/index_pattern.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/rule_run.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/session.h"
#include "runtime/session_jobs.h"
#include "runtime/state_store.h"

namespace tripline::runtime {

struct PendingAlert {
  std::size_t rule = 0;   // in the active rules, which are in the ruleset's order
  std::size_t order = 0;  // in which the findings were raised
  RaisedFinding raised;
};

struct Session::State {
  std::shared_ptr<const Ruleset> ruleset;
  SessionOptions options;
  std::unique_ptr<StateStore> store;  // none: nothing is kept
  EventTimes times{std::nullopt};
  IndexLooks looks;
  std::vector<ActiveRule> rules;
  std::vector<PendingAlert> alerts;
  SessionJobs jobs;
  std::vector<std::optional<EventSource>> sources;  // of the block's rows, made when first asked
  bool asks_for_now = false;                        // some query holds a date around `now`
  std::vector<std::int64_t> row_times;              // of the block
  std::optional<Timestamp> restored_clock;
  RunSummary summary;

  [[nodiscard]] Result<void> AddRules();
  [[nodiscard]] Result<void> AddRule(std::size_t index, const RuleRunOptions& run_options);
  [[nodiscard]] Result<std::string> Restore(RuleRun& run);
  [[nodiscard]] Result<void> RestoreClock();
  void Observe(const EventBlock& block, const Matcher& matcher, EventUse use);
  [[nodiscard]] EventSource& SourceOf(const EventBlock& block, std::uint32_t row);
  void RunUpTo(std::size_t rule, Timestamp last);
  void RunWhatIsDue();
  [[nodiscard]] std::optional<Timestamp> EndOfInput() const;
  void RunToTheEnd();
  [[nodiscard]] Result<void> Commit();
  [[nodiscard]] Result<void> Deliver(const AlertSink& sink);
  [[nodiscard]] Result<void> DeliverFromOutbox(const AlertSink& sink);
  [[nodiscard]] RunSummary Summarize() const;
};

}  // namespace tripline::runtime
