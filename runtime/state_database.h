// StateDatabase: the SQLite file of a state folder, open, locked and of this version, and the words
// for everything that can go wrong with it. StateStore (runtime/state_store.h) knows its tables.
//
// SQLite is in its most careful setting: a rollback journal, synced with its folder, and the file
// locked for as long as it is open.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;

namespace tripline::runtime {

class StateDatabase {
 public:
  /// Opens `folder`/tripline.db for this process alone; makes the folder and the file if they are
  /// missing, and a file of this version out of an older one. `max_bytes` is what the file may grow
  /// to; 0: whatever the disk holds. Errors: as StateStore::Open.
  [[nodiscard]] static Result<std::unique_ptr<StateDatabase>> Open(const std::string& folder,
                                                                   std::uint64_t max_bytes);
  /// Opens a file that is there, and changes nothing in it. Errors: kNotFound, and as Open.
  [[nodiscard]] static Result<std::unique_ptr<StateDatabase>> OpenToRead(const std::string& folder);
  ~StateDatabase();
  StateDatabase(const StateDatabase&) = delete;
  StateDatabase& operator=(const StateDatabase&) = delete;

  [[nodiscard]] sqlite3* handle() const { return db_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// What SQLite said last, where, and what to do: "could not `doing` the state in ...".
  [[nodiscard]] std::unexpected<Error> Failed(std::string_view doing) const;
  [[nodiscard]] Result<void> Execute(const char* sql, std::string_view doing) const;
  [[nodiscard]] Result<std::int64_t> ReadNumber(const char* sql) const;

 private:
  explicit StateDatabase(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Result<std::int64_t> CheckVersion() const;

  std::string path_;
  sqlite3* db_ = nullptr;
};

}  // namespace tripline::runtime
