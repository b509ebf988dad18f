// SQLite in its most careful setting: a rollback journal, synced with its folder, and the file
// locked for as long as it is open. Detectors' bytes are split into parts, because a SQLite value
// is at most 10^9 bytes, and are written only where they have changed.
#include "runtime/state_store.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/digest.h"
#include "runtime/sqlite_statement.h"

namespace tripline::runtime {
namespace {

constexpr std::int64_t kSchemaVersion = 2;
constexpr std::int64_t kApplicationId = 0x5452'4950;  // "TRIP"
constexpr std::size_t kPartBytes = std::size_t{8} << 20U;
constexpr std::uint64_t kPageBytes = 4096;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rule(rule_id TEXT PRIMARY KEY, detector_key TEXT NOT NULL, position INTEGER,
                  checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE part(rule_id TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
                  PRIMARY KEY(rule_id, number)) STRICT;
CREATE TABLE alert(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
                   rule_id TEXT NOT NULL, run_at INTEGER NOT NULL, document TEXT) STRICT;
CREATE INDEX undelivered ON alert(sequence) WHERE document IS NOT NULL;
CREATE INDEX alert_by_run ON alert(rule_id, run_at);
PRAGMA application_id = 1414678864;
)sql";
static_assert(kApplicationId == 1414678864);

// Version 2 adds the anomaly jobs. A part of a job is a checkpoint or a delta, cut into pieces.
constexpr const char* kSchemaOfJobs = R"sql(
CREATE TABLE job(job_id TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE job_part(job_id TEXT NOT NULL, number INTEGER NOT NULL, piece INTEGER NOT NULL,
                      checksum TEXT NOT NULL, bytes BLOB NOT NULL,
                      PRIMARY KEY(job_id, number, piece)) STRICT;
PRAGMA user_version = 2;
)sql";
static_assert(kSchemaVersion == 2);

std::int64_t Count(Timestamp time) { return time.time_since_epoch().count(); }

std::string_view Advice(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "free some space, or choose a folder on another disk with --state; nothing of this "
             "call was kept, so run it again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process uses this state; wait for it to end, or choose another folder with "
             "--state";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return "make the folder and the file in it writable for this user, or choose another folder "
             "with --state";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged or was not written by Tripline; put a backup in its place, or "
             "choose an empty folder with --state and feed the past again with --history";
    case SQLITE_IOERR:
      return "the disk or the file system refused (it may be full, or the file larger than "
             "allowed); nothing of this call was kept, so run it again";
    default:
      return "nothing of this call was kept";
  }
}

ErrorCode KindOf(int code) {
  const int primary = code & 0xFF;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? ErrorCode::kInvalid
                                                               : ErrorCode::kUnavailable;
}

}  // namespace

struct StateStore::State {
  std::string path;
  sqlite3* db = nullptr;

  ~State() { sqlite3_close_v2(db); }

  [[nodiscard]] std::unexpected<Error> Failed(std::string_view doing) const {
    const int code = sqlite3_extended_errcode(db);
    return Fail(KindOf(code), "could not " + std::string(doing) + " the state in '" + path +
                                  "': " + sqlite3_errmsg(db) + "; " + std::string(Advice(code)));
  }
  Result<void> Execute(const char* sql, std::string_view doing) const {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      return Failed(doing);
    }
    return {};
  }
};

namespace {

using Stepped = SqliteStatement::Stepped;

Result<std::int64_t> ReadNumber(sqlite3* db, const char* sql, auto&& failed) {
  SqliteStatement statement(db, sql);
  if (statement.Step() != Stepped::kRow) {
    return failed();
  }
  return statement.Integer(0);
}

}  // namespace

StateStore::StateStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
StateStore::~StateStore() { Rollback(); }

Result<std::unique_ptr<StateStore>> StateStore::Open(const std::string& folder,
                                                     const StateStoreOptions& options) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!std::filesystem::is_directory(folder)) {
    return Fail(ErrorCode::kUnavailable,
                "the state folder '" + folder + "' could not be made: " +
                    (failure ? failure.message() : "something else has its name") +
                    "; choose another folder with --state");
  }
  auto state = std::make_unique<State>();
  state->path = folder + "/tripline.db";
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(state->path.c_str(), &state->db, flags, nullptr) != SQLITE_OK) {
    return state->Failed("open");
  }
  const std::string limit =
      "PRAGMA max_page_count = " + std::to_string(options.max_bytes / kPageBytes + 1);
  if (options.max_bytes > 0) {
    TRIPLINE_TRY_VOID(state->Execute(limit.c_str(), "open"));
  }
  TRIPLINE_TRY_VOID(
      state->Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA;"
                     "BEGIN EXCLUSIVE",
                     "open"));
  const auto failed = [&state] { return state->Failed("read"); };
  TRIPLINE_TRY(const std::int64_t application,
               ReadNumber(state->db, "PRAGMA application_id", failed));
  TRIPLINE_TRY(const std::int64_t version, ReadNumber(state->db, "PRAGMA user_version", failed));
  TRIPLINE_TRY(const std::int64_t num_tables,
               ReadNumber(state->db, "SELECT count(*) FROM sqlite_schema", failed));
  if (num_tables > 0 && application != kApplicationId) {
    return Fail(ErrorCode::kInvalid, "'" + state->path +
                                         "' is a database, but not one that Tripline wrote; "
                                         "choose another folder with --state");
  }
  if (version > kSchemaVersion) {
    return Fail(ErrorCode::kUnsupported,
                "the state in '" + state->path + "' has version " + std::to_string(version) +
                    ", this Tripline reads versions up to " + std::to_string(kSchemaVersion) +
                    "; use the newer Tripline, or choose another folder with --state");
  }
  if (num_tables == 0) {
    TRIPLINE_TRY_VOID(state->Execute(kSchema, "make"));
  }
  if (version < kSchemaVersion) {
    TRIPLINE_TRY_VOID(state->Execute(kSchemaOfJobs, "make"));
  }
  TRIPLINE_TRY_VOID(state->Execute("COMMIT", "make"));
  return std::unique_ptr<StateStore>(new StateStore(std::move(state)));
}

