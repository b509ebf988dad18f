// A session begins: the rules that can run, their jobs, and what an earlier call has kept of them.
#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_clock.h"
#include "runtime/relative_dates.h"
#include "runtime/session_state.h"
#include "runtime/term_key.h"

namespace tripline::runtime {

Result<std::unique_ptr<Session>> Session::Open(std::shared_ptr<const Ruleset> ruleset,
                                               const SessionOptions& options) {
  if (options.from && options.to && *options.from > *options.to) {
    return Fail(ErrorCode::kUsage, "--from (" + ToIsoString(*options.from) + ") is after --to (" +
                                       ToIsoString(*options.to) + "); no event could alert");
  }
  auto state = std::make_unique<State>();
  state->ruleset = std::move(ruleset);
  state->options = options;
  ClockLimits limits{.now = options.now, .plausible = std::nullopt};
  if (options.wall_clock) {
    limits.plausible = *options.wall_clock + EventClock::kLeap;
  }
  state->times = EventTimes(limits);
  state->asks_for_now = !RelativeDates(state->ruleset->program).empty();
  TRIPLINE_TRY_VOID(state->OpenStore());
  TRIPLINE_TRY_VOID(state->AddRules());
  state->jobs.Add(*state->ruleset,
                  {.from = options.from,
                   .to = options.to,
                   .lateness = options.lateness,
                   .keeps_results = options.results != nullptr},
                  state->rules, state->times, state->summary);
  if (state->GoesOn()) {
    state->times.RestoreClocks(state->kept.clocks);
    TRIPLINE_TRY_VOID(state->jobs.Restore(*state->store));
  }
  return std::unique_ptr<Session>(new Session(std::move(state)));
}

Result<void> Session::State::OpenStore() {
  if (options.purpose == SessionPurpose::kBackfill && options.state_dir.empty()) {
    return Fail(ErrorCode::kUsage, "a backfill needs --state: that is where the gaps are recorded");
  }
  if (options.purpose == SessionPurpose::kSchedule &&
      (options.is_dry_run || !options.only_rules.empty())) {
    return Fail(ErrorCode::kUsage, "--dry-run and --only are for --manual and --backfill");
  }
  if (options.state_dir.empty()) {
    return {};
  }
  TRIPLINE_TRY(store, StateStore::Open(options.state_dir, options.state));
  if (options.purpose == SessionPurpose::kSchedule) {
    TRIPLINE_TRY(kept, store->ReadProgress());
    next_commit = Stopwatch() + options.commit_every;
    return {};
  }
  TRIPLINE_TRY(gaps, store->ReadGaps());
  if (options.is_dry_run) {
    store.reset();
  }
  return {};
}

// Whether runs that are over may have examined an event: it was alerted, or they left out some of
// what they found. Empty where no gaps are recorded. An error of the state says yes: the commit
// will say it aloud.
std::function<bool(const RuleRun&, const Finding&)> Session::State::MayHaveExamined() const {
  if (!GoesOn()) {
    return {};
  }
  return [this](const RuleRun& run, const Finding& finding) {
    const std::string& rule_id = run.rule().rule_id;
    const Milliseconds interval = run.schedule().interval();
    RunRange runs = run.schedule().RunsOver(finding.event.time);
    // A cut is recorded with the run that is evaluated next after the event came.
    runs.first =
        run.schedule().LastRunUpTo(runs.first - run.lateness() - run.schedule().look_back());
    runs.last += interval;
    const auto active =
        std::ranges::find(rules, &run, [](const ActiveRule& rule) { return rule.run.get(); });
    return outbox.MayHold(static_cast<std::size_t>(active - rules.begin()), runs, finding.event) ||
           store->KnowsAlert(AlertId(rule_id, finding)).value_or(true) ||
           store->HasCut(rule_id, runs.first, runs.last).value_or(true);
  };
}

// What of the rule's gaps is closed in this call: the oldest, up to the bound.
TimeSpans Session::State::SpansToFill(const std::string& rule_id) const {
  TimeSpans all;
  for (const RunGap& gap : gaps) {
    if (gap.rule_id == rule_id) {
      all.Add(gap.span);
    }
  }
  TimeSpans oldest;
  Milliseconds left = options.max_backfill;
  for (const TimeSpan& span : all.Spans()) {
    if (left <= Milliseconds(0)) {
      break;
    }
    const TimeSpan part{span.first, std::min(span.last, span.first + left - Milliseconds(1))};
    left -= part.last - part.first + Milliseconds(1);
    oldest.Add(part);
  }
  return oldest;
}

Result<void> Session::State::AddRules() {
  const bool is_scheduled = options.purpose == SessionPurpose::kSchedule;
  const RuleRunOptions run_options{.from = options.from,
                                   .to = options.to,
                                   .only = {},
                                   .execution_type = is_scheduled ? "scheduled" : "manual",
                                   .may_have_examined = MayHaveExamined(),
                                   .lateness = options.lateness,
                                   .max_combinations = options.max_combinations,
                                   .max_signals = options.max_signals,
                                   .secret = options.secret.value_or(TermSecret::Random())};
  std::unordered_set<std::string> ids;
  for (std::size_t i = 0; i < ruleset->rules.size(); ++i) {
    const RuleSpec& rule = ruleset->rules[i];
    if (!ids.insert(rule.rule_id).second) {
      return Fail(ErrorCode::kInvalid, "two rules of the ruleset have the rule_id '" +
                                           rule.rule_id +
                                           "'; their alerts and histories could not be told apart");
    }
    TRIPLINE_TRY_VOID(AddRule(i, run_options));
  }
  for (const std::string& id : options.start_anew) {
    if (!ids.contains(id)) {
      return Fail(ErrorCode::kUsage, "--start-anew " + id + ": no rule has this rule_id");
    }
  }
  for (const std::string& id : options.only_rules) {
    if (!ids.contains(id)) {
      return Fail(ErrorCode::kUsage, "--only " + id + ": no rule has this rule_id");
    }
  }
  return {};
}

Result<void> Session::State::AddRule(std::size_t index, const RuleRunOptions& run_options) {
  const RuleSpec& rule = ruleset->rules[index];
  std::vector<std::string> reasons = ReasonsNotToRun(*ruleset, rule);
  bool is_damaged = false;
  RuleRunOptions own_options = run_options;
  const auto is_rule = [&rule](const std::string& id) { return id == rule.rule_id; };
  if (!options.only_rules.empty() && std::ranges::none_of(options.only_rules, is_rule)) {
    reasons.assign(1, "it is not among those of --only");
  }
  if (options.purpose == SessionPurpose::kBackfill) {
    own_options.only = SpansToFill(rule.rule_id);
    if (own_options.only.IsEmpty() && reasons.empty()) {
      reasons.emplace_back("it has no gap to fill");
    }
  }
  if (reasons.empty()) {
    TRIPLINE_TRY(std::unique_ptr<RuleRun> run, RuleRun::Make(*ruleset, rule, own_options));
    const Milliseconds lateness = run->lateness();
    ActiveRule active{.run = std::move(run),
                      .index = index,
                      .time_source = times.AddSource(*ruleset, rule),
                      .lateness = lateness,
                      .missed_up_to = std::nullopt};
    if (GoesOn()) {
      TRIPLINE_TRY(const std::string damage, Restore(active));
      is_damaged = !damage.empty();
      reasons.assign(is_damaged ? 1 : 0, damage);
    }
    if (reasons.empty()) {
      rules.push_back(std::move(active));
    }
  }
  summary.rules.push_back({.rule_id = rule.rule_id,
                           .name = rule.name,
                           .type = rule.type,
                           .not_run = std::move(reasons),
                           .cannot_go_on = is_damaged,
                           .note = {},
                           .last_run = std::nullopt});
  return {};
}

// Why the rule cannot go on from what is kept of it; empty: it can.
Result<std::string> Session::State::Restore(ActiveRule& rule) {
  RuleRun& run = *rule.run;
  const std::string& id = run.rule().rule_id;
  const Result<std::optional<RuleState>> kept_state = store->ReadRule(id);
  if (std::ranges::find(options.start_anew, id) != options.start_anew.end()) {
    TRIPLINE_TRY(const std::optional<Timestamp> position, store->ReadPosition(id));
    run.StartAnew(position, "it was told to with --start-anew");
    return "";
  }
  const Result<void> restored = !kept_state   ? std::unexpected(kept_state.error())
                                : *kept_state ? run.Restore(**kept_state)
                                              : Result<void>();
  if (restored) {
    if (*kept_state && (*kept_state)->was_absent && kept.ended_at) {
      rule.missed_up_to = kept.ended_at;
      rule.missed_from = run.position();
      run.NoteGap(*kept.ended_at);
    }
    return "";
  }
  if (restored.error().code != ErrorCode::kInvalid &&
      restored.error().code != ErrorCode::kUnsupported) {
    return std::unexpected(restored.error());
  }
  return "rule '" + id + "' cannot go on from what is kept of it (" + restored.error().message +
         "); put a backup of the state folder in its place, or give its history up with "
         "--start-anew " +
         id + ", and feed it the past with --history";
}

}  // namespace tripline::runtime
