// SessionOutbox: the alerts of a session on their way out, in the order (run, rule, order of the
// findings), whatever the order in which the rules get to their runs.
//
//   RuleRun -Add-> waiting in memory -Keep-> the state's outbox -HandOut-> sink
//                                    -HandOut-> sink               (nothing is kept)
//
// An alert is handed out once no rule can give one any more that comes before it. With a state only
// what has been committed is handed out; what an earlier call could not deliver comes first.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/rule_run.h"
#include "runtime/session.h"
#include "runtime/session_jobs.h"
#include "runtime/state_store.h"

namespace tripline::runtime {

class SessionOutbox {
 public:
  /// Runs of the active rule number `rule`.
  void Add(std::size_t rule, std::vector<EvaluatedRun> runs);
  /// How many findings wait in memory.
  [[nodiscard]] std::size_t num_waiting() const { return num_waiting_; }

  /// True if the event is among what waits in memory of the rule's runs, or if one of these has cut
  /// something.
  [[nodiscard]] bool MayHold(std::size_t rule, const RunRange& runs, const EventOrder& event) const;

  /// Puts what waits in memory, and the runs' records, into the transaction of `store`; `type_of`
  /// names the type of a rule's run.
  [[nodiscard]] Result<void> Keep(
      StateStore& store, const std::vector<ActiveRule>& rules,
      const std::function<std::string(const ActiveRule&, Timestamp)>& type_of);

  /// Hands out the alerts of runs before `before` from memory.
  [[nodiscard]] Result<void> HandOut(const std::vector<ActiveRule>& rules, Timestamp before,
                                     const AlertSink& sink);
  /// Hands out those of `store`, and marks them delivered. None: only those of ended calls.
  [[nodiscard]] Result<void> HandOut(
      StateStore& store, std::optional<Timestamp> before, const AlertSink& sink,
      const std::function<std::optional<OutputPlace>()>& output_place);
  /// How many alerts have been handed out.
  [[nodiscard]] std::uint64_t num_handed_out() const { return num_handed_out_; }

 private:
  std::map<std::pair<Timestamp, std::size_t>, EvaluatedRun> waiting_;  // by run and active rule
  std::size_t num_waiting_ = 0;
  std::uint64_t num_handed_out_ = 0;
};

}  // namespace tripline::runtime
