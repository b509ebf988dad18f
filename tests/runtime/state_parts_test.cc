// Every kind of damage to what is kept of a rule or a job is noticed, and named.
#include "runtime/state_parts.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/digest.h"
#include "runtime/state_store.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Parts = std::vector<std::string>;

void Execute(const TestFolder& folder, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/tripline.db").c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db);
  sqlite3_close(db);
}

std::unique_ptr<StateStore> OpenStore(const TestFolder& folder) {
  auto store = StateStore::Open(folder.path());
  EXPECT_TRUE(store.has_value()) << store.error().message;
  return store ? *std::move(store) : nullptr;
}

// A checkpoint of two pieces and two changes, of rule `r` and of job `r`.
void Keep(const TestFolder& folder) {
  const auto store = OpenStore(folder);
  const std::string large(std::size_t{9} << 20U, 'x');
  ASSERT_TRUE(store->Begin());
  ASSERT_TRUE(store->PutRule(
      "r", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {large}}));
  ASSERT_TRUE(store->PutRule(
      "r",
      {.detector_key = "k", .position = Minute(5), .is_delta = true, .parts = {"one", "two"}}));
  ASSERT_TRUE(store->PutJob("r", {.key = "k", .is_delta = false, .parts = {large, "one", "two"}}));
  ASSERT_TRUE(store->PutRule(
      "other", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {"whole"}}));
  ASSERT_TRUE(store->Commit());
}

TEST(StateParts, AreACheckpointAndTheChangesInTheirOrder) {
  const TestFolder folder("parts");
  Keep(folder);
  const auto store = OpenStore(folder);

  const RuleState rule = store->ReadRule("r")->value();

  ASSERT_EQ(rule.parts.size(), 3U);
  EXPECT_EQ(rule.parts[0].size(), std::size_t{9} << 20U);
  EXPECT_EQ(rule.parts[1], "one");
  EXPECT_EQ(rule.parts[2], "two");
  EXPECT_EQ(rule.position, Minute(5));
  EXPECT_FALSE(rule.is_delta);
  EXPECT_TRUE(store->ReadJob("r")->value().parts == rule.parts);
}

TEST(StateParts, NameEveryKindOfDamageAndLeaveTheOthersWhole) {
  struct Damage {
    const char* sql;
    const char* words;
  };
  const std::vector<Damage> damages = {
      {"DELETE FROM part WHERE number = 0 AND piece = 0 AND id = 'r'", "piece 0"},
      {"DELETE FROM part WHERE number = 0 AND piece = 1 AND id = 'r'",
       "checkpoint does not have its checksum"},
      {"INSERT INTO part SELECT owner, id, 0, 2, checksum, x'00' FROM part"
       " WHERE number = 0 AND piece = 0 AND id = 'r'",
       "checkpoint does not have its checksum"},
      {"INSERT INTO part SELECT owner, id, 0, 3, checksum, x'00' FROM part"
       " WHERE number = 0 AND piece = 0 AND id = 'r'",
       "lacks its piece 2"},
      {"UPDATE part SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE number = 0 AND piece "
       "= 1 AND"
       " id = 'r'",
       "checkpoint does not have its checksum"},
      {"UPDATE part SET bytes = CAST('onE' AS BLOB) WHERE number = 1 AND id = 'r'",
       "change number 1 does not have its checksum"},
      {"UPDATE part SET checksum = 'none' WHERE number = 2 AND id = 'r'",
       "change number 2 does not have its checksum"},
      {"UPDATE part SET checksum = 'none' WHERE number = 0 AND piece = 1 AND id = 'r'",
       "checkpoint lacks its piece 1"},
      {"DELETE FROM part WHERE number = 0 AND id = 'r'", "checkpoint is missing"},
      {"DELETE FROM part WHERE number = 1 AND id = 'r'", "change number 1 is missing"},
      {"DELETE FROM part WHERE number = 2 AND id = 'r'", "3 parts were written, and 2 are there"},
      {"INSERT INTO part SELECT owner, id, 3, 0, checksum, bytes FROM part"
       " WHERE number = 2 AND id = 'r'",
       "3 parts were written, and 4 are there"},
      {"DELETE FROM part WHERE id = 'r'", "3 parts were written, and 0 are there"},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.sql);
    const TestFolder folder("damage");
    Keep(folder);
    Execute(folder, damage.sql);

    const auto store = OpenStore(folder);
    const auto rule = store->ReadRule("r");
    const auto job = store->ReadJob("r");

    EXPECT_EQ(store->ReadRule("other")->value().parts, Parts{"whole"});
    ASSERT_FALSE(rule.has_value());
    ASSERT_FALSE(job.has_value());
    EXPECT_EQ(rule.error().code, ErrorCode::kInvalid);
    EXPECT_NE(rule.error().message.find("of rule 'r' in"), std::string::npos)
        << rule.error().message;
    EXPECT_NE(rule.error().message.find(damage.words), std::string::npos) << rule.error().message;
    EXPECT_NE(job.error().message.find("of the anomaly job 'r' in"), std::string::npos);
  }
}

