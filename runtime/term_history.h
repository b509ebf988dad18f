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
// What is kept of a term is a key of 128 bits (runtime/term_key.h), its last occurrence and, while
// it waits for a run, its text. An arrival that nothing before is known of and that no run can
// alert stands in the table beside its term; all others in a map.
//
// Space: 36 to 41 bytes a term; per arrival in the map about 300 bytes, and the event's text while
// a run to come may still alert it. Terms whose last occurrence is older than any history window to
// come are dropped a segment of the table at a time, while runs go by and terms come.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/saved_part.h"
#include "runtime/schedule.h"
#include "runtime/term_key.h"
#include "runtime/term_table.h"

namespace tripline::runtime {

class TermHistory {
 public:
  /// Requires MinQuiet() > 0. The secret never shows in an answer; Load brings its own.
  TermHistory(const Schedule& schedule, const TermSecret& secret);

  /// The first half of Observe: the term's key, whose place in memory is called for.
  [[nodiscard]] TermKey Call(std::string_view term) const;
  /// The event holds the term, whose key is given. Of two events of the same time the one that may
  /// alert counts as earlier, then (index, id) decides.
  void Observe(const TermKey& key, std::string_view term, const MatchedEvent& event);
  /// False: the term has not occurred at `time` or later, nor has that been forgotten.
  [[nodiscard]] bool MayHaveSeen(std::string_view term, Timestamp time) const;
  /// True if no run to come looks back that far.
  [[nodiscard]] bool IsForgotten(Timestamp time) const { return time < history_start_; }

  [[nodiscard]] std::optional<Timestamp> NextRun() const;
  /// As Detector::Run: at most `max_signals` terms that are new at `run_at`.
  void Run(Timestamp run_at, std::uint32_t max_signals, std::vector<Finding>& findings);
  void SkipTo(Timestamp run_at);

  [[nodiscard]] std::optional<Timestamp> position() const { return position_; }
  [[nodiscard]] std::uint64_t cut() const { return cut_; }
  [[nodiscard]] std::uint64_t num_postponed() const;
  [[nodiscard]] std::size_t num_terms() const { return terms_.num_terms(); }
  [[nodiscard]] std::uint64_t memory_bytes() const;

  /// Terms in the order of their keys, without those that would be forgotten.
  void Save(ByteWriter& writer) const;
  /// As Detector::SaveChanges: false if too much has changed for it to be worth it.
  [[nodiscard]] bool SaveChanges(ByteWriter& writer) const;
  void MarkKept();
  [[nodiscard]] Result<void> Load(ByteReader& reader, std::size_t num_fields);

 private:
  using Term = TermTable::Term;
  enum class Standing : std::uint8_t { kQuiet, kWaiting, kAlerted };

  struct Arrival {
    std::optional<Timestamp> silent_since;  // none: no earlier occurrence is known
    Standing standing = Standing::kQuiet;
    bool is_postponed = false;                   // kWaiting: a run left it out because of its cap
    Timestamp next_run{};                        // kWaiting: the next run that finds it
    std::string term{};                          // kWaiting
    std::shared_ptr<const Document> document{};  // kWaiting; kAlerted: without its text
  };
  using Arrivals = std::map<std::pair<TermKey, Timestamp>, Arrival>;
  using Queued = std::tuple<Timestamp, TermKey, Timestamp>;  // next_run, term, arrival

  [[nodiscard]] RunRange RunsThatFind(std::optional<Timestamp> silent_since, Timestamp time) const;
  [[nodiscard]] bool IsLongSilence(std::optional<Timestamp> since, Timestamp until) const;
  [[nodiscard]] std::optional<Timestamp> NextFrom() const { return next_from_; }
  void SetPosition(Timestamp run_at);
  void Arrive(Term& term, std::string_view text, std::optional<Timestamp> silent_since,
              const MatchedEvent& event);
  void ComeLate(Term& term, std::string_view text, const MatchedEvent& event);
  void BreakSilence(Arrivals::iterator after, Term& term, std::string_view text,
                    const MatchedEvent& event);
  void Tie(Arrivals::iterator at, std::string_view text, const MatchedEvent& event);
  Arrivals::iterator Put(const TermKey& key, Timestamp time, Arrival arrival);
  void Erase(Arrivals::iterator at);
  void Wait(Arrivals::iterator at, Timestamp next_run);
  void StopWaiting(Arrivals::iterator at);
  void Postpone(Arrivals::iterator at, Timestamp run_at);
  void MarkChanged(Term& term);
  void MarkChanged(const TermKey& key);
  void Forget();
  void ForgetArrivals();
  void SaveHead(ByteWriter& writer, SavedPart part) const;
  void SaveTerm(ByteWriter& writer, const Term& term) const;
  [[nodiscard]] Result<void> LoadTerm(ByteReader& reader, const TermKey& key, SavedPart part,
                                      std::size_t num_fields);
  [[nodiscard]] Result<Timestamp> LoadArrival(ByteReader& reader, Term& term,
                                              std::optional<Timestamp> previous,
                                              std::size_t num_fields);
  [[nodiscard]] bool QueueWhatWaits();

  Schedule schedule_;
  Milliseconds quiet_;
  TermHasher hasher_;
  std::optional<Timestamp> position_;
  std::optional<Timestamp> next_from_;           // where the next run's window begins
  Timestamp history_start_ = TermTable::kNever;  // and its history
  TermTable terms_;
  Arrivals arrivals_;
  std::set<std::pair<Timestamp, TermKey>> arrivals_by_time_;
  std::set<Queued> queue_;
  std::uint64_t cut_ = 0;
  std::uint64_t num_added_ = 0;
  std::vector<TermKey> changed_;  // marked in the table
  bool has_lost_changes_ = true;  // nothing has been kept yet, or too much has changed since
};

}  // namespace tripline::runtime
