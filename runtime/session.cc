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
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "jit/program.h"
#include "runtime/column_values.h"
#include "runtime/event.h"
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

RowClock Session::ClockOf(const EventBlock& block) {
  std::vector<std::int64_t>& times = state_->row_times;
  times.clear();
  const bool is_asked = state_->asks_for_now;
  const std::optional<std::uint32_t> column = state_->ruleset->ColumnOf("@timestamp");
  for (std::uint32_t row = 0; is_asked && column && row < block.batch.num_rows; ++row) {
    const std::optional<Timestamp> time = EarliestTime(block.batch.columns[*column], row);
    times.push_back(time ? time->time_since_epoch().count() : kNoTime);
  }
  return {.now = 0, .times = times};
}

void Session::Observe(const EventBlock& block, const Matcher& matcher) {
  state_->summary.events += block.batch.num_rows;
  state_->Observe(block, matcher, EventUse::kMayAlert);
  state_->times.MoveClocks();
  state_->RunWhatIsDue();
}

void Session::ObserveHistory(const EventBlock& block, const Matcher& matcher) {
  state_->summary.history_events += block.batch.num_rows;
  state_->Observe(block, matcher, EventUse::kHistoryOnly);
}

EventSource& Session::State::SourceOf(const EventBlock& block, std::uint32_t row) {
  if (!sources[row]) {
    const EventOrigin& origin = block.origins[row];
    sources[row].emplace(origin.index, origin.id, origin.text,
                         origin.is_search_hit ? EventText::kSearchHit : EventText::kDocument);
  }
  return *sources[row];
}

void Session::State::Observe(const EventBlock& block, const Matcher& matcher, EventUse use) {
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
  std::vector<RaisedFinding> raised;
  rules[rule].run->RunUpTo(last, times.Earliest(rules[rule].time_source), raised);
  for (RaisedFinding& finding : raised) {
    alerts.push_back({.rule = rule, .order = alerts.size(), .raised = std::move(finding)});
  }
}

void Session::State::RunWhatIsDue() {
  const std::optional<Timestamp> clock = times.Now();
  if (!clock) {
    return;
  }
  jobs.CloseBehind(*clock, rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RunUpTo(i, rules[i].run->schedule().LastRunDue(*clock, rules[i].lateness));
  }
}

std::optional<Timestamp> Session::State::EndOfInput() const {
  return options.now ? options.now : times.Largest();
}

void Session::State::RunToTheEnd() {
  const std::optional<Timestamp> end = EndOfInput();
  if (!end) {
    return;
  }
  const bool is_end_of_time = !store && !options.now;
  std::vector<Timestamp> last_runs;
  for (const ActiveRule& rule : rules) {
    const Schedule& schedule = rule.run->schedule();
    last_runs.push_back(is_end_of_time ? schedule.FirstRunTo(*end) : schedule.LastRunUpTo(*end));
  }
  jobs.CloseUpTo(*end, last_runs, rules);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RunUpTo(i, last_runs[i]);
  }
  std::ranges::sort(alerts, {}, [](const PendingAlert& alert) {
    return std::tuple(alert.raised.run_at, alert.rule, alert.order);
  });
}

Result<RunSummary> Session::Finish(const AlertSink& sink) {
  state_->RunToTheEnd();
  if (state_->options.results) {
    TRIPLINE_TRY_VOID(state_->jobs.Write(state_->options.results));
  }
  if (state_->store) {
    if (const Result<void> committed = state_->Commit(); !committed) {
      state_->store->Rollback();
      return std::unexpected(committed.error());
    }
    TRIPLINE_TRY_VOID(state_->DeliverFromOutbox(sink));
  } else {
    TRIPLINE_TRY_VOID(state_->Deliver(sink));
  }
  return state_->Summarize();
}

RunSummary Session::State::Summarize() const {
  RunSummary whole = summary;
  const auto ending = store ? RuleRun::Ending::kWillGoOn : RuleRun::Ending::kEndOfTime;
  for (const ActiveRule& rule : rules) {
    whole.rules[rule.index] = rule.run->Summarize(ending);
    whole.alerts += whole.rules[rule.index].alerts;
  }
  jobs.Summarize(rules, whole);
  whole.timestamps = times.Summarize();
  whole.clock = EndOfInput();
  const std::optional<Timestamp> believed = times.Now();
  if (!options.now && believed && whole.clock && *whole.clock > *believed + EventClock::kLeap) {
    whole.clock_before_leap = believed;
  }
  return whole;
}

}  // namespace tripline::runtime
