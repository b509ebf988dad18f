// What a session leaves behind, in one transaction, and the way of its alerts out of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/session_state.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kAlertsAtATime = 256;

}  // namespace

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
    TRIPLINE_TRY(const bool is_new,
                 store->PutAlert(run.Build(alert.raised),
                                 static_cast<std::int64_t>(rules[alert.rule].index)));
    if (is_new) {
      run.CountAlert();
    }
  }
  for (const ActiveRule& rule : rules) {
    RuleRun& run = *rule.run;
    TRIPLINE_TRY_VOID(store->PutRule(run.rule().rule_id, run.Save()));
    if (const std::optional<Timestamp> position = run.position()) {
      const Timestamp next_run = *position + run.schedule().interval();
      TRIPLINE_TRY_VOID(
          store->ForgetAlerts(run.rule().rule_id, run.schedule().WindowOf(next_run).from));
    }
  }
  TRIPLINE_TRY_VOID(jobs.Save(*store));
  TRIPLINE_TRY_VOID(store->EndCall());
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
  std::uint64_t num_delivered = 0;
  for (;;) {
    TRIPLINE_TRY(std::vector<OutboxAlert> rows, store->ReadOutbox(std::nullopt, kAlertsAtATime));
    if (rows.empty()) {
      break;
    }
    std::vector<Alert> some;
    some.reserve(rows.size());
    for (OutboxAlert& row : rows) {
      some.push_back(row.alert);
    }
    TRIPLINE_TRY_VOID(sink(some));
    num_delivered += some.size();
    TRIPLINE_TRY_VOID(store->MarkDelivered(rows.back()));
  }
  std::uint64_t num_new = 0;
  for (const ActiveRule& rule : rules) {
    num_new += rule.run->Summarize(RuleRun::Ending::kWillGoOn).alerts;
  }
  summary.redelivered = num_delivered - num_new;
  return {};
}

}  // namespace tripline::runtime
