// The gaps of a StateStore: stretches of event time whose events no run has examined as it should.
// A rule's gaps of one reason lie apart; where there are many, the narrowest ways between them are
// closed, so that what was recorded stays inside.
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/sqlite_statement.h"
#include "runtime/state_store.h"
#include "runtime/time_spans.h"

namespace tripline::runtime {
namespace {

using Stepped = SqliteStatement::Stepped;

constexpr std::size_t kMaxGaps = 100;  // of a rule, by each reason

std::int64_t Count(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

Result<std::vector<RunGap>> StateStore::ReadGaps() {
  SqliteStatement statement(database_->handle(),
                            "SELECT rule_id, reason, first, last FROM gap"
                            " ORDER BY first, rule_id, reason");
  std::vector<RunGap> gaps;
  Stepped step = statement.Step();
  for (; step == Stepped::kRow; step = statement.Step()) {
    gaps.push_back({.rule_id = statement.Bytes(0),
                    .reason = statement.Bytes(1),
                    .span = {Timestamp(Milliseconds(statement.Integer(2))),
                             Timestamp(Milliseconds(statement.Integer(3)))}});
  }
  if (step != Stepped::kDone) {
    return database_->Failed("read");
  }
  return gaps;
}

Result<void> StateStore::WriteGaps(const std::string& rule_id, const std::string& reason,
                                   const TimeSpans& spans) {
  SqliteStatement forget(database_->handle(), "DELETE FROM gap WHERE rule_id = ? AND reason = ?");
  if (forget.Bind(rule_id).Bind(reason).Step() != Stepped::kDone) {
    return database_->Failed("write");
  }
  for (const TimeSpan& span : spans.Spans()) {
    SqliteStatement put(database_->handle(),
                        "INSERT INTO gap(rule_id, reason, first, last) VALUES(?, ?, ?, ?)");
    put.Bind(rule_id).Bind(reason).Bind(Count(span.first)).Bind(Count(span.last));
    if (put.Step() != Stepped::kDone) {
      return database_->Failed("write");
    }
  }
  return {};
}

Result<void> StateStore::PutGap(const RunGap& gap) {
  TRIPLINE_TRY(const std::vector<RunGap> known, ReadGaps());
  TimeSpans spans;
  for (const RunGap& other : known) {
    if (other.rule_id == gap.rule_id && other.reason == gap.reason) {
      spans.Add(other.span);
    }
  }
  spans.Add(gap.span);
  spans.Coarsen(kMaxGaps);
  return WriteGaps(gap.rule_id, gap.reason, spans);
}

Result<void> StateStore::CloseGaps(const std::string& rule_id, const TimeSpan& span) {
  TRIPLINE_TRY(const std::vector<RunGap> known, ReadGaps());
  std::map<std::string, TimeSpans> by_reason;
  for (const RunGap& gap : known) {
    if (gap.rule_id == rule_id) {
      by_reason[gap.reason].Add(gap.span);
    }
  }
  for (auto& [reason, spans] : by_reason) {
    spans.Remove(span);
    TRIPLINE_TRY_VOID(WriteGaps(rule_id, reason, spans));
  }
  return {};
}

}  // namespace tripline::runtime
