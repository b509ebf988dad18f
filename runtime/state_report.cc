#include "runtime/state_report.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/sqlite_statement.h"
#include "runtime/state_database.h"

namespace tripline::runtime {
namespace {

using Stepped = SqliteStatement::Stepped;

std::uint64_t Count(const SqliteStatement& statement, int column) {
  return static_cast<std::uint64_t>(statement.Integer(column));
}

std::optional<Timestamp> Time(const SqliteStatement& statement, int column) {
  return statement.IsNull(column)
             ? std::nullopt
             : std::optional(Timestamp(Milliseconds(statement.Integer(column))));
}

// Calls `see` for each row.
Result<void> ForEachRow(const StateDatabase& database, const char* sql, std::int64_t bound,
                        const std::function<void(const SqliteStatement&)>& see) {
  SqliteStatement statement(database.handle(), sql);
  statement.Bind(bound);
  Stepped step = statement.Step();
  for (; step == Stepped::kRow; step = statement.Step()) {
    see(statement);
  }
  if (step != Stepped::kDone) {
    return database.Failed("read");
  }
  return {};
}

constexpr const char* kMeta = "SELECT name, value FROM meta WHERE ?1 = 0";
constexpr const char* kRules =
    "SELECT rule_id, position, call < ?1, parts,"
    " (SELECT coalesce(sum(length(bytes)), 0) FROM part WHERE owner = 'rule' AND id = rule_id),"
    " (SELECT coalesce(sum(alerts), 0) FROM run WHERE run.rule_id = rule.rule_id),"
    " (SELECT coalesce(sum(cut), 0) FROM run WHERE run.rule_id = rule.rule_id)"
    " FROM rule ORDER BY rule_id";
constexpr const char* kJobs =
    "SELECT job_id, NULL, 0, parts,"
    " (SELECT coalesce(sum(length(bytes)), 0) FROM part WHERE owner = 'job' AND id = job_id), 0, 0"
    " FROM job WHERE ?1 >= 0 ORDER BY job_id";
constexpr const char* kGaps =
    "SELECT rule_id, reason, first, last FROM gap WHERE ?1 = 0 ORDER BY first, rule_id, reason";
constexpr const char* kRuns =
    "SELECT rule_id, run_at, type, alerts, repeated, cut, postponed FROM run"
    " ORDER BY sequence DESC LIMIT ?1";

StateReport::Owner OwnerOf(const SqliteStatement& row) {
  return {.id = row.Bytes(0),
          .position = Time(row, 1),
          .is_absent = row.Integer(2) != 0,
          .num_parts = Count(row, 3),
          .num_bytes = Count(row, 4),
          .alerts = Count(row, 5),
          .cut = Count(row, 6)};
}

}  // namespace

Result<StateReport> ReadStateReport(const std::string& folder, std::uint32_t max_runs) {
  TRIPLINE_TRY(const auto database, StateDatabase::OpenToRead(folder));
  StateReport report;
  TRIPLINE_TRY_VOID(ForEachRow(*database, kMeta, 0, [&](const SqliteStatement& row) {
    const std::string name = row.Bytes(0);
    if (name == "clock") {
      report.clock = Time(row, 1);
    } else if (name == "call") {
      report.num_calls = Count(row, 1) - 1;  // the number of the next one
    } else if (name == "events") {
      report.is_broken_off = row.Integer(1) > 0;
    }
  }));
  const auto num_calls = static_cast<std::int64_t>(report.num_calls);
  TRIPLINE_TRY_VOID(ForEachRow(*database, kRules, num_calls, [&](const SqliteStatement& row) {
    report.rules.push_back(OwnerOf(row));
  }));
  TRIPLINE_TRY_VOID(ForEachRow(*database, kJobs, 0, [&](const SqliteStatement& row) {
    report.jobs.push_back(OwnerOf(row));
  }));
  TRIPLINE_TRY_VOID(ForEachRow(*database, kGaps, 0, [&](const SqliteStatement& row) {
    report.gaps.push_back(
        {.rule_id = row.Bytes(0), .reason = row.Bytes(1), .span = {*Time(row, 2), *Time(row, 3)}});
  }));
  TRIPLINE_TRY_VOID(ForEachRow(*database, kRuns, max_runs, [&](const SqliteStatement& row) {
    report.runs.push_back({.rule_id = row.Bytes(0),
                           .run_at = *Time(row, 1),
                           .type = row.Bytes(2),
                           .alerts = Count(row, 3),
                           .repeated = Count(row, 4),
                           .cut = Count(row, 5),
                           .postponed = Count(row, 6)});
  }));
  TRIPLINE_TRY(const std::int64_t undelivered,
               database->ReadNumber("SELECT count(*) FROM alert WHERE document IS NOT NULL"));
  report.num_undelivered = static_cast<std::uint64_t>(undelivered);
  return report;
}

}  // namespace tripline::runtime
