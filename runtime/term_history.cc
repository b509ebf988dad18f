// Three tables: the last occurrence of every term, the arrivals by (term, time), and a queue of
// those arrivals that wait for a run, by that run. Most events hold a known term in order and end
// at the first table. docs/windows.md tells why this is exact.
#include "runtime/term_history.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kFirstSweep = 65'536;

}  // namespace

TermHistory::TermHistory(const Schedule& schedule, Milliseconds history_window, std::uint64_t seed)
    : schedule_(schedule),
      history_window_(history_window),
      quiet_(history_window - schedule.look_back()),
      seed_(seed),
      terms_(seed),
      sweep_at_terms_(kFirstSweep),
      sweep_at_arrivals_(kFirstSweep) {
  Check(quiet_ > Milliseconds(0), "a history window is longer than the look-back");
}

bool TermHistory::IsForgotten(Timestamp time) const {
  return position_ && time < *position_ + schedule_.interval() - history_window_;
}

std::optional<Timestamp> TermHistory::NextFrom() const {
  if (!position_) {
    return std::nullopt;
  }
  return schedule_.WindowOf(*position_ + schedule_.interval()).from;
}

bool TermHistory::IsLongSilence(std::optional<Timestamp> since, Timestamp until) const {
  return !since || until - *since > quiet_;
}

RunRange TermHistory::RunsThatFind(std::optional<Timestamp> silent_since, Timestamp time) const {
  RunRange runs{.first = schedule_.FirstRunFrom(time),
                .last = schedule_.LastRunUpTo(time + schedule_.look_back() - Milliseconds(1))};
  if (silent_since) {
    runs.first = std::max(runs.first, schedule_.RunAfter(*silent_since + history_window_));
  }
  if (position_) {
    runs.first = std::max(runs.first, *position_ + schedule_.interval());
  }
  return runs;
}

void TermHistory::Observe(std::string_view term, const MatchedEvent& event) {
  if (IsForgotten(event.time)) {
    return;
  }
  const TermCode code = terms_.Intern(term);
  if (code == last_seen_.size()) {
    last_seen_.push_back(event.time);
    Arrive(code, std::nullopt, event);
    return;
  }
  Timestamp& last_seen = last_seen_[code];
  if (event.time > last_seen) {
    if (IsLongSilence(last_seen, event.time)) {
      Arrive(code, last_seen, event);
    }
    last_seen = event.time;
    return;
  }
  const auto after = arrivals_.lower_bound({code, event.time});
  if (after == arrivals_.end() || after->first.first != code) {
    return;
  }
  if (after->first.second == event.time) {
    Tie(after, event);
  } else if (!after->second.silent_since || event.time > *after->second.silent_since) {
    BreakSilence(after, event);
  }
}

void TermHistory::Arrive(TermCode term, std::optional<Timestamp> silent_since,
                         const MatchedEvent& event) {
  if (const auto from = NextFrom(); from && event.time <= *from) {
    return;  // history for every run to come
  }
  const auto at = arrivals_.try_emplace({term, event.time}).first;
  at->second.silent_since = silent_since;
  Tie(at, event);
}

// `event` falls into the silence before the arrival `after`.
void TermHistory::BreakSilence(Arrivals::iterator after, const MatchedEvent& event) {
  const auto [term, time] = after->first;
  const std::optional<Timestamp> silent_since = after->second.silent_since;
  const bool was_waiting = after->second.standing == Standing::kWaiting;
  if (!IsLongSilence(event.time, time)) {
    if (was_waiting) {
      StopWaiting(after);
    }
    arrivals_.erase(after);
  } else {
    after->second.silent_since = event.time;
    if (was_waiting) {
      queue_.erase({after->second.next_run, term, time});
      const RunRange runs = RunsThatFind(event.time, time);
      runs.IsEmpty() ? StopWaiting(after) : Wait(after, runs.first);
    }
  }
  if (IsLongSilence(silent_since, event.time)) {
    Arrive(term, silent_since, event);
  }
}

// `event` is one more occurrence, perhaps the first, at the very time of an arrival.
void TermHistory::Tie(Arrivals::iterator at, const MatchedEvent& event) {
  Arrival& arrival = at->second;
  const RunRange runs = RunsThatFind(arrival.silent_since, at->first.second);
  if (event.use == EventUse::kHistoryOnly || runs.IsEmpty()) {
    return;
  }
  const std::shared_ptr<const Document>& document = event.source->Keep();
  if (arrival.standing != Standing::kQuiet && document->CompareIdentity(*arrival.document) >= 0) {
    return;
  }
  if (arrival.standing == Standing::kWaiting) {
    queue_.erase({arrival.next_run, at->first.first, at->first.second});
  }
  arrival.document = document;
  arrival.is_postponed = false;
  Wait(at, runs.first);
}

void TermHistory::Wait(Arrivals::iterator at, Timestamp next_run) {
  at->second.standing = Standing::kWaiting;
  at->second.next_run = next_run;
  queue_.insert({next_run, at->first.first, at->first.second});
}

