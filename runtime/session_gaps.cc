// Gaps: event time that the runs of a rule have passed by without its events (docs/windows.md).
//
//   absent  calls have ended without the rule, and this one brought no events of that time
//   late    events came after the last run that examines them
//   silent  this call began with events later than the end of the call before, by more than a day
//           and than any rule looks back: perhaps nothing happened, perhaps nobody fed it
#include <algorithm>
#include <chrono>
#include <optional>
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
    const std::optional<Timestamp> own = times.Earliest(rule.time_source);
    if (own) {
      earliest = earliest ? std::min(*earliest, *own) : *own;
    }
    silence = std::max(silence, rule.run->schedule().look_back());
    const std::string& rule_id = rule.run->rule().rule_id;
    if (rule.missed_up_to && rule.missed_from) {
      const TimeSpan missed{*rule.missed_from + kTick,
                            own ? std::min(*rule.missed_up_to, *own - kTick) : *rule.missed_up_to};
      if (missed.first <= missed.last) {
        found.push_back({.rule_id = rule_id, .reason = "absent", .span = missed});
      }
    }
    for (const TimeSpan& span : rule.run->missed().Spans()) {
      found.push_back({.rule_id = rule_id, .reason = "late", .span = span});
    }
  }
  if (kept.ended_at && earliest && *earliest - *kept.ended_at > silence) {
    found.push_back(
        {.rule_id = "", .reason = "silent", .span = {*kept.ended_at + kTick, *earliest - kTick}});
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

// A gap of every rule is closed when every rule of the ruleset has been run over it.
Result<void> Session::State::CloseGaps() {
  TimeSpans of_every_rule;
  for (const ActiveRule& rule : rules) {
    TimeSpans filled = SpansToFill(rule.run->rule().rule_id);
    if (options.purpose == SessionPurpose::kManual) {
      filled = TimeSpans();
      const std::optional<Timestamp> first =
          options.from ? options.from : times.Earliest(rule.time_source);
      const std::optional<Timestamp> last = options.to ? options.to : EndOfInput();
      if (first && last && *first <= *last) {
        filled.Add({*first, *last});
      }
    }
    for (const TimeSpan& span : filled.Spans()) {
      TRIPLINE_TRY_VOID(store->CloseGaps(rule.run->rule().rule_id, span));
      of_every_rule.Add(span);
    }
  }
  if (!options.only_rules.empty()) {
    return {};
  }
  for (const TimeSpan& span : of_every_rule.Spans()) {
    TRIPLINE_TRY_VOID(store->CloseGaps("", span));
  }
  return {};
}

}  // namespace tripline::runtime
