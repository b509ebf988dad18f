// The table of terms, the arrivals by (term, time), and a queue of those arrivals that wait for a
// run, by that run. Most events hold a known term in order and end at the first table.
// docs/windows.md tells why this is exact.
#include "runtime/term_history.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"
#include "runtime/term.h"
#include "runtime/term_key.h"
#include "runtime/term_table.h"

namespace tripline::runtime {
namespace {

// One segment of the table is looked at for so many new terms, and this share of all segments when
// runs have gone by: far fewer than it holds, so that what is forgotten never gathers.
constexpr std::uint64_t kTermsPerLook = 256;
constexpr std::size_t kShareOfSegments = 64;

// A list of changes longer than a part of the table is no shorter than the table.
constexpr std::size_t kMostChangedShare = 2;
constexpr std::size_t kFewChanges = 4'096;

}  // namespace

TermHistory::TermHistory(const Schedule& schedule, const TermSecret& secret)
    : schedule_(schedule), quiet_(schedule.MinQuiet()), hasher_(secret) {
  Check(quiet_ > Milliseconds(0), "a history window is longer than the look-back");
}

void TermHistory::SetPosition(Timestamp run_at) {
  position_ = run_at;
  next_from_ = schedule_.WindowOf(run_at + schedule_.interval()).from;
  history_start_ = schedule_.HistoryStart(run_at + schedule_.interval());
}

bool TermHistory::IsLongSilence(std::optional<Timestamp> since, Timestamp until) const {
  return !since || until - *since > quiet_;
}

RunRange TermHistory::RunsThatFind(std::optional<Timestamp> silent_since, Timestamp time) const {
  RunRange runs{.first = schedule_.FirstRunTo(time), .last = schedule_.LastRunWithFromBefore(time)};
  if (silent_since) {
    runs.first = std::max(runs.first, schedule_.RunAfterHistory(*silent_since));
  }
  if (position_) {
    runs.first = std::max(runs.first, *position_ + schedule_.interval());
  }
  return runs;
}

TermKey TermHistory::Call(std::string_view term) const {
  const TermKey key = hasher_.KeyOf(term);
  const char* const home = static_cast<const char*>(terms_.HomeOf(key));
  __builtin_prefetch(
      home);  // not in a function of its own, which g++ would take for one that does nothing
  __builtin_prefetch(home + 64);
  return key;
}

void TermHistory::Observe(const TermKey& key, std::string_view term, const MatchedEvent& event) {
  if (IsForgotten(event.time)) {
    return;
  }
  auto [known, is_new] = terms_.FindOrAdd(key);
  const Timestamp last_seen = known.last_seen();
  if (!is_new && event.time <= last_seen) {
    ComeLate(known, term, event);
    return;
  }
  known.SetLastSeen(event.time);
  MarkChanged(known);
  if (is_new || IsLongSilence(last_seen, event.time)) {
    Arrive(known, term, is_new ? std::nullopt : std::optional(last_seen), event);
  }
  if (is_new && ++num_added_ % kTermsPerLook == 0) {
    terms_.ForgetSome(history_start_);
  }
}

bool TermHistory::MayHaveSeen(std::string_view term, Timestamp time) const {
  const Term* const known = terms_.Find(hasher_.KeyOf(term));
  return IsForgotten(time) || (known != nullptr && known->last_seen() >= time);
}

void TermHistory::Arrive(Term& term, std::string_view text, std::optional<Timestamp> silent_since,
                         const MatchedEvent& event) {
  if (const auto from = NextFrom(); from && event.time <= *from) {
    return;  // history for every run to come
  }
  if (!silent_since && event.use == EventUse::kHistoryOnly) {
    term.first_arrival = event.time;
    MarkChanged(term);
    return;
  }
  Tie(Put(term.key(), event.time, {.silent_since = silent_since}), text, event);
}

// `event` is at or before the term's last occurrence.
void TermHistory::ComeLate(Term& term, std::string_view text, const MatchedEvent& event) {
  if (event.time <= term.first_arrival) {
    Put(term.key(), term.first_arrival, {});
    term.first_arrival = TermTable::kNever;
  }
  const auto after = arrivals_.lower_bound({term.key(), event.time});
  if (after == arrivals_.end() || after->first.first != term.key()) {
    return;
  }
  if (after->first.second == event.time) {
    Tie(after, text, event);
  } else if (!after->second.silent_since || event.time > *after->second.silent_since) {
    BreakSilence(after, term, text, event);
  }
}

// `event` falls into the silence before the arrival `after`.
void TermHistory::BreakSilence(Arrivals::iterator after, Term& term, std::string_view text,
                               const MatchedEvent& event) {
  const Timestamp time = after->first.second;
  const std::optional<Timestamp> silent_since = after->second.silent_since;
  const bool was_waiting = after->second.standing == Standing::kWaiting;
  MarkChanged(term);
  if (!IsLongSilence(event.time, time)) {
    if (was_waiting) {
      StopWaiting(after);
    }
    Erase(after);
  } else {
    after->second.silent_since = event.time;
    if (was_waiting) {
      queue_.erase({after->second.next_run, term.key(), time});
      const RunRange runs = RunsThatFind(event.time, time);
      runs.IsEmpty() ? StopWaiting(after) : Wait(after, runs.first);
    }
  }
  if (IsLongSilence(silent_since, event.time)) {
    Arrive(term, text, silent_since, event);
  }
}

// `event` is one more occurrence, perhaps the first, at the very time of an arrival.
void TermHistory::Tie(Arrivals::iterator at, std::string_view text, const MatchedEvent& event) {
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
  arrival.term = text;
  arrival.is_postponed = false;
  Wait(at, runs.first);
  MarkChanged(at->first.first);
}

TermHistory::Arrivals::iterator TermHistory::Put(const TermKey& key, Timestamp time,
                                                 Arrival arrival) {
  arrivals_by_time_.emplace(time, key);
  return arrivals_.insert_or_assign({key, time}, std::move(arrival)).first;
}

void TermHistory::Erase(Arrivals::iterator at) {
  arrivals_by_time_.erase({at->first.second, at->first.first});
  arrivals_.erase(at);
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
  arrival.term.clear();
  arrival.document.reset();
}

void TermHistory::MarkChanged(Term& term) {
  if (has_lost_changes_ || term.is_marked()) {
    return;
  }
  term.SetMark(true);
  changed_.push_back(term.key());
  if (changed_.size() > kFewChanges && changed_.size() > terms_.num_terms() / kMostChangedShare) {
    has_lost_changes_ = true;
    changed_ = {};
  }
}

void TermHistory::MarkChanged(const TermKey& key) {
  Term* const term = terms_.Find(key);
  Check(term != nullptr, "an arrival is one of a known term");
  MarkChanged(*term);
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
    const auto [next_run, key, time] = *queue_.begin();
    const auto at = arrivals_.find({key, time});
    found.push_back({.finding = {.event = {.time = time, .document = at->second.document},
                                 .term = at->second.term},
                     .at = at});
    queue_.erase(queue_.begin());
    MarkChanged(key);
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
      arrival.term.clear();
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
  SetPosition(run_at);
  Forget();
}

// Forgets what no run to come can ask for: all arrivals, and of the terms some.
void TermHistory::Forget() {
  ForgetArrivals();
  for (std::size_t i = 0; i <= terms_.num_segments() / kShareOfSegments; ++i) {
    terms_.ForgetSome(history_start_);
  }
}

void TermHistory::ForgetArrivals() {
  const Timestamp from = *NextFrom();
  while (!arrivals_by_time_.empty() && arrivals_by_time_.begin()->first <= from) {
    const auto [time, key] = *arrivals_by_time_.begin();
    Erase(arrivals_.find({key, time}));
  }
}

std::uint64_t TermHistory::num_postponed() const {
  std::uint64_t num_arrivals = 0;
  for (const auto& [next_run, term, time] : queue_) {
    num_arrivals += arrivals_.at({term, time}).is_postponed ? 1 : 0;
  }
  return num_arrivals;
}

std::uint64_t TermHistory::memory_bytes() const {
  constexpr std::uint64_t kNode = 48;  // a tree's own share
  std::uint64_t bytes =
      terms_.memory_bytes() + changed_.capacity() * sizeof(TermKey) +
      arrivals_.size() * (2 * kNode + sizeof(Arrivals::value_type) + sizeof(TermKey)) +
      queue_.size() * (kNode + sizeof(Queued));
  for (const auto& [next_run, key, time] : queue_) {
    const Arrival& arrival = arrivals_.at({key, time});
    bytes += sizeof(Document) + arrival.term.size() + arrival.document->json.size();
  }
  return bytes;
}

}  // namespace tripline::runtime
