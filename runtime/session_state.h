// What a session is made of; for the files of the session alone. session_open.cc makes it,
// session.cc shows it the events, session_commit.cc keeps it and hands out its alerts.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
#include "runtime/session_outbox.h"
#include "runtime/state_store.h"

namespace tripline::runtime {

struct Session::State {
  std::shared_ptr<const Ruleset> ruleset;
  SessionOptions options;
  std::unique_ptr<StateStore> store;  // none: nothing is kept
  EventTimes times{ClockLimits{}};
  IndexLooks looks;
  std::vector<ActiveRule> rules;
  SessionOutbox outbox;
  SessionJobs jobs;
  std::vector<std::optional<EventSource>> sources;  // of the block's rows, made when first asked
  bool asks_for_now = false;                        // some query holds a date around `now`
  CallProgress kept;                                // when the session began
  bool is_input_broken = false;                     // some of the input could not be read
  std::vector<RunGap> gaps;                         // kBackfill, kManual: that were recorded
  std::uint64_t first_block = 0;                    // a digest of the first block
  bool is_same_input = false;                       // an earlier call began with it and did not end
  bool has_moved = false;                           // runs are over since the last commit
  bool has_news = true;          // the state's outbox may hold something to hand out
  Milliseconds next_commit{0};   // on the stopwatch
  std::optional<Error> failure;  // the session is over
  RunSummary summary;

  /// True if the state of earlier calls is gone on from, and kept for later ones.
  [[nodiscard]] bool GoesOn() const {
    return store != nullptr && options.purpose == SessionPurpose::kSchedule;
  }

  // session_open.cc
  [[nodiscard]] Result<void> OpenStore();
  [[nodiscard]] std::function<bool(const RuleRun&, const Finding&)> MayHaveExamined() const;
  [[nodiscard]] TimeSpans SpansToFill(const std::string& rule_id) const;
  [[nodiscard]] Result<void> AddRules();
  [[nodiscard]] Result<void> AddRule(std::size_t index, const RuleRunOptions& run_options);
  [[nodiscard]] Result<std::string> Restore(ActiveRule& rule);

  // session.cc
  void Show(const EventBlock& block, const Matcher& matcher, EventUse use);
  [[nodiscard]] EventSource& SourceOf(const EventBlock& block, std::uint32_t row);
  [[nodiscard]] bool IsKnown(const EventBlock& block);
  [[nodiscard]] Result<void> Remember(Result<void> result);
  void RunUpTo(std::size_t rule, Timestamp last);
  void RunWhatIsDue(std::optional<Timestamp> clock);
  [[nodiscard]] std::optional<Timestamp> EndOfInput() const;
  void RunToTheEnd();
  void BeginAfter(const ActiveRule& rule, Timestamp last);
  [[nodiscard]] RunSummary Summarize() const;

  // session_gaps.cc
  [[nodiscard]] std::vector<RunGap> FindGaps() const;
  [[nodiscard]] Result<void> PutGaps();
  [[nodiscard]] TimeSpans SpansRunOver(const ActiveRule& rule) const;
  [[nodiscard]] Result<void> CloseGaps();
  [[nodiscard]] std::string NoteOnHistory(const ActiveRule& rule) const;

  // session_commit.cc
  enum class CommitAt : std::uint8_t { kMoment, kEnd };
  [[nodiscard]] Milliseconds Stopwatch() const;
  [[nodiscard]] Result<void> CommitIfDue();
  [[nodiscard]] Result<void> Commit(CommitAt at);
  [[nodiscard]] Result<void> PutEverything(CommitAt at);
  [[nodiscard]] CallProgress ProgressAt(CommitAt at) const;
  [[nodiscard]] std::optional<Timestamp> FirstOpenRun() const;
  [[nodiscard]] Result<void> HandOut(const AlertSink& sink);
  [[nodiscard]] Result<void> HandOutEverything(const AlertSink& sink);
};

}  // namespace tripline::runtime