Result<std::optional<Timestamp>> StateStore::ReadClock() {
  SqliteStatement statement(state_->db, "SELECT value FROM meta WHERE name = 'clock'");
  switch (statement.Step()) {
    case Stepped::kRow:
      return Timestamp(Milliseconds(statement.Integer(0)));
    case Stepped::kDone:
      return std::nullopt;
    case Stepped::kFailed:
      break;
  }
  return state_->Failed("read");
}

Result<std::optional<RuleState>> StateStore::ReadRule(const std::string& rule_id) {
  SqliteStatement rule(state_->db,
                       "SELECT detector_key, position, checksum FROM rule WHERE rule_id = ?");
  const Stepped found = rule.Bind(rule_id).Step();
  if (found == Stepped::kDone) {
    return std::nullopt;
  }
  if (found != Stepped::kRow) {
    return state_->Failed("read");
  }
  RuleState state{.detector_key = rule.Bytes(0), .position = std::nullopt, .detector = {}};
  if (!rule.IsNull(1)) {
    state.position = Timestamp(Milliseconds(rule.Integer(1)));
  }
  const std::string checksum = rule.Bytes(2);
  SqliteStatement part(state_->db, "SELECT bytes FROM part WHERE rule_id = ? ORDER BY number");
  part.Bind(rule_id);
  Stepped step = part.Step();
  for (; step == Stepped::kRow; step = part.Step()) {
    state.detector += part.Bytes(0);
  }
  if (step != Stepped::kDone) {
    return state_->Failed("read");
  }
  if (Sha256Hex(state.detector) != checksum) {
    return Fail(ErrorCode::kInvalid,
                "the state of rule '" + rule_id + "' in '" + state_->path +
                    "' does not have its checksum: " + std::string(Advice(SQLITE_CORRUPT)));
  }
  return state;
}

Result<std::optional<JobState>> StateStore::ReadJob(const std::string& job_id) {
  SqliteStatement job(state_->db, "SELECT key FROM job WHERE job_id = ?");
  const Stepped found = job.Bind(job_id).Step();
  if (found == Stepped::kDone) {
    return std::nullopt;
  }
  if (found != Stepped::kRow) {
    return state_->Failed("read");
  }
  JobState state{.key = job.Bytes(0), .is_delta = false, .parts = {}};
  std::vector<std::string> checksums;
  SqliteStatement piece(state_->db,
                        "SELECT piece, checksum, bytes FROM job_part WHERE job_id = ?"
                        " ORDER BY number, piece");
  piece.Bind(job_id);
  Stepped step = piece.Step();
  for (; step == Stepped::kRow; step = piece.Step()) {
    if (piece.Integer(0) == 0) {
      state.parts.emplace_back();
      checksums.push_back(piece.Bytes(1));
    }
    if (!state.parts.empty()) {
      state.parts.back() += piece.Bytes(2);
    }
  }
  if (step != Stepped::kDone) {
    return state_->Failed("read");
  }
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (Sha256Hex(state.parts[i]) != checksums[i]) {
      return Fail(ErrorCode::kInvalid,
                  "the state of the anomaly job '" + job_id + "' in '" + state_->path +
                      "' does not have its checksum");
    }
  }
  return state;
}

Result<std::vector<OutboxAlert>> StateStore::ReadOutbox(std::int64_t sequence,
                                                        std::uint32_t limit) {
  SqliteStatement statement(
      state_->db,
      "SELECT sequence, id, rule_id, run_at, document FROM alert WHERE sequence > ?"
      " AND document IS NOT NULL ORDER BY sequence LIMIT ?");
  statement.Bind(sequence).Bind(limit);
  std::vector<OutboxAlert> alerts;
  Stepped step = statement.Step();
  for (; step == Stepped::kRow; step = statement.Step()) {
    alerts.push_back({.sequence = statement.Integer(0),
                      .alert = {.id = statement.Bytes(1),
                                .rule_id = statement.Bytes(2),
                                .run_at = Timestamp(Milliseconds(statement.Integer(3))),
                                .json = statement.Bytes(4)}});
  }
  if (step != Stepped::kDone) {
    return state_->Failed("read");
  }
  return alerts;
}

