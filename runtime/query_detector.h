// QueryDetector: the detector of query rules. Every event that matched is a finding, once.
//
// A run examines its window, leaves out what earlier runs found, and gives the first `max_signals`
// of the rest by (time, index, id). What the cap leaves out may be given by the next run whose
// window still covers it, and is counted as cut once no run does.
//
// Space: an event is kept from its arrival until its last run. Of the events that exactly the same
// k runs examine, only the first k * max_signals by order are kept, since a later one could never
// be given; so a rule that matches everything holds at most
//   2 * (look_back / interval + 1) * k * max_signals events.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"

namespace tripline::runtime {

class QueryDetector : public Detector {
 public:
  QueryDetector(const Schedule& schedule, std::uint32_t max_signals);

  void Observe(const MatchedEvent& event) override;
  [[nodiscard]] std::optional<Timestamp> NextRun() const override;
  void Run(Timestamp run_at, std::vector<Finding>& findings) override;
  void SkipTo(Timestamp run_at) override;
  [[nodiscard]] std::optional<Timestamp> position() const override { return position_; }

  [[nodiscard]] DetectorCounts counts() const override;
  [[nodiscard]] std::uint64_t num_postponed() const override;
  [[nodiscard]] std::uint64_t memory_bytes() const override;

  /// Forgets what waits: for who shows every run all events of its window again. What waited is not
  /// cut by that.
  void ForgetWaiting();
  [[nodiscard]] std::uint64_t num_waiting() const { return waiting_.size(); }
  /// Events that were given and that a run to come still examines.
  [[nodiscard]] std::uint64_t num_alerted() const { return alerted_.size(); }
  /// An earlier run gave this event, which a run to come may examine.
  void NoteAlerted(const EventOrder& event);

  void Save(ByteWriter& writer) const override;
  [[nodiscard]] Result<void> Load(ByteReader& reader) override;

 private:
  using Events = std::set<EventOrder>;
  // Events examined by the same runs; neighbours in time.
  using Cell = std::pair<Timestamp, Timestamp>;  // first and last run

  [[nodiscard]] std::uint64_t CapacityOf(const RunRange& runs) const;
  [[nodiscard]] Events::iterator LastOf(const RunRange& runs);
  Events::iterator Drop(Events::iterator at);
  void Trim();
  [[nodiscard]] Result<void> LoadEvents(ByteReader& reader, Events& events);

  Schedule schedule_;
  std::uint32_t max_signals_;
  std::optional<Timestamp> position_;
  Events waiting_;  // not given by any run yet, and some run is still to come
  Events alerted_;  // given, without their text; kept while a run may still examine them
  std::map<Cell, std::uint64_t> num_waiting_;
  std::map<Cell, std::uint64_t> num_dropped_;  // beyond the capacity; runs to come examine the cell
  std::uint64_t cut_ = 0;                      // no run to come examines
};

}  // namespace tripline::runtime
