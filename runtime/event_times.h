// EventTimes: when the events of a block happened, by every timestamp that the rules go by, and how
// far each of these timestamps has come.
//
// A rule's primary timestamp is its timestamp_override, else @timestamp; where an event lacks the
// override, @timestamp takes its place unless the rule forbids it. Rules of the same choice share
// one source. A field with several values counts as the earliest of them; an instant outside the
// years 1 to 9999 is no time.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/batch.h"
#include "runtime/event_clock.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"

namespace tripline::runtime {

class EventTimes {
 public:
  explicit EventTimes(const ClockLimits& limits) : limits_(limits) {}

  /// The source that `rule` goes by. Requires that no block has been read.
  [[nodiscard]] std::size_t AddSource(const Ruleset& ruleset, const RuleSpec& rule);
  /// The same for an anomaly job.
  [[nodiscard]] std::size_t AddSource(const Ruleset& ruleset, const AnomalyJobSpec& job) {
    return AddSource(ruleset, job.time_field, false);
  }
  /// True if the ruleset reads a field that `rule` could take its times from.
  [[nodiscard]] static bool HasSource(const Ruleset& ruleset, const RuleSpec& rule);

  /// Reads the times of all rows.
  void Read(const Batch& batch);
  [[nodiscard]] std::optional<Timestamp> TimeOf(std::size_t source, std::uint32_t row) const {
    return sources_[source].times[row];
  }

  /// The rows that were read last are counted and move the clocks; `are_known`: they did so before
  /// the clocks were restored, and now only say how far these may go at the end.
  void MoveClocks(bool are_known = false);
  /// What Clocks has given: every source's clock by its name, and the furthest of all by the empty
  /// name; where there is only this one, it is every source's.
  void RestoreClocks(const std::map<std::string, Timestamp>& clocks);
  [[nodiscard]] std::map<std::string, Timestamp> Clocks() const;
  /// How far event time has come: the furthest of all sources' clocks.
  [[nodiscard]] std::optional<Timestamp> Now() const;
  /// How far it may go at the end of the input: the furthest plausible time; where nothing speaks
  /// for any time at all, the largest.
  [[nodiscard]] std::optional<Timestamp> Plausible() const;
  [[nodiscard]] std::optional<Timestamp> Largest() const;
  /// The earliest time that moved the clocks of this source.
  [[nodiscard]] std::optional<Timestamp> Earliest(std::size_t source) const {
    return sources_[source].earliest;
  }

  /// The earliest time that was read at all, of history too.
  [[nodiscard]] std::optional<Timestamp> EarliestRead(std::size_t source) const {
    return sources_[source].earliest_read;
  }

  [[nodiscard]] std::vector<TimestampSummary> Summarize() const;

 private:
  [[nodiscard]] std::size_t AddSource(const Ruleset& ruleset, const std::string& field,
                                      bool has_fallback);

  struct Source {
    [[nodiscard]] std::string Name() const;

    std::string field;
    bool has_fallback = false;
    std::optional<std::uint32_t> primary;   // column
    std::optional<std::uint32_t> fallback;  // column
    EventClock clock;
    std::optional<Timestamp> earliest;
    std::optional<Timestamp> earliest_read{};
    std::uint64_t num_with_time = 0;
    std::uint64_t num_without_time = 0;
    std::uint64_t num_after_now = 0;
    std::vector<std::optional<Timestamp>> times;  // of the block's rows
  };

  ClockLimits limits_;
  std::vector<Source> sources_;
};

}  // namespace tripline::runtime
