// The alerts of a StateStore, and the records of the runs that gave them. The order of delivery is
// (call, run, place, sequence), and undelivered alerts have an index in that order, so that the
// next ones are found without a search.
#include <sqlite3.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/alert.h"
#include "runtime/sqlite_statement.h"
#include "runtime/state_store.h"

namespace tripline::runtime {
namespace {

using Stepped = SqliteStatement::Stepped;

std::int64_t Count(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

Result<bool> StateStore::PutAlert(const Alert& alert, std::int64_t place) {
  SqliteStatement statement(
      database_->handle(),
      "INSERT INTO alert(id, rule_id, call, run_at, place, document) VALUES(?, ?, ?, ?, ?, ?)"
      " ON CONFLICT(id) DO NOTHING");
  statement.Bind(alert.id).Bind(alert.rule_id).Bind(call_).Bind(Count(alert.run_at)).Bind(place);
  if (statement.Bind(alert.json).Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return sqlite3_changes(database_->handle()) == 1;
}

Result<bool> StateStore::KnowsAlert(const std::string& id) {
  SqliteStatement statement(database_->handle(), "SELECT 1 FROM alert WHERE id = ?");
  const Stepped step = statement.Bind(id).Step();
  if (step == Stepped::kFailed) {
    return database_->Failed("read");
  }
  return step == Stepped::kRow;
}

Result<bool> StateStore::HasCut(const std::string& rule_id, Timestamp first, Timestamp last) {
  SqliteStatement statement(database_->handle(),
                            "SELECT 1 FROM run WHERE rule_id = ? AND run_at BETWEEN ? AND ?"
                            " AND (cut > 0 OR postponed > 0) LIMIT 1");
  const Stepped step = statement.Bind(rule_id).Bind(Count(first)).Bind(Count(last)).Step();
  if (step == Stepped::kFailed) {
    return database_->Failed("read");
  }
  return step == Stepped::kRow;
}

Result<void> StateStore::ForgetAlerts(const std::string& rule_id, Timestamp before) {
  SqliteStatement statement(
      database_->handle(),
      "DELETE FROM alert WHERE rule_id = ? AND run_at < ? AND document IS NULL");
  if (statement.Bind(rule_id).Bind(Count(before)).Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return {};
}

Result<void> StateStore::PutRun(const RunRecord& record) {
  SqliteStatement statement(
      database_->handle(),
      "INSERT INTO run(rule_id, run_at, type, alerts, repeated, cut, postponed)"
      " VALUES(?, ?, ?, ?, ?, ?, ?)");
  statement.Bind(record.rule_id).Bind(Count(record.run_at)).Bind(record.type);
  for (const std::uint64_t count : {record.alerts, record.repeated, record.cut, record.postponed}) {
    statement.Bind(static_cast<std::int64_t>(count));
  }
  if (statement.Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  SqliteStatement forget(database_->handle(), "DELETE FROM run WHERE sequence <= ?");
  forget.Bind(std::int64_t{sqlite3_last_insert_rowid(database_->handle()) - kMaxRunRecords});
  return forget.Step() == Stepped::kDone ? Result<void>() : database_->Failed("write");
}

Result<std::vector<OutboxAlert>> StateStore::ReadOutbox(std::optional<Timestamp> before,
                                                        std::uint32_t limit) {
  SqliteStatement statement(database_->handle(),
                            "SELECT sequence, call, place, id, rule_id, run_at, document FROM alert"
                            " WHERE document IS NOT NULL AND (call, run_at) < (?, ?)"
                            " ORDER BY call, run_at, place, sequence LIMIT ?");
  statement.Bind(call_)
      .Bind(before ? Count(*before) : std::numeric_limits<std::int64_t>::min())
      .Bind(limit);
  std::vector<OutboxAlert> alerts;
  Stepped step = statement.Step();
  for (; step == Stepped::kRow; step = statement.Step()) {
    alerts.push_back({.sequence = statement.Integer(0),
                      .call = statement.Integer(1),
                      .place = statement.Integer(2),
                      .alert = {.id = statement.Bytes(3),
                                .rule_id = statement.Bytes(4),
                                .run_at = Timestamp(Milliseconds(statement.Integer(5))),
                                .json = statement.Bytes(6)}});
  }
  if (step != Stepped::kDone) {
    return database_->Failed("read");
  }
  return alerts;
}

Result<void> StateStore::MarkDelivered(const OutboxAlert& last,
                                       const std::optional<OutputPlace>& output) {
  TRIPLINE_TRY_VOID(Begin());
  SqliteStatement statement(database_->handle(),
                            "UPDATE alert SET document = NULL WHERE document IS NOT NULL"
                            " AND (call, run_at, place, sequence) <= (?, ?, ?, ?)");
  statement.Bind(last.call).Bind(Count(last.alert.run_at)).Bind(last.place).Bind(last.sequence);
  const Result<void> marked = statement.Step() == Stepped::kDone
                                  ? (output ? PutOutput(*output) : Result<void>())
                                  : database_->Failed("write");
  if (!marked) {
    Rollback();
    return marked;
  }
  return database_->Execute("COMMIT", "write");
}

Result<std::optional<OutputPlace>> StateStore::ReadOutput() {
  SqliteStatement statement(database_->handle(), "SELECT path, size FROM output");
  switch (statement.Step()) {
    case Stepped::kRow:
      return OutputPlace{.path = statement.Bytes(0),
                         .size = static_cast<std::uint64_t>(statement.Integer(1))};
    case Stepped::kDone:
      return std::nullopt;
    case Stepped::kFailed:
      break;
  }
  return database_->Failed("read");
}

Result<void> StateStore::PutOutput(const OutputPlace& output) {
  SqliteStatement forget(database_->handle(), "DELETE FROM output WHERE path <> ?");
  SqliteStatement keep(database_->handle(), "INSERT OR REPLACE INTO output VALUES(?, ?)");
  keep.Bind(output.path).Bind(static_cast<std::int64_t>(output.size));
  if (forget.Bind(output.path).Step() != Stepped::kDone || keep.Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  return {};
}

}  // namespace tripline::runtime
