// Session: the rules of a ruleset run as scheduled, over events that come block by block.
//
//   TRIPLINE_TRY(auto session, Session::Open(ruleset, {.state_dir = "state"}));
//   while (... events.Next(&block) ...) {
//     matcher->Match(block.batch);
//     session->Observe(block, *matcher);
//   }
//   TRIPLINE_TRY(const RunSummary summary, session->Finish(sink));
//
// Time is event time (docs/windows.md). A run is evaluated when the clock has passed it by the
// lateness, or at the end of the input; the order of events within the lateness changes nothing.
// All alerts of a call come at its end, ordered by (run, rule, event's time, index, id, terms).
//
// With a state folder, everything that a later call needs is committed in one transaction before
// the first alert is handed out, and alerts that could not be handed out come first the next time:
// none is lost, and one that is handed out twice after a crash has the same id. Without a folder
// everything is in memory, and the end of the input is the end of time.
//
// Memory: the rules' histories, the events that runs to come may alert, and this call's alerts.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/anomaly/bucket_results.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"
#include "runtime/state_store.h"
#include "runtime/term_key.h"

namespace tripline::runtime {

struct SessionOptions {
  /// Where the state of earlier calls lies and this call's is kept; empty: nothing is kept.
  std::string state_dir;
  StateStoreOptions state;
  /// Rules, by id, whose kept history is given up: they begin anew behind the last run that is
  /// over.
  std::vector<std::string> start_anew;
  /// The clock at the end of the input; later events do not move it, and are not judged yet. None:
  /// the largest time of any event.
  std::optional<Timestamp> now;
  /// Only events of from <= time <= to may alert; others are history.
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  /// How far behind the clock an event may come and still change nothing. None: each rule's
  /// look-back.
  std::optional<Milliseconds> lateness;
  /// Combinations of new-terms values of one event at most; what is left out is counted.
  std::uint64_t max_combinations = 10'000;
  /// Of the keys of histories that start in this call (runtime/term_key.h); none: a random one.
  std::optional<TermSecret> secret;
  /// Takes every result of the anomaly jobs of the call at its end: each bucket, its records, its
  /// influencers, in the order of jobs and of time; empty: none are made. With it, jobs that no
  /// rule names are run, too.
  std::function<Result<void>(const AnomalyResult&)> results;
};

/// Takes alerts, in order, a handful at a time. When it returns without an error they have arrived
/// where they belong, and will not be handed out again.
using AlertSink = std::function<Result<void>(std::span<const Alert>)>;

class Session {
 public:
  /// Errors: of the state folder (StateStore::Open), kInvalid (a rule's document, two rules of one
  /// id), kUnsupported (state of a newer version), kUsage (from after to, an unknown rule). A rule
  /// whose own state is damaged is not run, and its summary says why; the others are.
  [[nodiscard]] static Result<std::unique_ptr<Session>> Open(std::shared_ptr<const Ruleset> ruleset,
                                                             const SessionOptions& options);
  ~Session();

  /// What `now` in the rules' queries means for the rows of a block. Lives until the next block.
  [[nodiscard]] RowClock ClockOf(const EventBlock& block);
  /// The next events. Requires a block of the ruleset's columns, and the matcher of the ruleset's
  /// program that has just matched it.
  void Observe(const EventBlock& block, const Matcher& matcher);
  /// Events that are known to be past: they teach the histories and never alert, and the clock does
  /// not look at them.
  void ObserveHistory(const EventBlock& block, const Matcher& matcher);

  /// The end of the input: evaluates the runs that are due, commits, hands out the alerts. Errors:
  /// of the state (nothing of this call is kept), or of the sink (everything is kept, and what was
  /// not handed out waits for the next call). Afterwards the session is over.
  [[nodiscard]] Result<RunSummary> Finish(const AlertSink& sink);

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
