// SqliteStatement: one prepared statement of a SQLite database. A door: only this pair of files and
// those of the state (runtime/state_*.cc) know SQLite.
//
//   SqliteStatement statement(db, "SELECT value FROM meta WHERE name = ?");
//   if (statement.Bind("clock").Step() == SqliteStatement::kRow) ... statement.Integer(0) ...
//
// Bound texts must live until the last Step. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tripline::runtime {

class SqliteStatement {
 public:
  enum class Stepped : std::uint8_t { kRow, kDone, kFailed };

  SqliteStatement(sqlite3* db, const char* sql);
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  SqliteStatement& Bind(std::int64_t value);
  SqliteStatement& Bind(std::optional<Timestamp> time);
  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& BindBytes(std::string_view bytes);

  /// kFailed also if the statement could not be prepared.
  [[nodiscard]] Stepped Step();

  [[nodiscard]] std::int64_t Integer(int column) const;
  [[nodiscard]] bool IsNull(int column) const;
  [[nodiscard]] std::string Bytes(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
  int num_bound_ = 0;
};

}  // namespace tripline::runtime