TEST(StateParts, AreNotWrittenAgainWhereNothingHasChanged) {
  const TestFolder folder("unchanged");
  Keep(folder);
  Execute(folder, "CREATE TRIGGER no BEFORE INSERT ON part BEGIN SELECT RAISE(FAIL, 'no'); END");
  const auto store = OpenStore(folder);
  ASSERT_TRUE(store->Begin());

  EXPECT_TRUE(store->PutRule(
      "other",
      {.detector_key = "k", .position = Minute(1), .is_delta = false, .parts = {"whole"}}));
  EXPECT_TRUE(
      store->PutRule("r", {.detector_key = "k", .position = {}, .is_delta = true, .parts = {}}));
  EXPECT_FALSE(store->PutRule(
      "other", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {"new"}}));
}

TEST(StateParts, ReplaceDamagedOnesWhateverTheirChecksums) {
  const TestFolder folder("replaced");
  Keep(folder);
  Execute(folder, "UPDATE part SET bytes = x'00' WHERE id = 'other'");
  const auto store = OpenStore(folder);
  ASSERT_FALSE(store->ReadRule("other").has_value());
  ASSERT_TRUE(store->Begin());
  ASSERT_TRUE(store->PutRule(
      "other", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {"whole"}}));
  ASSERT_TRUE(store->Commit());

  EXPECT_EQ(store->ReadRule("other")->value().parts, Parts{"whole"});
}

// What version 2 wrote: a rule's bytes in pieces, a job's parts, an outbox.
TEST(StateParts, TakeOverWhatVersion2Kept) {
  const TestFolder folder("version2");
  std::filesystem::create_directories(folder.path());
  Execute(folder, R"sql(
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
CREATE TABLE job(job_id TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE job_part(job_id TEXT NOT NULL, number INTEGER NOT NULL, piece INTEGER NOT NULL,
                      checksum TEXT NOT NULL, bytes BLOB NOT NULL,
                      PRIMARY KEY(job_id, number, piece)) STRICT;
PRAGMA user_version = 2;
INSERT INTO meta VALUES('clock', 1777593600000);
INSERT INTO alert(id, rule_id, run_at, document) VALUES('a', 'r', 300000, NULL), ('b', 'r', 300000, '{}');
)sql");
  const auto insert_rule = [&](const std::string& id, const std::string& bytes) {
    Execute(folder,
            "INSERT INTO rule VALUES('" + id + "', 'key', 60000, '" + Sha256Hex(bytes) + "')");
  };
  insert_rule("r", "firstsecond");
  insert_rule("empty", "");
  insert_rule("damaged", "bytes that are not there");
  Execute(folder,
          "INSERT INTO part VALUES('r', 0, CAST('first' AS BLOB)),"
          " ('r', 1, CAST('second' AS BLOB)), ('damaged', 0, x'00')");
  Execute(folder,
          "INSERT INTO job VALUES('j', 'job key');"
          "INSERT INTO job_part VALUES('j', 0, 0, '" +
              Sha256Hex("models") + "', CAST('mod' AS BLOB)), ('j', 0, 1, '" + Sha256Hex("models") +
              "', CAST('els' AS BLOB)), ('j', 1, 0, '" + Sha256Hex("change") +
              "', CAST('change' AS BLOB))");
  for (int i = 0; i < 2; ++i) {  // taken over, and then there
    const auto store = OpenStore(folder);
    EXPECT_EQ(store->ReadProgress()->clocks.at(""), Minute(0));
    const RuleState rule = store->ReadRule("r")->value();
    EXPECT_EQ(rule.detector_key, "key");
    EXPECT_EQ(rule.position, Timestamp(Milliseconds(60'000)));
    EXPECT_EQ(rule.parts, Parts{"firstsecond"});
    EXPECT_EQ(store->ReadRule("empty")->value().parts, Parts{""});
    EXPECT_FALSE(store->ReadRule("damaged").has_value());
    EXPECT_EQ(store->ReadJob("j")->value().parts, (Parts{"models", "change"}));
    EXPECT_EQ(store->ReadJob("j")->value().key, "job key");
    const std::vector<OutboxAlert> outbox = *store->ReadOutbox(std::nullopt, 10);
    ASSERT_EQ(outbox.size(), 1U);
    EXPECT_EQ(outbox[0].alert.id, "b");
    EXPECT_FALSE(*store->PutAlert({.id = "a", .rule_id = "r", .run_at = {}, .json = "{}"}, 0));
  }
}

}  // namespace
}  // namespace tripline::runtime::testing
