// Detector: the part of a rule that looks over many events. The Matcher says which events satisfy a
// rule's query; the rule's Detector decides at each run which of them are findings.
//
//   events -Match-> matched events -Observe-> Detector -Run (per due run)-> Findings -> alerts
//
// Contract for every kind of detector:
//   * Events may come in any order and more than once; what Run answers depends only on the set of
//     events observed before it (events of the same identity are one event).
//   * Runs come in rising order. Only runs that can give something are evaluated: NextRun names the
//     earliest of them, SkipTo tells that all runs up to a time are over. An event that only runs
//     already over would examine is ignored, or serves as history.
//   * A finding is given once: what an earlier run gave is not given again, also not after Save and
//     Load. What a run leaves out because of its cap may be given by a later run that examines it
//     too; what no run gives in the end is counted.
//   * Save writes everything, in an order that depends on the content alone; Load accepts nothing
//     that Save cannot have written without an error.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/event.h"

namespace tripline::runtime {

/// One thing that a run found: the seed of one alert.
struct Finding {
  EventOrder event;  // with its text
  std::string term;  // new_terms: the new term (runtime/term.h); else empty
};

struct DetectorCounts {
  std::uint64_t cut = 0;             // would have been findings but for the cap of every run
  std::uint64_t clipped_events = 0;  // new_terms: events with too many combinations of values
  std::uint64_t clipped_terms = 0;   // and how many combinations of theirs were left out
};

class Detector {
 public:
  virtual ~Detector() = default;

  /// The event's source must live until Settle, for a detector may take in a few events at a time.
  virtual void Observe(const MatchedEvent& event) = 0;
  /// Takes in what was observed; before any other call, and before the sources go.
  virtual void Settle() {}

  /// True if what it keeps says that it may have been shown this event; false if it says no, or
  /// nothing.
  [[nodiscard]] virtual bool MayHaveSeen(const MatchedEvent& /*event*/) const { return false; }

  /// The earliest run not over yet that may give findings; none if there is nothing to look at.
  [[nodiscard]] virtual std::optional<Timestamp> NextRun() const = 0;
  /// Evaluates the run at `run_at` and appends what it finds, ordered by (time, index, id, term);
  /// the run is over then. Requires: run_at is after position() and not after NextRun().
  virtual void Run(Timestamp run_at, std::vector<Finding>& findings) = 0;
  /// All runs up to `run_at` are over; none of them was left out although NextRun named it.
  virtual void SkipTo(Timestamp run_at) = 0;
  /// The last run that is over.
  [[nodiscard]] virtual std::optional<Timestamp> position() const = 0;

  /// What has been cut or clipped so far, in the life of this object.
  [[nodiscard]] virtual DetectorCounts counts() const = 0;
  /// What was left out by the caps of the runs so far and still waits for a later run: it counts as
  /// cut if there is none.
  [[nodiscard]] virtual std::uint64_t num_postponed() const = 0;
  [[nodiscard]] virtual std::uint64_t memory_bytes() const = 0;

  /// Everything. The format's version comes first.
  virtual void Save(ByteWriter& writer) const = 0;
  /// What has changed since MarkKept; false, and nothing, if only everything can be saved.
  [[nodiscard]] virtual bool SaveChanges(ByteWriter& /*writer*/) const { return false; }
  /// What has been saved is kept; the next changes begin here.
  virtual void MarkKept() {}
  /// Takes what Save wrote, then what SaveChanges wrote, in their order.
  /// Errors: damaged bytes, or another version of the format. Requires a detector that has observed
  /// nothing since it was made or loaded; after an error it must not be used.
  [[nodiscard]] virtual Result<void> Load(ByteReader& reader) = 0;
};

}  // namespace tripline::runtime
