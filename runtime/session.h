// Session: the rules of a ruleset run as scheduled, over events that come block by block.
//
//   TRIPLINE_TRY(auto session, Session::Open(ruleset, {.state_dir = "state"}));
//   while (... events.Next(&block) ...) {
//     matcher->Match(block.batch, session->ClockOf(block, times));
//     TRIPLINE_TRY_VOID(session->Observe(block, *matcher));
//     TRIPLINE_TRY_VOID(session->HandOut(sink));
//   }
//   TRIPLINE_TRY(const RunSummary summary, session->Finish(sink));
//
// Time is event time (docs/windows.md). A run is evaluated when the clock has passed it by the
// lateness, or at the end of the input; the order of events within the lateness changes nothing.
// Alerts come in the order (run, rule, event's time, index, id, terms), as soon as no rule can give
// one any more that comes before them.
//
// With a state folder, everything that is needed to go on is committed again and again while the
// input streams: the clock, the rules' positions and histories, the jobs' models and the alerts, in
// one transaction. Alerts are handed out after it, and those that could not be handed out come
// first the next time: none is lost, and one that is handed out twice after a crash has the same
// id. The same input fed again after a crash gives what an undisturbed call would have given.
// Without a folder everything is in memory, and the end of the input is the end of time.
//
// Memory: the rules' histories, the events that runs to come may alert, and the alerts that have
// not been committed (without a folder: handed out) yet.
//
// Thread-safety: one thread at a time, but for ClockOf; it need not be the same thread each time.
#pragma once

#include <chrono>
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

/// What the runs of a session are for.
enum class SessionPurpose : std::uint8_t {
  kSchedule,  // they go on from the state, which keeps how far they came
  kManual,    // over the events between --from and --to, whatever has been run before
  kBackfill   // the same for each rule over its gaps, the oldest first
};

struct SessionOptions {
  /// kManual and kBackfill leave clock, positions, histories and models of the state as they are:
  /// histories are those of the events that they are given. Of the state they use the alerts' ids,
  /// so that nothing is alerted twice, and the gaps, which they close.
  SessionPurpose purpose = SessionPurpose::kSchedule;
  /// kManual and kBackfill: nothing is kept, and alerts that the state knows come again.
  bool is_dry_run = false;
  /// kManual and kBackfill: only these rules, by id; empty: all.
  std::vector<std::string> only_rules;
  /// kBackfill: so much event time of a rule at most; what is left stays a gap.
  Milliseconds max_backfill = std::chrono::days(7);
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
  /// Findings of one run at most, instead of each rule's own max_signals.
  std::optional<std::uint32_t> max_signals;
  /// With a state: the end of the input waits for the lateness, too, so that how the input is cut
  /// into calls changes nothing.
  bool holds_late = false;
  /// What the machine's clock says: events up to a day after it are believed at the end of a call,
  /// however far they are from the others. None: only other events bear an event out.
  std::optional<Timestamp> wall_clock;
  /// With a state: how often it commits while the input streams, at most; 0: after every block.
  Milliseconds commit_every = std::chrono::seconds(5);
  /// Tells how much time has passed, for commit_every; empty: a clock of the machine's.
  std::function<Milliseconds()> stopwatch;
  /// Where the alerts that the sink has taken have arrived, if that is a file: kept with the mark
  /// that they were delivered.
  std::function<std::optional<OutputPlace>()> output_place;
  /// Of the keys of histories that start in this call (runtime/term_key.h); none: a random one.
  std::optional<TermSecret> secret;
  /// Takes every result of the anomaly jobs of the call at its end: each bucket, its records, its
  /// influencers, in the order of jobs and of time; empty: none are made. With it, jobs that no
  /// rule names are run, too, and the call commits at its end alone.
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

  /// What `now` in the rules' queries means for the rows of a block. Lives as long as `times`,
  /// where it is kept. Any number of threads may ask, also beside the other calls.
  [[nodiscard]] RowClock ClockOf(const EventBlock& block, std::vector<std::int64_t>& times) const;
  /// The next events. Requires a block of the ruleset's columns, and the matcher of the ruleset's
  /// program that has just matched it. Errors: of the state (what was committed stays); the session
  /// is over then.
  [[nodiscard]] Result<void> Observe(const EventBlock& block, const Matcher& matcher);
  /// Events that are known to be past: they teach the histories and never alert, and the clock does
  /// not look at them.
  void ObserveHistory(const EventBlock& block, const Matcher& matcher);

  /// Some of the input could not be read: a backfill leaves the gaps as they are.
  void NoteBrokenInput();

  /// Hands out the alerts that nothing can come before any more. What is not handed out while the
  /// input streams comes with Finish. Errors: of the state, or of the sink (what was not handed out
  /// waits for the next call); the session is over then.
  [[nodiscard]] Result<void> HandOut(const AlertSink& sink);

  /// Where the state says that alerts were written to; none without a state.
  [[nodiscard]] Result<std::optional<OutputPlace>> KeptOutput();
  /// Alerts will be written to this file, which is so large now.
  [[nodiscard]] Result<void> KeepOutput(const OutputPlace& output);

  /// The end of the input: evaluates the runs that are due, commits, hands out the alerts. Errors:
  /// of the state (nothing since the last commit is kept), or of the sink (everything is kept, and
  /// what was not handed out waits for the next call). Afterwards the session is over.
  [[nodiscard]] Result<RunSummary> Finish(const AlertSink& sink);

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
