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
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "jit/program.h"
#include "runtime/alert.h"
#include "runtime/column_values.h"
#include "runtime/event.h"
#include "runtime/event_times.h"
#include "runtime/index_pattern.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/rule_run.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/session_jobs.h"
#include "runtime/state_store.h"
#include "runtime/term_key.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kAlertsAtATime = 256;

struct PendingAlert {
  std::size_t rule = 0;   // in the active rules, which are in the ruleset's order
  std::size_t order = 0;  // in which the findings were raised
  RaisedFinding raised;
};

}  // namespace

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
  [[nodiscard]] Result<void> Restore();
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

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::Open(std::shared_ptr<const Ruleset> ruleset,
                                               const SessionOptions& options) {
  if (options.from && options.to && *options.from > *options.to) {
    return Fail(ErrorCode::kUsage, "--from (" + ToIsoString(*options.from) + ") is after --to (" +
                                       ToIsoString(*options.to) + "); no event could alert");
  }
  auto state = std::make_unique<State>();
  state->ruleset = std::move(ruleset);
  state->options = options;
  state->times = EventTimes(options.now);
  state->asks_for_now = !RelativeDates(state->ruleset->program).empty();
  TRIPLINE_TRY_VOID(state->AddRules());
  state->jobs.Add(*state->ruleset,
                  {.from = options.from,
                   .to = options.to,
                   .lateness = options.lateness,
                   .keeps_results = options.results != nullptr},
                  state->rules, state->times, state->summary);
  if (!options.state_dir.empty()) {
    TRIPLINE_TRY(state->store, StateStore::Open(options.state_dir, options.state));
    TRIPLINE_TRY_VOID(state->Restore());
  }
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<void> Session::State::AddRules() {
  const RuleRunOptions run_options{.from = options.from,
                                   .to = options.to,
                                   .lateness = options.lateness,
                                   .max_combinations = options.max_combinations,
                                   .secret = options.secret.value_or(TermSecret::Random())};
  std::unordered_set<std::string> ids;
  for (std::size_t i = 0; i < ruleset->rules.size(); ++i) {
    const RuleSpec& rule = ruleset->rules[i];
    if (!ids.insert(rule.rule_id).second) {
      return Fail(ErrorCode::kInvalid, "two rules of the ruleset have the rule_id '" +
                                           rule.rule_id +
                                           "'; their alerts and histories could not be told apart");
    }
    std::vector<std::string> reasons = ReasonsNotToRun(*ruleset, rule);
    if (reasons.empty()) {
      TRIPLINE_TRY(std::unique_ptr<RuleRun> run, RuleRun::Make(*ruleset, rule, run_options));
      const Milliseconds lateness = run->lateness();
      rules.push_back({.run = std::move(run),
                       .index = i,
                       .time_source = times.AddSource(*ruleset, rule),
                       .lateness = lateness});
    }
    summary.rules.push_back({.rule_id = rule.rule_id,
                             .name = rule.name,
                             .type = rule.type,
                             .not_run = std::move(reasons),
                             .note = {},
                             .last_run = std::nullopt});
  }
  return {};
}

Result<void> Session::State::Restore() {
  TRIPLINE_TRY(restored_clock, store->ReadClock());
  if (restored_clock) {
    times.RestoreClocks(*restored_clock);
  }
  for (const ActiveRule& rule : rules) {
    TRIPLINE_TRY(const std::optional<RuleState> kept, store->ReadRule(rule.run->rule().rule_id));
    if (kept) {
      TRIPLINE_TRY_VOID(rule.run->Restore(*kept));
    }
  }
  return jobs.Restore(*store);
}

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
    last_runs.push_back(is_end_of_time ? schedule.FirstRunFrom(*end) : schedule.LastRunUpTo(*end));
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

Result<void> Session::State::Commit() {
  TRIPLINE_TRY_VOID(store->Begin());
  std::optional<Timestamp> clock = EndOfInput();
  if (clock && restored_clock) {
    clock = std::max(*clock, *restored_clock);
  }
  if (clock) {
    TRIPLINE_TRY_VOID(store->PutClock(*clock));
  }
  for (const PendingAlert& alert : alerts) {
    RuleRun& run = *rules[alert.rule].run;
    TRIPLINE_TRY(const bool is_new, store->PutAlert(run.Build(alert.raised)));
    if (is_new) {
      run.CountAlert();
    }
  }
  for (const ActiveRule& rule : rules) {
    const RuleRun& run = *rule.run;
    TRIPLINE_TRY_VOID(store->PutRule(run.rule().rule_id, run.Save()));
    if (const std::optional<Timestamp> position = run.position()) {
      const Timestamp next_run = *position + run.schedule().interval();
      TRIPLINE_TRY_VOID(
          store->ForgetAlerts(run.rule().rule_id, run.schedule().WindowOf(next_run).from));
    }
  }
  TRIPLINE_TRY_VOID(jobs.Save(*store));
  return store->Commit();
}

Result<void> Session::State::Deliver(const AlertSink& sink) {
  std::vector<Alert> some;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    RuleRun& run = *rules[alerts[i].rule].run;
    some.push_back(run.Build(alerts[i].raised));
    run.CountAlert();
    if (some.size() == kAlertsAtATime || i + 1 == alerts.size()) {
      TRIPLINE_TRY_VOID(sink(some));
      some.clear();
    }
  }
  return {};
}

Result<void> Session::State::DeliverFromOutbox(const AlertSink& sink) {
  std::int64_t sequence = 0;
  std::uint64_t num_delivered = 0;
  for (;;) {
    TRIPLINE_TRY(std::vector<OutboxAlert> rows, store->ReadOutbox(sequence, kAlertsAtATime));
    if (rows.empty()) {
      break;
    }
    std::vector<Alert> some;
    some.reserve(rows.size());
    for (OutboxAlert& row : rows) {
      some.push_back(std::move(row.alert));
    }
    TRIPLINE_TRY_VOID(sink(some));
    sequence = rows.back().sequence;
    num_delivered += some.size();
    TRIPLINE_TRY_VOID(store->MarkDelivered(sequence));
  }
  std::uint64_t num_new = 0;
  for (const ActiveRule& rule : rules) {
    num_new += rule.run->Summarize(RuleRun::Ending::kWillGoOn).alerts;
  }
  summary.redelivered = num_delivered - num_new;
  return {};
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
