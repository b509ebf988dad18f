// Gaps: event time that the runs of a rule have passed by without its events (docs/windows.md).
//
//   absent  calls have ended without the rule
//   late    events came after the last run that examines them
//   silent  this call began with events later than the end of the call before, by more than a day
//           and than any rule looks back: perhaps nothing happened, perhaps nobody fed it
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/session_state.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {
namespace {

constexpr Milliseconds kTick(1);
constexpr Milliseconds kLeastSilence = std::chrono::days(1);

}  // namespace

std::vector<RunGap> Session::State::FindGaps() const {
  std::vector<RunGap> found;
  std::optional<Timestamp> earliest;
  Milliseconds silence = kLeastSilence;
  for (const ActiveRule& rule : rules) {
    if (const std::optional<Timestamp> own = times.Earliest(rule.time_source)) {
      earliest = earliest ? std::min(*earliest, *own) : *own;
    }
    silence = std::max(silence, rule.run->schedule().look_back());
  }
  const bool is_silent = kept.ended_at && earliest && *earliest - *kept.ended_at > silence;
  for (const ActiveRule& rule : rules) {
    const auto add = [&](const char* reason, const TimeSpan& span) {
      found.push_back({.rule_id = rule.run->rule().rule_id, .reason = reason, .span = span});
    };
    // Also where this call has brought events of that time: they need not have been all.
    if (rule.missed_up_to && rule.missed_from && *rule.missed_from < *rule.missed_up_to) {
      add("absent", {*rule.missed_from + kTick, *rule.missed_up_to});
    }
    for (const TimeSpan& span : rule.run->missed().Spans()) {
      add("late", span);
    }
    if (is_silent) {
      add("silent", {*kept.ended_at + kTick, *earliest - kTick});
    }
  }
  return found;
}

Result<void> Session::State::PutGaps() {
  for (const RunGap& gap : FindGaps()) {
    TRIPLINE_TRY_VOID(store->PutGap(gap));
    summary.gaps.push_back({.rule_id = gap.rule_id, .reason = gap.reason, .span = gap.span});
  }
  return {};
}

// What this call has run the rule over: of a backfill the parts of its gaps, else the range.
TimeSpans Session::State::SpansRunOver(const ActiveRule& rule) const {
  if (options.purpose == SessionPurpose::kBackfill) {
    return SpansToFill(rule.run->rule().rule_id);
  }
  TimeSpans range;
  const std::optional<Timestamp> first =
      options.from ? options.from : times.Earliest(rule.time_source);
  std::optional<Timestamp> last = options.to ? options.to : EndOfInput();
  if (last && options.now) {
    last = std::min(*last, *options.now);  // later events are not judged
  }
  if (first && last && *first <= *last) {
    range.Add({*first, *last});
  }
  return range;
}

// A gap stays where the input was broken off, and where it had no events around the gap.
Result<void> Session::State::CloseGaps() {
  const std::optional<Timestamp> latest = EndOfInput();
  for (const ActiveRule& rule : rules) {
    const std::optional<Timestamp> earliest = times.Earliest(rule.time_source);
    if (is_input_broken || !earliest || !latest) {
      continue;
    }
    for (const TimeSpan& span : SpansRunOver(rule).Spans()) {
      if (*earliest <= span.last && *latest >= span.first) {
        TRIPLINE_TRY_VOID(store->CloseGaps(rule.run->rule().rule_id, span));
      }
    }
  }
  return {};
}

// A word where a rule that compares with the past was given too little of it.
std::string Session::State::NoteOnHistory(const ActiveRule& rule) const {
  const RuleRun& run = *rule.run;
  const TimeSpans range = SpansRunOver(rule);
  const bool looks_back = !run.rule().jobs.empty() || run.rule().type == RuleType::kNewTerms;
  const std::optional<Timestamp> earliest = times.EarliestRead(rule.time_source);
  if (GoesOn() || options.purpose == SessionPurpose::kSchedule || !looks_back || range.IsEmpty() ||
      !earliest) {
    return "";
  }
  const Timestamp first_run = run.schedule().FirstRunTo(range.Spans().front().first);
  const Timestamp needed = run.rule().type == RuleType::kNewTerms
                               ? run.schedule().HistoryStart(first_run)
                               : run.schedule().WindowOf(first_run).from;
  if (*earliest <= needed) {
    return "";
  }
  return "it was given events from " + ToIsoString(*earliest) +
         " on, and its first run looks back to " + ToIsoString(needed) +
         ": what is known of before may look new; feed it with --history";
}

}  // namespace tripline::runtime
