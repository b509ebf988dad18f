#include "runtime/state_store.h"

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/sqlite_statement.h"
#include "runtime/state_database.h"
#include "runtime/state_parts.h"

namespace tripline::runtime {
namespace {

using Stepped = SqliteStatement::Stepped;

constexpr std::string_view kClock = "clock";
constexpr std::string_view kClockOf = "clock of ";
constexpr std::string_view kEvents = "events";
constexpr std::string_view kFirstBlock = "first block";
constexpr std::string_view kEndedAt = "ended at";
constexpr std::string_view kCall = "call";

std::int64_t Count(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

StateStore::~StateStore() { Rollback(); }

Result<std::unique_ptr<StateStore>> StateStore::Open(const std::string& folder,
                                                     const StateStoreOptions& options) {
  TRIPLINE_TRY(std::unique_ptr<StateDatabase> database,
               StateDatabase::Open(folder, options.max_bytes));
  std::unique_ptr<StateStore> store(new StateStore(std::move(database)));
  TRIPLINE_TRY(const auto numbers, store->ReadNumbers());
  if (const auto call = numbers.find(std::string(kCall)); call != numbers.end()) {
    store->call_ = call->second;
  }
  return store;
}

Result<std::map<std::string, std::int64_t>> StateStore::ReadNumbers() {
  SqliteStatement statement(database_->handle(), "SELECT name, value FROM meta");
  std::map<std::string, std::int64_t> numbers;
  Stepped step = statement.Step();
  for (; step == Stepped::kRow; step = statement.Step()) {
    numbers.emplace(statement.Bytes(0), statement.Integer(1));
  }
  if (step != Stepped::kDone) {
    return database_->Failed("read");
  }
  return numbers;
}

Result<void> StateStore::PutNumber(std::string_view name, std::int64_t value) {
  SqliteStatement statement(database_->handle(), "INSERT OR REPLACE INTO meta VALUES(?, ?)");
  if (statement.Bind(name).Bind(value).Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return {};
}

Result<CallProgress> StateStore::ReadProgress() {
  TRIPLINE_TRY(const auto numbers, ReadNumbers());
  CallProgress progress;
  for (const auto& [name, value] : numbers) {
    const Timestamp time{Milliseconds(value)};
    if (name == kClock) {
      progress.clocks.emplace("", time);
    } else if (name.starts_with(kClockOf)) {
      progress.clocks.emplace(name.substr(kClockOf.size()), time);
    } else if (name == kEvents) {
      progress.num_events = static_cast<std::uint64_t>(value);
    } else if (name == kFirstBlock) {
      progress.first_block = static_cast<std::uint64_t>(value);
    } else if (name == kEndedAt) {
      progress.ended_at = time;
    }
  }
  return progress;
}

Result<void> StateStore::PutProgress(const CallProgress& progress) {
  TRIPLINE_TRY_VOID(database_->Execute("DELETE FROM meta WHERE name LIKE 'clock of %'", "write"));
  for (const auto& [source, time] : progress.clocks) {
    const std::string name = source.empty() ? std::string(kClock) : std::string(kClockOf) + source;
    TRIPLINE_TRY_VOID(PutNumber(name, Count(time)));
  }
  TRIPLINE_TRY_VOID(PutNumber(kEvents, static_cast<std::int64_t>(progress.num_events)));
  TRIPLINE_TRY_VOID(PutNumber(kFirstBlock, static_cast<std::int64_t>(progress.first_block)));
  if (progress.ended_at) {
    TRIPLINE_TRY_VOID(PutNumber(kEndedAt, Count(*progress.ended_at)));
  }
  return {};
}

Result<std::optional<RuleState>> StateStore::ReadRule(const std::string& rule_id) {
  SqliteStatement rule(database_->handle(),
                       "SELECT detector_key, position, parts, call FROM rule WHERE rule_id = ?");
  const Stepped found = rule.Bind(rule_id).Step();
  if (found == Stepped::kDone) {
    return std::nullopt;
  }
  if (found != Stepped::kRow) {
    return database_->Failed("read");
  }
  RuleState state{.detector_key = rule.Bytes(0),
                  .position = std::nullopt,
                  .is_delta = false,
                  .parts = {},
                  .was_absent = false};
  if (!rule.IsNull(1)) {
    state.position = Timestamp(Milliseconds(rule.Integer(1)));
  }
  state.was_absent = rule.Integer(3) < call_ - 1;
  TRIPLINE_TRY(state.parts, ReadPartsOf({"rule", rule_id}, rule.Integer(2)));
  return state;
}

Result<std::optional<Timestamp>> StateStore::ReadPosition(const std::string& rule_id) {
  SqliteStatement rule(database_->handle(), "SELECT position FROM rule WHERE rule_id = ?");
  switch (rule.Bind(rule_id).Step()) {
    case Stepped::kRow:
      return rule.IsNull(0) ? std::nullopt
                            : std::optional(Timestamp(Milliseconds(rule.Integer(0))));
    case Stepped::kDone:
      return std::nullopt;
    case Stepped::kFailed:
      break;
  }
  return database_->Failed("read");
}

Result<std::optional<JobState>> StateStore::ReadJob(const std::string& job_id) {
  SqliteStatement job(database_->handle(), "SELECT key, parts FROM job WHERE job_id = ?");
  const Stepped found = job.Bind(job_id).Step();
  if (found == Stepped::kDone) {
    return std::nullopt;
  }
  if (found != Stepped::kRow) {
    return database_->Failed("read");
  }
  JobState state{.key = job.Bytes(0), .is_delta = false, .parts = {}};
  TRIPLINE_TRY(state.parts, ReadPartsOf({"job", job_id}, job.Integer(1)));
  return state;
}

Result<void> StateStore::Begin() { return database_->Execute("BEGIN IMMEDIATE", "write"); }

Result<std::vector<std::string>> StateStore::ReadPartsOf(const PartOwner& owner,
                                                         std::int64_t num_parts) {
  Result<std::vector<std::string>> parts = ReadParts(*database_, owner, num_parts);
  if (!parts) {
    damaged_.insert(owner);
  }
  return parts;
}

Result<std::int64_t> StateStore::WritePartsOf(const PartOwner& owner, const char* count_sql,
                                              bool is_delta,
                                              const std::vector<std::string>& parts) {
  KeptParts kept{.count = 0, .is_damaged = damaged_.contains(owner)};
  SqliteStatement statement(database_->handle(), count_sql);
  const Stepped found = statement.Bind(owner.id).Step();
  if (found == Stepped::kFailed) {
    return database_->Failed("read");
  }
  if (found == Stepped::kRow) {
    kept.count = statement.Integer(0);
  }
  Check(!is_delta || kept.count > 0, "changes follow a checkpoint");
  return WriteParts(*database_, owner, kept, is_delta, parts);
}

Result<void> StateStore::PutRule(const std::string& rule_id, const RuleState& state) {
  TRIPLINE_TRY(const std::int64_t num_parts,
               WritePartsOf({"rule", rule_id}, "SELECT parts FROM rule WHERE rule_id = ?",
                            state.is_delta, state.parts));
  // `call` is the last one that ended with the rule in it.
  SqliteStatement rule(database_->handle(),
                       "INSERT INTO rule VALUES(?, ?, ?, ?, ?) ON CONFLICT(rule_id) DO UPDATE SET"
                       " detector_key = excluded.detector_key, position = excluded.position,"
                       " parts = excluded.parts, call = iif(?, excluded.call, call)");
  rule.Bind(rule_id).Bind(state.detector_key).Bind(state.position).Bind(num_parts);
  rule.Bind(ends_call_ ? call_ : call_ - 1).Bind(std::int64_t{ends_call_ ? 1 : 0});
  if (rule.Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return {};
}

Result<void> StateStore::PutJob(const std::string& job_id, const JobState& state) {
  TRIPLINE_TRY(const std::int64_t num_parts,
               WritePartsOf({"job", job_id}, "SELECT parts FROM job WHERE job_id = ?",
                            state.is_delta, state.parts));
  SqliteStatement job(database_->handle(), "INSERT OR REPLACE INTO job VALUES(?, ?, ?)");
  if (job.Bind(job_id).Bind(state.key).Bind(num_parts).Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return {};
}

Result<void> StateStore::EndCall() {
  TRIPLINE_TRY_VOID(PutNumber(kCall, call_ + 1));
  ends_call_ = true;
  return {};
}

Result<void> StateStore::Commit() {
  TRIPLINE_TRY_VOID(database_->Execute("COMMIT", "write"));
  call_ += ends_call_ ? 1 : 0;
  ends_call_ = false;
  damaged_.clear();
  return {};
}

void StateStore::Rollback() {
  if (sqlite3_get_autocommit(database_->handle()) == 0) {
    sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  ends_call_ = false;
}

}  // namespace tripline::runtime
