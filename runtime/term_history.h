// TermHistory: which terms are new at a run, exactly, from events in any order (docs/windows.md has
// the definition, the reason why so little is enough, and where Kibana's answers differ).
//
//   new at T   :<=>  the earliest occurrence in [T - history_window, T] is after T - look_back
//
// Call an occurrence an *arrival* if it comes more than quiet = history_window - look_back after
// the one before it, or has none before it. A term that is new at T has no occurrence in
// [T - history_window, T - look_back], so its first one in the window is an arrival; and whether
// that arrival makes it new at T depends only on its own time and on the time before it:
//
//   arrival at u, silent since p, makes the term new at T
//       :<=>  T - look_back < u <= T  and  p < T - history_window
//
// So a term's whole past is its last occurrence and the few arrivals that a run to come examines.
// An event that comes late only matters inside the silence before such an arrival: it splits it.
//
// Space: per term its bytes, 8 bytes for the last occurrence and the Dictionary's share; per
// arrival about 150 bytes, and the event's text while a run to come may still alert it. A term
// whose last occurrence is older than any history window to come is forgotten, at the latest when
// the number of terms has doubled.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/dictionary.h"
#include "runtime/event.h"
#include "runtime/schedule.h"

namespace tripline::runtime {

class TermHistory {
 public:
  /// Requires look_back < history_window. `seed` is the hash table's; it never shows in an answer.
  TermHistory(const Schedule& schedule, Milliseconds history_window, std::uint64_t seed);

  /// The event holds the term. Of two events of the same time the one that may alert counts as
  /// earlier, then (index, id) decides.
  void Observe(std::string_view term, const MatchedEvent& event);
  /// True if no run to come looks back that far.
  [[nodiscard]] bool IsForgotten(Timestamp time) const;

  [[nodiscard]] std::optional<Timestamp> NextRun() const;
  /// As Detector::Run: at most `max_signals` terms that are new at `run_at`.
  void Run(Timestamp run_at, std::uint32_t max_signals, std::vector<Finding>& findings);
  void SkipTo(Timestamp run_at);

  [[nodiscard]] std::optional<Timestamp> position() const { return position_; }
  [[nodiscard]] std::uint64_t cut() const { return cut_; }
  [[nodiscard]] std::uint64_t num_postponed() const;
  [[nodiscard]] std::size_t num_terms() const { return last_seen_.size(); }
  [[nodiscard]] std::uint64_t memory_bytes() const;

  /// Terms in the order of their bytes, without those that would be forgotten.
  void Save(ByteWriter& writer) const;
  [[nodiscard]] Result<void> Load(ByteReader& reader, std::size_t num_fields);

 private:
  using TermCode = std::uint32_t;
  enum class Standing : std::uint8_t { kQuiet, kWaiting, kAlerted };

  struct Arrival {
    std::optional<Timestamp> silent_since;  // none: no earlier occurrence is known
    Standing standing = Standing::kQuiet;
    bool is_postponed = false;                 // kWaiting: a run left it out because of its cap
    Timestamp next_run{};                      // kWaiting: the next run that finds it
    std::shared_ptr<const Document> document;  // kWaiting; kAlerted: without its text
  };
  using Arrivals = std::map<std::pair<TermCode, Timestamp>, Arrival>;
  using Queued = std::tuple<Timestamp, TermCode, Timestamp>;  // next_run, term, arrival

  [[nodiscard]] RunRange RunsThatFind(std::optional<Timestamp> silent_since, Timestamp time) const;
  [[nodiscard]] bool IsLongSilence(std::optional<Timestamp> since, Timestamp until) const;
  [[nodiscard]] std::optional<Timestamp> NextFrom() const;
  void Arrive(TermCode term, std::optional<Timestamp> silent_since, const MatchedEvent& event);
  void BreakSilence(Arrivals::iterator after, const MatchedEvent& event);
  void Tie(Arrivals::iterator at, const MatchedEvent& event);
  void Wait(Arrivals::iterator at, Timestamp next_run);
  void StopWaiting(Arrivals::iterator at);
  void Postpone(Arrivals::iterator at, Timestamp run_at);
  void Sweep();
  void ForgetTerms(Timestamp before);
  void SaveArrival(ByteWriter& writer, Timestamp time, const Arrival& arrival) const;
  [[nodiscard]] Result<Timestamp> LoadArrival(ByteReader& reader, TermCode term,
                                              std::optional<Timestamp> previous);

  Schedule schedule_;
  Milliseconds history_window_;
  Milliseconds quiet_;
  std::uint64_t seed_;
  std::optional<Timestamp> position_;
  Dictionary terms_;
  std::vector<Timestamp> last_seen_;  // by code
  Arrivals arrivals_;
  std::set<Queued> queue_;
  std::uint64_t cut_ = 0;
  std::size_t sweep_at_terms_;
  std::size_t sweep_at_arrivals_;
};

}  // namespace tripline::runtime
