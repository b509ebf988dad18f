// A block of events passes in three steps: times are read and the clocks moved, every rule's
// detector is shown the rows that matched, and the runs that have become due are evaluated. Because
// a whole block is observed before any run, how events are cut into blocks changes nothing either,
// as long as they keep the lateness.
#include "runtime/session.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "jit/program.h"
#include "runtime/column_values.h"
#include "runtime/digest.h"
#include "runtime/event.h"
#include "runtime/event_clock.h"
#include "runtime/event_times.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/rule_run.h"
#include "runtime/run_summary.h"
#include "runtime/session_jobs.h"
#include "runtime/session_state.h"

namespace tripline::runtime {

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

RowClock Session::ClockOf(const EventBlock& block, std::vector<std::int64_t>& times) const {
  times.clear();
  const bool is_asked = state_->asks_for_now;
  const std::optional<std::uint32_t> column = state_->ruleset->ColumnOf("@timestamp");
  for (std::uint32_t row = 0; is_asked && column && row < block.batch.num_rows; ++row) {
    const std::optional<Timestamp> time = EarliestTime(block.batch.columns[*column], row);
    times.push_back(time ? time->time_since_epoch().count() : kNoTime);
  }
  return {.now = 0, .times = times};
}

Result<void> Session::Observe(const EventBlock& block, const Matcher& matcher) {
  if (state_->failure) {
    return std::unexpected(*state_->failure);
  }
  const bool is_known = state_->IsKnown(block);
  state_->summary.events += block.batch.num_rows;
  state_->Show(block, matcher, EventUse::kMayAlert);
  state_->times.MoveClocks(is_known);
  state_->RunWhatIsDue(state_->times.Now());
  return state_->Remember(state_->CommitIfDue());
}

void Session::ObserveHistory(const EventBlock& block, const Matcher& matcher) {
  state_->summary.history_events += block.batch.num_rows;
  state_->Show(block, matcher, EventUse::kHistoryOnly);
}

// True if a call that was broken off has observed the block, and the clocks are those after it.
bool Session::State::IsKnown(const EventBlock& block) {
  if (!GoesOn()) {
    return false;
  }
  if (summary.events == 0) {
    Sha256 digest;
    for (const EventOrigin& origin : block.origins) {
      digest.Add(origin.text);
    }
    const Sha256Digest bytes = digest.Finish();
    for (std::size_t i = 0; i < 7; ++i) {
      first_block = first_block << 8U | bytes[i];
    }
    is_same_input = first_block == kept.first_block;
  }
  return is_same_input && summary.events < kept.num_events;
}

Result<void> Session::State::Remember(Result<void> result) {
  if (!result) {
    failure = result.error();
  }
  return result;
}

EventSource& Session::State::SourceOf(const EventBlock& block, std::uint32_t row) {
  if (!sources[row]) {
    const EventOrigin& origin = block.origins[row];
    sources[row].emplace(origin.index, origin.id, origin.text,
                         origin.is_search_hit ? EventText::kSearchHit : EventText::kDocument);
  }
  return *sources[row];
}

void Session::State::Show(const EventBlock& block, const Matcher& matcher, EventUse use) {
  const Batch& batch = block.batch;
  Check(batch.columns.size() == ruleset->columns.size() && block.origins.size() == batch.num_rows,
        "a block has the ruleset's columns, and an origin for each row");
  times.Read(batch);
  sources.assign(batch.num_rows, std::nullopt);
  const auto show = [&](std::optional<jit::OutputIndex> output,
                        const std::vector<std::string>& indices, const auto& observe) {
    if (!output || !matcher.AnyOf(*output)) {
      return;
    }
    const std::span<const std::uint64_t> rows = matcher.RowsOf(*output);
    for (std::uint32_t word = 0; word < rows.size(); ++word) {
      for (std::uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) {
        const std::uint32_t row = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (looks.LooksAt(indices, block.origins[row].index)) {
          observe(row);
        }
      }
    }
  };
  for (const ActiveRule& rule : rules) {
    show(rule.run->output(), rule.run->rule().indices, [&](std::uint32_t row) {
      rule.run->Observe(batch, row, times.TimeOf(rule.time_source, row), use, SourceOf(block, row));
    });
    rule.run->Settle();
  }
  for (const ActiveJob& active : jobs.jobs()) {
    SessionJob& job = *active.job;
    show(job.job().query, job.job().indices, [&](std::uint32_t row) {
      job.Observe(batch, row, times.TimeOf(active.time_source, row), use, SourceOf(block, row));
    });
  }
}

void Session::State::RunUpTo(std::size_t rule, Timestamp last) {
  RuleRun& run = *rules[rule].run;
  const std::optional<Timestamp> before = run.position();
  std::vector<EvaluatedRun> runs;
  run.RunUpTo(last, times.Earliest(rules[rule].time_source), runs);
  has_moved = has_moved || run.position() != before;
  outbox.Add(rule, std::move(runs));
}

void Session::State::RunWhatIsDue(std::optional<Timestamp> clock) {
  if (!clock) {
    return;
  }
  jobs.CloseBehind(*clock, rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RunUpTo(i, rules[i].run->schedule().LastRunDue(*clock, rules[i].lateness));
  }
}

std::optional<Timestamp> Session::State::EndOfInput() const {
  if (options.now) {
    return options.now;
  }
  return store ? times.Plausible() : times.Largest();
}

void Session::State::RunToTheEnd() {
  const std::optional<Timestamp> end = EndOfInput();
  if (GoesOn() && options.holds_late) {
    RunWhatIsDue(end);
    for (const ActiveRule& rule : rules) {
      BeginAfter(rule, end ? rule.run->schedule().LastRunDue(*end, rule.lateness) : Timestamp());
    }
    return;
  }
  if (!end) {
    return;
  }
  const bool is_end_of_time = !GoesOn() && !options.now;
  std::vector<Timestamp> last_runs;
  for (const ActiveRule& rule : rules) {
    const Schedule& schedule = rule.run->schedule();
    last_runs.push_back(is_end_of_time ? schedule.FirstRunTo(*end) : schedule.LastRunUpTo(*end));
  }
  jobs.CloseUpTo(*end, last_runs, rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RunUpTo(i, last_runs[i]);
    BeginAfter(rules[i], last_runs[i]);
  }
}

// A rule that has had events, but whose first run has not come yet, begins with that run in the
// next call, however late the first events are that come then.
void Session::State::BeginAfter(const ActiveRule& rule, Timestamp last) {
  if (GoesOn() && !rule.run->position() && times.Earliest(rule.time_source)) {
    rule.run->SkipTo(last);
  }
}

void Session::NoteBrokenInput() { state_->is_input_broken = true; }

Result<void> Session::HandOut(const AlertSink& sink) {
  return state_->failure ? std::unexpected(*state_->failure)
                         : state_->Remember(state_->HandOut(sink));
}

Result<RunSummary> Session::Finish(const AlertSink& sink) {
  if (state_->failure) {
    return std::unexpected(*state_->failure);
  }
  state_->RunToTheEnd();
  if (state_->options.results) {
    TRIPLINE_TRY_VOID(state_->jobs.Write(state_->options.results));
  }
  if (state_->store) {
    TRIPLINE_TRY_VOID(state_->Remember(state_->Commit(State::CommitAt::kEnd)));
  }
  TRIPLINE_TRY_VOID(state_->Remember(state_->HandOutEverything(sink)));
  return state_->Summarize();
}

RunSummary Session::State::Summarize() const {
  RunSummary whole = summary;
  const auto ending = GoesOn() ? RuleRun::Ending::kWillGoOn : RuleRun::Ending::kEndOfTime;
  for (const ActiveRule& rule : rules) {
    whole.rules[rule.index] = rule.run->Summarize(ending);
    if (const std::string note = NoteOnHistory(rule); !note.empty()) {
      whole.rules[rule.index].note = note;
    }
    whole.alerts += whole.rules[rule.index].alerts;
  }
  jobs.Summarize(rules, whole);
  whole.timestamps = times.Summarize();
  whole.clock = EndOfInput();
  whole.max_signals = options.max_signals;
  const std::optional<Timestamp> believed = times.Now();
  if (!options.now && believed && whole.clock && *whole.clock > *believed + EventClock::kLeap) {
    whole.clock_before_leap = believed;
  }
  if (GoesOn() && !options.now && times.Largest() > whole.clock) {
    whole.implausible = times.Largest();
  }
  return whole;
}

}  // namespace tripline::runtime
