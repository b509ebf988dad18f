// What a session leaves behind, in one transaction, and the way of its alerts out of it.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_clock.h"
#include "runtime/session_state.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kMaxUncommitted = 10'000;  // alerts
constexpr int kTimeBetweenCommits = 9;           // times that of the commit: a tenth of all at most

}  // namespace

Milliseconds Session::State::Stopwatch() const {
  return options.stopwatch ? options.stopwatch()
                           : std::chrono::duration_cast<Milliseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch());
}

Result<void> Session::State::CommitIfDue() {
  if (!GoesOn() || !has_moved || options.results) {
    return {};
  }
  const Milliseconds before = Stopwatch();
  if (options.commit_every > Milliseconds(0) && before < next_commit &&
      outbox.num_waiting() < kMaxUncommitted) {
    return {};
  }
  TRIPLINE_TRY_VOID(Commit(CommitAt::kMoment));
  const Milliseconds after = Stopwatch();
  next_commit = after + std::max(options.commit_every, kTimeBetweenCommits * (after - before));
  return {};
}

Result<void> Session::State::Commit(CommitAt at) {
  if (const Result<void> committed = PutEverything(at); !committed) {
    store->Rollback();
    return committed;
  }
  has_moved = false;
  has_news = true;
  return {};
}

Result<void> Session::State::PutEverything(CommitAt at) {
  TRIPLINE_TRY_VOID(store->Begin());
  if (!GoesOn()) {
    const bool is_manual = options.purpose == SessionPurpose::kManual;
    TRIPLINE_TRY_VOID(outbox.Keep(*store, rules, [&](const ActiveRule&, Timestamp) {
      return std::string(is_manual ? "manual" : "backfill");
    }));
    TRIPLINE_TRY_VOID(CloseGaps());
    return store->Commit();
  }
  if (at == CommitAt::kEnd) {
    TRIPLINE_TRY_VOID(store->EndCall());
  }
  TRIPLINE_TRY_VOID(store->PutProgress(ProgressAt(at)));
  if (at == CommitAt::kEnd) {
    TRIPLINE_TRY_VOID(PutGaps());
  }
  TRIPLINE_TRY_VOID(outbox.Keep(*store, rules, [&](const ActiveRule& rule, Timestamp run_at) {
    const bool was_missed = rule.missed_up_to && run_at <= *rule.missed_up_to;
    return std::string(was_missed ? "backfill" : "scheduled");
  }));
  for (const ActiveRule& rule : rules) {
    RuleRun& run = *rule.run;
    TRIPLINE_TRY_VOID(store->PutRule(run.rule().rule_id, run.Save()));
    if (const std::optional<Timestamp> position = run.position()) {
      const Timestamp next_run = *position + run.schedule().interval();
      TRIPLINE_TRY_VOID(store->ForgetAlerts(run.rule().rule_id,
                                            std::min(run.schedule().WindowOf(next_run).from,
                                                     *position - options.state.keeps_alert_ids)));
    }
  }
  TRIPLINE_TRY_VOID(jobs.Save(*store));
  return store->Commit();
}

CallProgress Session::State::ProgressAt(CommitAt at) const {
  const auto before = kept.clocks.find("");
  const std::optional<Timestamp> kept_clock =
      before == kept.clocks.end() ? std::nullopt : std::optional(before->second);
  CallProgress progress{.clocks = {}, .num_events = 0, .first_block = 0, .ended_at = kept.ended_at};
  if (at == CommitAt::kMoment) {
    progress.clocks = times.Clocks();
    progress.num_events = summary.events;
    progress.first_block = first_block;
  }
  const std::optional<Timestamp> clock =
      Later(kept_clock, at == CommitAt::kEnd ? EndOfInput() : times.Now());
  if (clock) {
    progress.clocks[""] = *clock;
  }
  if (at == CommitAt::kEnd) {
    progress.ended_at = clock;
  }
  return progress;
}

// The earliest run that some rule may still evaluate; none: that cannot be told.
std::optional<Timestamp> Session::State::FirstOpenRun() const {
  std::optional<Timestamp> first = Timestamp::max();
  for (const ActiveRule& rule : rules) {
    const std::optional<Timestamp> position = rule.run->position();
    if (!position) {
      return std::nullopt;
    }
    first = std::min(*first, *position + rule.run->schedule().interval());
  }
  return first;
}

Result<void> Session::State::HandOut(const AlertSink& sink) {
  const std::optional<Timestamp> before = FirstOpenRun();
  if (!store) {
    return before ? outbox.HandOut(rules, *before, sink) : Result<void>();
  }
  // What is in memory may come before what is committed, so only a commit brings news.
  if (!has_news) {
    return {};
  }
  has_news = false;
  return outbox.HandOut(*store, before, sink, options.output_place);
}

Result<void> Session::State::HandOutEverything(const AlertSink& sink) {
  if (!store) {
    return outbox.HandOut(rules, Timestamp::max(), sink);
  }
  // What is put outside the schedule belongs to a call that has not ended.
  const std::optional<Timestamp> before = GoesOn() ? std::nullopt : std::optional(Timestamp::max());
  TRIPLINE_TRY_VOID(outbox.HandOut(*store, before, sink, options.output_place));
  std::uint64_t num_new = 0;
  for (const ActiveRule& rule : rules) {
    num_new += rule.run->Summarize(RuleRun::Ending::kWillGoOn).alerts;
  }
  summary.redelivered = outbox.num_handed_out() - num_new;
  return {};
}

Result<std::optional<OutputPlace>> Session::KeptOutput() {
  return state_->store ? state_->store->ReadOutput() : std::nullopt;
}

Result<void> Session::KeepOutput(const OutputPlace& output) {
  return state_->store ? state_->store->PutOutput(output) : Result<void>();
}

}  // namespace tripline::runtime
