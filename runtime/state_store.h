// StateStore: what a run leaves behind for the next one, at a desk: one SQLite file in a folder of
// the user's choice (docs/windows.md, "What is kept"). This is the only door to SQLite.
//
//   meta    the clock
//   rule    per rule: detector key, position, checksum of its detector's bytes
//   part    those bytes, in parts
//   alert   the outbox: every alert of a call, until it has been delivered; then its id alone, as
//           long as the same finding could come again
//
// Position, histories and alerts of a call are committed in one transaction: after a crash, a full
// disk or a kill at any moment the file holds all of a call or nothing of it. One process at a
// time: the file stays locked while it is open.
//
// Errors say what to do. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"

namespace tripline::runtime {

struct StateStoreOptions {
  /// The file may grow to so many bytes; 0: to whatever the disk holds.
  std::uint64_t max_bytes = 0;
};

/// What is kept of one rule.
struct RuleState {
  std::string detector_key;           // changes when what the rule means changes
  std::optional<Timestamp> position;  // the last run that is over
  std::string detector;               // Detector::Save
};

/// What is kept of one anomaly job: a checkpoint, and the changes since, in their order.
struct JobState {
  std::string key;        // changes when what the job means changes
  bool is_delta = false;  // PutJob: add to what is kept; else in its place. ReadJob: false
  std::vector<std::string> parts;
};

/// An alert that was committed and may not have been delivered yet.
struct OutboxAlert {
  std::int64_t sequence = 0;  // rises in the order of delivery
  Alert alert;
};

class StateStore {
 public:
  /// Opens `folder`/tripline.db; makes the folder and the file if they are missing. Errors:
  /// kUnavailable (locked by another process, no permission, disk full), kInvalid (damaged, or not
  /// a state file), kUnsupported (written by a newer version).
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> Open(
      const std::string& folder, const StateStoreOptions& options = {});
  ~StateStore();

  [[nodiscard]] Result<std::optional<Timestamp>> ReadClock();
  /// None if the rule is not known. Errors: kInvalid, if its bytes are damaged.
  [[nodiscard]] Result<std::optional<RuleState>> ReadRule(const std::string& rule_id);
  /// None if the job is not known. Errors: kInvalid, if a part is damaged.
  [[nodiscard]] Result<std::optional<JobState>> ReadJob(const std::string& job_id);
  /// The next undelivered alerts after `sequence`, at most `limit`.
  [[nodiscard]] Result<std::vector<OutboxAlert>> ReadOutbox(std::int64_t sequence,
                                                            std::uint32_t limit);

  /// Starts the transaction that the Puts belong to; without Commit, or after an error, nothing of
  /// it remains.
  [[nodiscard]] Result<void> Begin();
  [[nodiscard]] Result<void> PutClock(Timestamp clock);
  [[nodiscard]] Result<void> PutRule(const std::string& rule_id, const RuleState& state);
  [[nodiscard]] Result<void> PutJob(const std::string& job_id, const JobState& state);
  /// Adds an alert to the outbox; false if an alert of this id is already there.
  [[nodiscard]] Result<bool> PutAlert(const Alert& alert);
  /// Forgets the ids of delivered alerts of runs before `before`.
  [[nodiscard]] Result<void> ForgetAlerts(const std::string& rule_id, Timestamp before);
  [[nodiscard]] Result<void> Commit();
  /// Undoes what was put since Begin; nothing if there is no transaction.
  void Rollback();

  /// All alerts up to `sequence` have been delivered. A transaction of its own.
  [[nodiscard]] Result<void> MarkDelivered(std::int64_t sequence);

 private:
  struct State;
  explicit StateStore(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
