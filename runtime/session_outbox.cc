#include "runtime/session_outbox.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/alert.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kAlertsAtATime = 256;

}  // namespace

void SessionOutbox::Add(std::size_t rule, std::vector<EvaluatedRun> runs) {
  for (EvaluatedRun& run : runs) {
    num_waiting_ += run.findings.size();
    const std::pair key(run.run_at, rule);
    waiting_.emplace(key, std::move(run));
  }
}

bool SessionOutbox::MayHold(std::size_t rule, const RunRange& runs, Milliseconds interval,
                            const EventOrder& event) const {
  for (Timestamp run_at = runs.first; run_at <= runs.last; run_at += interval) {
    const auto found = waiting_.find({run_at, rule});
    const auto is_it = [&event](const Finding& finding) { return finding.event == event; };
    if (found != waiting_.end() && (found->second.cut > 0 || found->second.postponed > 0 ||
                                    std::ranges::any_of(found->second.findings, is_it))) {
      return true;
    }
  }
  return false;
}

Result<void> SessionOutbox::Keep(
    StateStore& store, const std::vector<ActiveRule>& rules,
    const std::function<std::string(const ActiveRule&, Timestamp)>& type_of) {
  for (const auto& [key, run] : waiting_) {
    const ActiveRule& rule = rules[key.second];
    RunRecord record{.rule_id = rule.run->rule().rule_id,
                     .run_at = run.run_at,
                     .type = type_of(rule, run.run_at),
                     .cut = run.cut,
                     .postponed = run.postponed};
    for (const Finding& finding : run.findings) {
      TRIPLINE_TRY(const bool is_new, store.PutAlert(rule.run->Build(finding, run.run_at),
                                                     static_cast<std::int64_t>(rule.index)));
      ++(is_new ? record.alerts : record.repeated);
      if (is_new) {
        rule.run->CountAlert();
      }
    }
    TRIPLINE_TRY_VOID(store.PutRun(record));
  }
  waiting_.clear();
  num_waiting_ = 0;
  return {};
}

Result<void> SessionOutbox::HandOut(const std::vector<ActiveRule>& rules, Timestamp before,
                                    const AlertSink& sink) {
  std::vector<Alert> some;
  const auto hand_out = [&]() -> Result<void> {
    if (!some.empty()) {
      TRIPLINE_TRY_VOID(sink(some));
      num_handed_out_ += some.size();
      some.clear();
    }
    return {};
  };
  while (!waiting_.empty() && waiting_.begin()->first.first < before) {
    const auto& [key, run] = *waiting_.begin();
    for (const Finding& finding : run.findings) {
      some.push_back(rules[key.second].run->Build(finding, run.run_at));
      rules[key.second].run->CountAlert();
      if (some.size() == kAlertsAtATime) {
        TRIPLINE_TRY_VOID(hand_out());
      }
    }
    num_waiting_ -= run.findings.size();
    waiting_.erase(waiting_.begin());
  }
  return hand_out();
}

Result<void> SessionOutbox::HandOut(
    StateStore& store, std::optional<Timestamp> before, const AlertSink& sink,
    const std::function<std::optional<OutputPlace>()>& output_place) {
  for (;;) {
    TRIPLINE_TRY(const std::vector<OutboxAlert> rows, store.ReadOutbox(before, kAlertsAtATime));
    if (rows.empty()) {
      return {};
    }
    std::vector<Alert> some;
    some.reserve(rows.size());
    for (const OutboxAlert& row : rows) {
      some.push_back(row.alert);
    }
    TRIPLINE_TRY_VOID(sink(some));
    num_handed_out_ += some.size();
    TRIPLINE_TRY_VOID(
        store.MarkDelivered(rows.back(), output_place ? output_place() : std::nullopt));
  }
}

}  // namespace tripline::runtime
