#include "runtime/sqlite_statement.h"

#include <sqlite3.h>

#include <cstddef>

namespace tripline::runtime {

SqliteStatement::SqliteStatement(sqlite3* db, const char* sql) {
  sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr);
}
SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

SqliteStatement& SqliteStatement::Bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++num_bound_, value);
  return *this;
}

SqliteStatement& SqliteStatement::Bind(std::optional<Timestamp> time) {
  if (time) {
    return Bind(static_cast<std::int64_t>(time->time_since_epoch().count()));
  }
  sqlite3_bind_null(statement_, ++num_bound_);
  return *this;
}

SqliteStatement& SqliteStatement::Bind(std::string_view text) {
  sqlite3_bind_text64(statement_, ++num_bound_, text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::BindBytes(std::string_view bytes) {
  sqlite3_bind_blob64(statement_, ++num_bound_, bytes.data(), bytes.size(), SQLITE_STATIC);
  return *this;
}

SqliteStatement::Stepped SqliteStatement::Step() {
  switch (statement_ == nullptr ? SQLITE_MISUSE : sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return Stepped::kRow;
    case SQLITE_DONE:
      return Stepped::kDone;
    default:
      return Stepped::kFailed;
  }
}

std::int64_t SqliteStatement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool SqliteStatement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string SqliteStatement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

}  // namespace tripline::runtime
