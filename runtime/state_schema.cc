#include "runtime/state_schema.h"

#include <cstdint>
#include <string>

#include "base/check.h"

namespace tripline::runtime {
namespace {

// What a detector or a model needs is kept in parts: a checkpoint, number 0, and the changes since.
// A part is cut into pieces, because a SQLite value is at most 10^9 bytes.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rule(rule_id TEXT PRIMARY KEY, detector_key TEXT NOT NULL, position INTEGER,
                  parts INTEGER NOT NULL, call INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE job(job_id TEXT PRIMARY KEY, key TEXT NOT NULL,
                 parts INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE part(owner TEXT NOT NULL CHECK(owner IN ('rule', 'job')), id TEXT NOT NULL,
                  number INTEGER NOT NULL, piece INTEGER NOT NULL, checksum TEXT NOT NULL,
                  bytes BLOB NOT NULL, PRIMARY KEY(owner, id, number, piece)) STRICT;
CREATE TABLE alert(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
                   rule_id TEXT NOT NULL, call INTEGER NOT NULL, run_at INTEGER NOT NULL,
                   place INTEGER NOT NULL, document TEXT) STRICT;
CREATE INDEX undelivered ON alert(call, run_at, place, sequence) WHERE document IS NOT NULL;
CREATE INDEX alert_by_run ON alert(rule_id, run_at);
CREATE TABLE run(sequence INTEGER PRIMARY KEY AUTOINCREMENT, rule_id TEXT NOT NULL,
                 run_at INTEGER NOT NULL, type TEXT NOT NULL, alerts INTEGER NOT NULL,
                 repeated INTEGER NOT NULL, cut INTEGER NOT NULL,
                 postponed INTEGER NOT NULL) STRICT;
CREATE TABLE gap(rule_id TEXT NOT NULL, reason TEXT NOT NULL, first INTEGER NOT NULL,
                 last INTEGER NOT NULL, PRIMARY KEY(rule_id, reason, first)) STRICT, WITHOUT ROWID;
CREATE TABLE output(path TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
PRAGMA application_id = 1414678864;
)sql";
static_assert(kStateVersion == 3 && kStateApplicationId == 1414678864);

// Version 1 had no anomaly jobs.
constexpr const char* kFrom1To2 = R"sql(
CREATE TABLE job(job_id TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE job_part(job_id TEXT NOT NULL, number INTEGER NOT NULL, piece INTEGER NOT NULL,
                      checksum TEXT NOT NULL, bytes BLOB NOT NULL,
                      PRIMARY KEY(job_id, number, piece)) STRICT;
)sql";

// Version 2 kept a rule's bytes as a whole, in numbered pieces without checksums of their own, and
// the alerts of one call in the order of their sequence.
constexpr const char* kTables2Aside = R"sql(
ALTER TABLE meta RENAME TO old_meta;
ALTER TABLE rule RENAME TO old_rule;
ALTER TABLE part RENAME TO old_part;
ALTER TABLE job RENAME TO old_job;
ALTER TABLE job_part RENAME TO old_job_part;
ALTER TABLE alert RENAME TO old_alert;
DROP INDEX undelivered;
DROP INDEX alert_by_run;
)sql";
constexpr const char* kRowsOf2 = R"sql(
INSERT INTO meta SELECT name, value FROM old_meta;
INSERT INTO rule SELECT rule_id, detector_key, position, 1, 0 FROM old_rule;
INSERT INTO part SELECT 'rule', rule_id, 0, number, checksum, bytes
  FROM old_rule JOIN old_part USING(rule_id);
INSERT INTO part SELECT 'rule', rule_id, 0, 0, checksum, x'' FROM old_rule
  WHERE rule_id NOT IN (SELECT rule_id FROM old_part);
INSERT INTO job SELECT job_id, key,
  (SELECT count(DISTINCT number) FROM old_job_part p WHERE p.job_id = j.job_id) FROM old_job j;
INSERT INTO part SELECT 'job', job_id, number, piece, checksum, bytes FROM old_job_part;
INSERT INTO alert SELECT sequence, id, rule_id, 0, run_at, 0, document FROM old_alert;
DROP TABLE old_meta;
DROP TABLE old_rule;
DROP TABLE old_part;
DROP TABLE old_job;
DROP TABLE old_job_part;
DROP TABLE old_alert;
)sql";

}  // namespace

std::string StatementsToUpgrade(std::int64_t version) {
  Check(version >= 0 && version <= kStateVersion, "a version that is known");
  switch (version) {
    case 0:
      return kTables;
    case 1:
      return std::string(kFrom1To2) + kTables2Aside + kTables + kRowsOf2;
    case 2:
      return std::string(kTables2Aside) + kTables + kRowsOf2;
    default:
      return "";
  }
}

}  // namespace tripline::runtime
