#include "runtime/state_database.h"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "runtime/sqlite_statement.h"
#include "runtime/state_schema.h"

namespace tripline::runtime {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

std::string_view Advice(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "free some space, or choose a folder on another disk with --state; nothing since the "
             "last commit was kept, so run it again";
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
             "allowed); nothing since the last commit was kept, so run it again";
    default:
      return "nothing since the last commit was kept";
  }
}

ErrorCode KindOf(int code) {
  const int primary = code & 0xFF;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? ErrorCode::kInvalid
                                                               : ErrorCode::kUnavailable;
}

}  // namespace

StateDatabase::~StateDatabase() { sqlite3_close_v2(db_); }

std::unexpected<Error> StateDatabase::Failed(std::string_view doing) const {
  const int code = sqlite3_extended_errcode(db_);
  return Fail(KindOf(code), "could not " + std::string(doing) + " the state in '" + path_ +
                                "': " + sqlite3_errmsg(db_) + "; " + std::string(Advice(code)));
}

Result<void> StateDatabase::Execute(const char* sql, std::string_view doing) const {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Failed(doing);
  }
  return {};
}

Result<std::int64_t> StateDatabase::ReadNumber(const char* sql) const {
  SqliteStatement statement(db_, sql);
  if (statement.Step() != SqliteStatement::Stepped::kRow) {
    return Failed("read");
  }
  return statement.Integer(0);
}

// The version of a file that may be used; 0: there is nothing in it yet.
Result<std::int64_t> StateDatabase::CheckVersion() const {
  TRIPLINE_TRY(const std::int64_t application, ReadNumber("PRAGMA application_id"));
  TRIPLINE_TRY(const std::int64_t version, ReadNumber("PRAGMA user_version"));
  TRIPLINE_TRY(const std::int64_t num_tables, ReadNumber("SELECT count(*) FROM sqlite_schema"));
  if (num_tables == 0) {
    return 0;
  }
  if (application != kStateApplicationId || version < 0) {
    return Fail(ErrorCode::kInvalid, "'" + path_ +
                                         "' is a database, but not one that Tripline wrote; "
                                         "choose another folder with --state");
  }
  if (version > kStateVersion) {
    return Fail(ErrorCode::kUnsupported,
                "the state in '" + path_ + "' has version " + std::to_string(version) +
                    ", this Tripline reads versions up to " + std::to_string(kStateVersion) +
                    "; use the newer Tripline, or choose another folder with --state");
  }
  return version == 0 ? 1 : version;
}

Result<std::unique_ptr<StateDatabase>> StateDatabase::Open(const std::string& folder,
                                                           std::uint64_t max_bytes) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (std::error_code ignored; !std::filesystem::is_directory(folder, ignored)) {
    return Fail(ErrorCode::kUnavailable,
                "the state folder '" + folder + "' could not be made: " +
                    (failure ? failure.message() : "something else has its name") +
                    "; choose another folder with --state");
  }
  std::unique_ptr<StateDatabase> database(new StateDatabase(folder + "/tripline.db"));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(database->path_.c_str(), &database->db_, flags, nullptr) != SQLITE_OK) {
    return database->Failed("open");
  }
  if (max_bytes > 0) {
    const std::string limit =
        "PRAGMA max_page_count = " + std::to_string(max_bytes / kPageBytes + 1);
    TRIPLINE_TRY_VOID(database->Execute(limit.c_str(), "open"));
  }
  TRIPLINE_TRY_VOID(
      database->Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = EXTRA;"
                        "BEGIN EXCLUSIVE",
                        "open"));
  TRIPLINE_TRY(const std::int64_t version, database->CheckVersion());
  TRIPLINE_TRY_VOID(database->Execute(StatementsToUpgrade(version).c_str(), "make"));
  TRIPLINE_TRY_VOID(database->Execute("COMMIT", "make"));
  return database;
}

Result<std::unique_ptr<StateDatabase>> StateDatabase::OpenToRead(const std::string& folder) {
  std::unique_ptr<StateDatabase> database(new StateDatabase(folder + "/tripline.db"));
  if (std::error_code ignored; !std::filesystem::exists(database->path_, ignored)) {
    return Fail(ErrorCode::kNotFound, "'" + folder +
                                          "' holds no state (no tripline.db); a state comes with "
                                          "`tripline run --state " +
                                          folder + "`");
  }
  // Where the file may be written, what a killed process left half done is undone first.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(database->path_.c_str(), &database->db_, flags, nullptr) != SQLITE_OK) {
    return database->Failed("open");
  }
  TRIPLINE_TRY_VOID(database->Execute("PRAGMA query_only = ON; BEGIN", "open"));
  TRIPLINE_TRY(const std::int64_t version, database->CheckVersion());
  if (version != kStateVersion) {
    return Fail(ErrorCode::kUnsupported, "the state in '" + database->path_ + "' has version " +
                                             std::to_string(version) +
                                             "; `tripline run --state` makes one of version " +
                                             std::to_string(kStateVersion) + " out of it");
  }
  return database;
}

}  // namespace tripline::runtime
