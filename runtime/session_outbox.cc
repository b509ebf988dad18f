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

bool SessionOutbox::MayHold(std::size_t rule, const RunRange& runs, const EventOrder& event) const {
  const auto is_it = [&event](const Finding& finding) { return finding.event == event; };
  auto at = waiting_.lower_bound({runs.first, rule});
  while (at != waiting_.end() && at->first.first <= runs.last) {
    const auto [run_at, whose] = at->first;
    const EvaluatedRun& run = at->second;
    if (whose == rule &&
        (run.cut > 0 || run.postponed > 0 || std::ranges::any_of(run.findings, is_it))) {
      return true;
    }
    // The rule's place in this run, or in the next one that something is kept of.
    at = waiting_.lower_bound({whose < rule ? run_at : run_at + Milliseconds(1), rule});
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
