// StateStore: what a run leaves behind for the next one, at a desk: one SQLite file in a folder of
// the user's choice (docs/windows.md, "What is kept").
//
//   meta    the clock, the number of the call
//   rule    per rule: detector key, position;  job: per anomaly job its key
//   part    their detectors' and models' bytes: a checkpoint and the changes since
//   alert   the outbox: every alert until it has been delivered; then its id alone, as long as the
//           same finding could come again
//
// Positions, histories and alerts are committed in one transaction: after a crash, a full disk or a
// kill at any moment the file holds all of a commit or nothing of it. One process at a time: the
// file stays locked while it is open.
//
// A *call* goes from one EndCall to the next: a process that was killed has not ended its call, and
// the next one goes on with it.
//
// Errors say what to do. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/state_database.h"
#include "runtime/state_parts.h"
#include "runtime/state_records.h"

namespace tripline::runtime {

struct StateStoreOptions {
  /// The file may grow to so many bytes; 0: to whatever the disk holds.
  std::uint64_t max_bytes = 0;
  /// For so long after its run an alert's id is known, so that it is not given again.
  Milliseconds keeps_alert_ids = std::chrono::days(90);
};

class StateStore {
 public:
  static constexpr std::int64_t kMaxRunRecords = 100'000;

  /// Opens `folder`/tripline.db; makes the folder and the file if they are missing. Errors:
  /// kUnavailable (locked by another process, no permission, disk full), kInvalid (damaged, or not
  /// a state file), kUnsupported (written by a newer version).
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> Open(
      const std::string& folder, const StateStoreOptions& options = {});
  ~StateStore();

  [[nodiscard]] Result<CallProgress> ReadProgress();
  /// None if the rule is not known. Errors: kInvalid, if a part is damaged.
  [[nodiscard]] Result<std::optional<RuleState>> ReadRule(const std::string& rule_id);
  /// The last run of a rule that is over, whatever has become of its parts.
  [[nodiscard]] Result<std::optional<Timestamp>> ReadPosition(const std::string& rule_id);
  /// None if the job is not known. Errors: kInvalid, if a part is damaged.
  [[nodiscard]] Result<std::optional<JobState>> ReadJob(const std::string& job_id);
  /// The first undelivered alerts in the order of delivery (call, run, place, order of PutAlert),
  /// at most `limit`: of the calls that have ended all, of this call those of runs before `before`.
  [[nodiscard]] Result<std::vector<OutboxAlert>> ReadOutbox(std::optional<Timestamp> before,
                                                            std::uint32_t limit);

  /// True if an alert of this id was put, and its id not forgotten.
  [[nodiscard]] Result<bool> KnowsAlert(const std::string& id);
  /// True if a run of the rule from `first` to `last` left something out because of max_signals.
  [[nodiscard]] Result<bool> HasCut(const std::string& rule_id, Timestamp first, Timestamp last);
  /// All gaps, in the order of time.
  [[nodiscard]] Result<std::vector<RunGap>> ReadGaps();

  /// Starts the transaction that the Puts belong to; without Commit, or after an error, nothing of
  /// it remains.
  [[nodiscard]] Result<void> Begin();
  /// This commit ends the call: what is put after it belongs to the next one.
  [[nodiscard]] Result<void> EndCall();
  [[nodiscard]] Result<void> PutProgress(const CallProgress& progress);
  [[nodiscard]] Result<void> PutRule(const std::string& rule_id, const RuleState& state);
  [[nodiscard]] Result<void> PutJob(const std::string& job_id, const JobState& state);
  /// Adds an alert to the outbox; false if an alert of this id is already there. `place` is its
  /// rule's among the rules: it orders the alerts of runs of the same time.
  [[nodiscard]] Result<bool> PutAlert(const Alert& alert, std::int64_t place);
  /// Adds to the records of runs; of more than kMaxRunRecords the oldest go.
  [[nodiscard]] Result<void> PutRun(const RunRecord& record);
  /// Adds a gap to those of its rule and reason.
  [[nodiscard]] Result<void> PutGap(const RunGap& gap);
  /// The rule's events of `span` have been examined now.
  [[nodiscard]] Result<void> CloseGaps(const std::string& rule_id, const TimeSpan& span);
  /// Forgets the ids of delivered alerts of runs before `before`.
  [[nodiscard]] Result<void> ForgetAlerts(const std::string& rule_id, Timestamp before);
  [[nodiscard]] Result<void> Commit();
  /// Undoes what was put since Begin; nothing if there is no transaction.
  void Rollback();

  /// All alerts up to `last`, in the order of delivery, have been delivered, into `output` if that
  /// is a file. A transaction of its own.
  [[nodiscard]] Result<void> MarkDelivered(const OutboxAlert& last,
                                           const std::optional<OutputPlace>& output = {});
  [[nodiscard]] Result<std::optional<OutputPlace>> ReadOutput();
  /// In the place of what is kept. A transaction of its own outside of one.
  [[nodiscard]] Result<void> PutOutput(const OutputPlace& output);

 private:
  explicit StateStore(std::unique_ptr<StateDatabase> database) : database_(std::move(database)) {}

  [[nodiscard]] Result<std::map<std::string, std::int64_t>> ReadNumbers();
  [[nodiscard]] Result<void> WriteGaps(const std::string& rule_id, const std::string& reason,
                                       const TimeSpans& spans);
  [[nodiscard]] Result<void> PutNumber(std::string_view name, std::int64_t value);

  [[nodiscard]] Result<std::vector<std::string>> ReadPartsOf(const PartOwner& owner,
                                                             std::int64_t num_parts);
  [[nodiscard]] Result<std::int64_t> WritePartsOf(const PartOwner& owner, const char* count_sql,
                                                  bool is_delta,
                                                  const std::vector<std::string>& parts);

  std::unique_ptr<StateDatabase> database_;
  std::set<PartOwner> damaged_;
  std::int64_t call_ = 1;
  bool ends_call_ = false;
};

}  // namespace tripline::runtime