Result<void> StateStore::Begin() { return state_->Execute("BEGIN IMMEDIATE", "write"); }

Result<void> StateStore::PutClock(Timestamp clock) {
  SqliteStatement statement(state_->db,
                            "INSERT OR REPLACE INTO meta(name, value) VALUES('clock', ?)");
  if (statement.Bind(Count(clock)).Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  return {};
}

Result<void> StateStore::PutRule(const std::string& rule_id, const RuleState& state) {
  const std::string checksum = Sha256Hex(state.detector);
  SqliteStatement known(state_->db, "SELECT 1 FROM rule WHERE rule_id = ? AND checksum = ?");
  const bool is_known = known.Bind(rule_id).Bind(checksum).Step() == Stepped::kRow;
  SqliteStatement rule(state_->db, "INSERT OR REPLACE INTO rule VALUES(?, ?, ?, ?)");
  rule.Bind(rule_id).Bind(state.detector_key).Bind(state.position).Bind(checksum);
  if (rule.Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  if (is_known) {
    return {};
  }
  SqliteStatement forget(state_->db, "DELETE FROM part WHERE rule_id = ?");
  if (forget.Bind(rule_id).Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  const std::string_view bytes = state.detector;
  for (std::size_t at = 0; at < bytes.size(); at += kPartBytes) {
    SqliteStatement part(state_->db, "INSERT INTO part VALUES(?, ?, ?)");
    part.Bind(rule_id).Bind(static_cast<std::int64_t>(at / kPartBytes));
    if (part.BindBytes(bytes.substr(at, kPartBytes)).Step() != Stepped::kDone) {
      return state_->Failed("write");
    }
  }
  return {};
}

Result<void> StateStore::PutJob(const std::string& job_id, const JobState& state) {
  if (!state.is_delta) {
    SqliteStatement forget(state_->db, "DELETE FROM job_part WHERE job_id = ?");
    SqliteStatement job(state_->db, "INSERT OR REPLACE INTO job VALUES(?, ?)");
    if (forget.Bind(job_id).Step() != Stepped::kDone ||
        job.Bind(job_id).Bind(state.key).Step() != Stepped::kDone) {
      return state_->Failed("write");
    }
  }
  for (const std::string& part : state.parts) {
    const std::string checksum = Sha256Hex(part);
    const std::string_view bytes = part;
    SqliteStatement last(state_->db,
                         "SELECT coalesce(max(number), -1) FROM job_part WHERE job_id = ?");
    if (last.Bind(job_id).Step() != Stepped::kRow) {
      return state_->Failed("read");
    }
    const std::int64_t number = last.Integer(0) + 1;
    for (std::size_t at = 0; at < bytes.size(); at += kPartBytes) {
      SqliteStatement piece(state_->db, "INSERT INTO job_part VALUES(?, ?, ?, ?, ?)");
      piece.Bind(job_id).Bind(number).Bind(static_cast<std::int64_t>(at / kPartBytes));
      piece.Bind(checksum).BindBytes(bytes.substr(at, kPartBytes));
      if (piece.Step() != Stepped::kDone) {
        return state_->Failed("write");
      }
    }
  }
  return {};
}

Result<bool> StateStore::PutAlert(const Alert& alert) {
  SqliteStatement statement(state_->db,
                            "INSERT INTO alert(id, rule_id, run_at, document) VALUES(?, ?, ?, ?)"
                            " ON CONFLICT(id) DO NOTHING");
  statement.Bind(alert.id).Bind(alert.rule_id).Bind(Count(alert.run_at)).Bind(alert.json);
  if (statement.Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  return sqlite3_changes(state_->db) == 1;
}

Result<void> StateStore::ForgetAlerts(const std::string& rule_id, Timestamp before) {
  SqliteStatement statement(
      state_->db, "DELETE FROM alert WHERE rule_id = ? AND run_at < ? AND document IS NULL");
  if (statement.Bind(rule_id).Bind(Count(before)).Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  return {};
}

Result<void> StateStore::Commit() { return state_->Execute("COMMIT", "write"); }

void StateStore::Rollback() {
  if (sqlite3_get_autocommit(state_->db) == 0) {
    sqlite3_exec(state_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Result<void> StateStore::MarkDelivered(std::int64_t sequence) {
  SqliteStatement statement(
      state_->db, "UPDATE alert SET document = NULL WHERE sequence <= ? AND document IS NOT NULL");
  if (statement.Bind(sequence).Step() != Stepped::kDone) {
    return state_->Failed("write");
  }
  return {};
}

}  // namespace tripline::runtime