// No run to come finds it.
void TermHistory::StopWaiting(Arrivals::iterator at) {
  Arrival& arrival = at->second;
  queue_.erase({arrival.next_run, at->first.first, at->first.second});
  cut_ += arrival.is_postponed ? 1 : 0;
  arrival.standing = Standing::kQuiet;
  arrival.is_postponed = false;
  arrival.document.reset();
}

std::optional<Timestamp> TermHistory::NextRun() const {
  if (queue_.empty()) {
    return std::nullopt;
  }
  return std::get<0>(*queue_.begin());
}

void TermHistory::Run(Timestamp run_at, std::uint32_t max_signals, std::vector<Finding>& findings) {
  struct Found {
    Finding finding;
    Arrivals::iterator at;
  };
  std::vector<Found> found;
  while (!queue_.empty() && std::get<0>(*queue_.begin()) <= run_at) {
    const auto [next_run, term, time] = *queue_.begin();
    const auto at = arrivals_.find({term, time});
    found.push_back({.finding = {.event = {.time = time, .document = at->second.document},
                                 .term = std::string(terms_.View().values[term])},
                     .at = at});
    queue_.erase(queue_.begin());
  }
  const auto given = static_cast<std::ptrdiff_t>(std::min<std::size_t>(found.size(), max_signals));
  std::partial_sort(
      found.begin(), found.begin() + given, found.end(), [](const Found& a, const Found& b) {
        const auto order = a.finding.event <=> b.finding.event;
        return order != 0 ? order < 0 : TermToJson(a.finding.term) < TermToJson(b.finding.term);
      });
  for (std::size_t i = 0; i < found.size(); ++i) {
    Arrival& arrival = found[i].at->second;
    if (std::cmp_less(i, given)) {
      arrival.standing = Standing::kAlerted;
      arrival.document = arrival.document->WithoutText();
      findings.push_back(std::move(found[i].finding));
    } else {
      Postpone(found[i].at, run_at);
    }
  }
  SkipTo(run_at);
}

void TermHistory::Postpone(Arrivals::iterator at, Timestamp run_at) {
  at->second.is_postponed = true;
  const Timestamp next_run = run_at + schedule_.interval();
  if (next_run <= RunsThatFind(at->second.silent_since, at->first.second).last) {
    Wait(at, next_run);
  } else {
    StopWaiting(at);
  }
}

void TermHistory::SkipTo(Timestamp run_at) {
  position_ = run_at;
  if (last_seen_.size() >= sweep_at_terms_ || arrivals_.size() >= sweep_at_arrivals_) {
    Sweep();
  }
}

// Forgets what no run to come can ask for. It runs when a table has doubled since the last time, so
// its cost is a constant per event.
void TermHistory::Sweep() {
  const Timestamp from = *NextFrom();
  std::erase_if(arrivals_, [from](const auto& entry) { return entry.first.second <= from; });
  ForgetTerms(*position_ + schedule_.interval() - history_window_);
  sweep_at_terms_ = std::max(kFirstSweep, 2 * last_seen_.size());
  sweep_at_arrivals_ = std::max(kFirstSweep, 2 * arrivals_.size());
}

void TermHistory::ForgetTerms(Timestamp before) {
  const auto num_kept = static_cast<std::size_t>(std::count_if(
      last_seen_.begin(), last_seen_.end(), [before](Timestamp seen) { return seen >= before; }));
  if (num_kept > last_seen_.size() / 4 * 3) {
    return;
  }
  Dictionary terms(seed_);
  std::vector<Timestamp> last_seen;
  std::vector<TermCode> new_codes(last_seen_.size());
  for (TermCode code = 0; code < last_seen_.size(); ++code) {
    if (last_seen_[code] >= before) {
      new_codes[code] = terms.Intern(terms_.View().values[code]);
      last_seen.push_back(last_seen_[code]);
    }
  }
  Arrivals arrivals;
  queue_.clear();
  for (auto& [key, arrival] : arrivals_) {
    const TermCode code = new_codes[key.first];  // an arrival to come is never before `before`
    if (arrival.standing == Standing::kWaiting) {
      queue_.insert({arrival.next_run, code, key.second});
    }
    arrivals.emplace_hint(arrivals.end(), std::pair(code, key.second), std::move(arrival));
  }
  terms_ = std::move(terms);
  last_seen_ = std::move(last_seen);
  arrivals_ = std::move(arrivals);
}

std::uint64_t TermHistory::num_postponed() const {
  std::uint64_t num_arrivals = 0;
  for (const auto& [next_run, term, time] : queue_) {
    num_arrivals += arrivals_.at({term, time}).is_postponed ? 1 : 0;
  }
  return num_arrivals;
}

std::uint64_t TermHistory::memory_bytes() const {
  constexpr std::uint64_t kNode = 32;
  std::uint64_t bytes = terms_.memory_bytes() + last_seen_.capacity() * sizeof(Timestamp) +
                        arrivals_.size() * (kNode + sizeof(Arrivals::value_type)) +
                        queue_.size() * (kNode + sizeof(Queued));
  for (const auto& [next_run, term, time] : queue_) {
    bytes += sizeof(Document) + arrivals_.at({term, time}).document->json.size();
  }
  return bytes;
}

}  // namespace tripline::runtime
