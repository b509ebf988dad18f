#include "runtime/state_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace tripline::runtime {
namespace {

namespace fs = std::filesystem;

// A folder of the test's own, gone afterwards.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(fs::temp_directory_path() / ("tripline_store_" + name + std::to_string(getpid()))) {
    fs::remove_all(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string file() const { return (path_ / "tripline.db").string(); }

 private:
  fs::path path_;
};

constexpr Timestamp kAll = Timestamp::max();

Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }

Alert AlertNumber(int number) {
  return {.id = "id" + std::to_string(number),
          .rule_id = "r",
          .run_at = At(number * 100),
          .json = "{\"n\":" + std::to_string(number) + "}"};
}

std::unique_ptr<StateStore> Open(const Folder& folder, const StateStoreOptions& options = {}) {
  auto store = StateStore::Open(folder.path(), options);
  EXPECT_TRUE(store.has_value()) << store.error().message;
  return store ? *std::move(store) : nullptr;
}

CallProgress ClockAt(Timestamp clock) { return {.clocks = {{"", clock}}}; }

std::optional<Timestamp> ClockIn(StateStore& store) {
  const CallProgress progress = *store.ReadProgress();
  const auto clock = progress.clocks.find("");
  return clock == progress.clocks.end() ? std::nullopt : std::optional(clock->second);
}

Error OpenError(const std::string& folder) {
  auto store = StateStore::Open(folder);
  EXPECT_FALSE(store.has_value());
  return store ? Error{} : store.error();
}

TEST(StateStore, MakesItsFolderAndStartsEmpty) {
  const Folder folder("new");
  const auto store = Open(folder);

  EXPECT_TRUE(fs::exists(folder.file()));
  EXPECT_EQ(ClockIn(*store), std::nullopt);
  EXPECT_FALSE(store->ReadRule("r")->has_value());
  EXPECT_TRUE(store->ReadOutbox(kAll, 10)->empty());
}

TEST(StateStore, GivesBackWhatACommitLeft) {
  const Folder folder("commit");
  const std::string large(20'000'000, 'x');  // more than one part
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutProgress(ClockAt(At(-5))));
    ASSERT_TRUE(store->PutRule(
        "r", {.detector_key = "k", .position = At(300), .is_delta = false, .parts = {large}}));
    ASSERT_TRUE(store->PutRule(
        "s", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {""}}));
    ASSERT_TRUE(store->Commit());
  }
  const auto store = Open(folder);

  EXPECT_EQ(ClockIn(*store), At(-5));
  const RuleState rule = **store->ReadRule("r");
  EXPECT_EQ(rule.detector_key, "k");
  EXPECT_EQ(rule.position, At(300));
  ASSERT_EQ(rule.parts.size(), 1U);
  EXPECT_TRUE(rule.parts[0] == large);
  EXPECT_EQ((*store->ReadRule("s"))->position, std::nullopt);
  EXPECT_EQ((*store->ReadRule("s"))->parts, std::vector<std::string>{""});
}

TEST(StateStore, ReplacesARulesBytes) {
  const Folder folder("replace");
  const auto store = Open(folder);
  for (const std::string bytes : {"first", "", "third", "third"}) {
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutRule(
        "r", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {bytes}}));
    ASSERT_TRUE(store->Commit());
    EXPECT_EQ((*store->ReadRule("r"))->parts, std::vector<std::string>{bytes});
  }
}

TEST(StateStore, KeepsNothingOfATransactionThatWasNotCommitted) {
  const Folder folder("rollback");
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutProgress(ClockAt(At(1))));
    ASSERT_TRUE(*store->PutAlert(AlertNumber(1), 0));
  }
  const auto store = Open(folder);

  EXPECT_EQ(ClockIn(*store), std::nullopt);
  EXPECT_TRUE(store->ReadOutbox(kAll, 10)->empty());
}

TEST(StateStore, DeliversTheOutboxInOrderAndOnce) {
  const Folder folder("outbox");
  const auto store = Open(folder);
  ASSERT_TRUE(store->Begin());
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(*store->PutAlert(AlertNumber(i), 0));
  }
  ASSERT_TRUE(store->Commit());

  const std::vector<OutboxAlert> first = *store->ReadOutbox(kAll, 3);
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first[2].alert.json, R"({"n":2})");
  EXPECT_EQ(first[2].alert.run_at, At(200));
  ASSERT_TRUE(store->MarkDelivered(first[2]));

  const std::vector<OutboxAlert> rest = *store->ReadOutbox(kAll, 3);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[0].alert.id, "id3");
}

TEST(StateStore, TakesAnAlertOnlyOnceUntilItIsForgotten) {
  const Folder folder("once");
  const auto store = Open(folder);
  ASSERT_TRUE(store->Begin());
  EXPECT_TRUE(*store->PutAlert(AlertNumber(1), 0));
  EXPECT_FALSE(*store->PutAlert(AlertNumber(1), 0));
  ASSERT_TRUE(store->Commit());
  ASSERT_TRUE(store->MarkDelivered(store->ReadOutbox(kAll, 10)->back()));

  ASSERT_TRUE(store->Begin());
  EXPECT_FALSE(*store->PutAlert(AlertNumber(1), 0));
  ASSERT_TRUE(store->ForgetAlerts("r", At(100)));
  EXPECT_FALSE(*store->PutAlert(AlertNumber(1), 0));
  ASSERT_TRUE(store->ForgetAlerts("r", At(101)));
  EXPECT_TRUE(*store->PutAlert(AlertNumber(1), 0));
  ASSERT_TRUE(store->Commit());
}

TEST(StateStore, DoesNotForgetWhatWasNotDelivered) {
  const Folder folder("forget");
  const auto store = Open(folder);
  ASSERT_TRUE(store->Begin());
  ASSERT_TRUE(*store->PutAlert(AlertNumber(1), 0));
  ASSERT_TRUE(store->ForgetAlerts("r", At(1000)));
  ASSERT_TRUE(store->Commit());

  EXPECT_EQ(store->ReadOutbox(kAll, 10)->size(), 1U);
}

TEST(StateStore, LetsOnlyOneProcessIn) {
  const Folder folder("lock");
  const auto store = Open(folder);

  const Error error = OpenError(folder.path());

  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_NE(error.message.find("another process uses this state"), std::string::npos)
      << error.message;
}

TEST(StateStore, SaysWhatToDoWhenTheDiskIsFull) {
  const Folder folder("full");
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutProgress(ClockAt(At(1))));
    ASSERT_TRUE(store->Commit());
  }
  {
    const auto store = Open(folder, {.max_bytes = 200'000});
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutProgress(ClockAt(At(2))));
    const Result<void> full = store->PutRule("r", {.detector_key = "k",
                                                   .position = {},
                                                   .is_delta = false,
                                                   .parts = {std::string(1'000'000, 'x')}});
    ASSERT_FALSE(full.has_value());
    EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(full.error().message.find("free some space"), std::string::npos)
        << full.error().message;
    store->Rollback();
    EXPECT_EQ(ClockIn(*store), At(1));
  }
  EXPECT_EQ(ClockIn(*Open(folder)), At(1));
}

// Beyond RLIMIT_FSIZE the operating system itself refuses to write, as it does on a full disk.
TEST(StateStore, SurvivesAnOperatingSystemThatRefusesToWrite) {
  const Folder folder("fsize");
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutProgress(ClockAt(At(1))));
    ASSERT_TRUE(store->Commit());
  }
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 150'000, .rlim_max = 150'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto store = StateStore::Open(folder.path());
    const bool was_refused = store && (*store)->Begin() && (*store)->PutProgress(ClockAt(At(2))) &&
                             !((*store)->PutRule("r", {.detector_key = "k",
                                                       .position = {},
                                                       .is_delta = false,
                                                       .parts = {std::string(5'000'000, 'x')}}) &&
                               (*store)->Commit());
    _exit(was_refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);

  const auto store = Open(folder);
  EXPECT_EQ(ClockIn(*store), At(1));
  EXPECT_FALSE(store->ReadRule("r")->has_value());
}

TEST(StateStore, KeepsTheLastCommitWhenItIsKilledInTheMiddleOfTheNext) {
  const Folder folder("kill");
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutRule(
        "r", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {"good"}}));
    ASSERT_TRUE(store->Commit());
  }
  const pid_t child = fork();
  if (child == 0) {
    auto store = StateStore::Open(folder.path());
    const std::string large(30'000'000, 'x');  // more than SQLite holds back in memory
    const bool is_written =
        store && (*store)->Begin() &&
        (*store)->PutRule(
            "r", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {large}});
    kill(getpid(), is_written ? SIGKILL : SIGABRT);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

  EXPECT_EQ((*Open(folder)->ReadRule("r"))->parts, std::vector<std::string>{"good"});
}

TEST(StateStore, RefusesAFileThatIsNoDatabase) {
  const Folder folder("garbage");
  fs::create_directories(folder.path());
  std::ofstream(folder.file()) << std::string(10'000, 'x');

  const Error error = OpenError(folder.path());

  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_NE(error.message.find("damaged or was not written by Tripline"), std::string::npos)
      << error.message;
}

TEST(StateStore, NoticesAChangedByteInADetectorsBytes) {
  const Folder folder("checksum");
  const std::string marker = "0123456789abcdef-marker";
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutRule(
        "r", {.detector_key = "k", .position = {}, .is_delta = false, .parts = {marker}}));
    ASSERT_TRUE(store->Commit());
  }
  std::string bytes = *ReadFile(folder.file(), 100'000'000);
  bytes[bytes.find(marker)] = '!';
  ASSERT_TRUE(WriteFileAtomically(folder.file(), bytes));

  const Result<std::optional<RuleState>> rule = Open(folder)->ReadRule("r");

  ASSERT_FALSE(rule.has_value());
  EXPECT_EQ(rule.error().code, ErrorCode::kInvalid);
  EXPECT_NE(rule.error().message.find("rule 'r'"), std::string::npos) << rule.error().message;
}

TEST(StateStore, RefusesTheStateOfANewerVersion) {
  const Folder folder("newer");
  Open(folder);
  std::string bytes = *ReadFile(folder.file(), 100'000'000);
  bytes[63] = 9;  // user_version, in SQLite's header
  ASSERT_TRUE(WriteFileAtomically(folder.file(), bytes));

  const Error error = OpenError(folder.path());

  EXPECT_EQ(error.code, ErrorCode::kUnsupported);
  EXPECT_NE(error.message.find("version 9"), std::string::npos) << error.message;
}

TEST(StateStore, RefusesADatabaseOfSomebodyElse) {
  const Folder folder("foreign");
  Open(folder);
  std::string bytes = *ReadFile(folder.file(), 100'000'000);
  bytes[71] = 9;  // application_id
  ASSERT_TRUE(WriteFileAtomically(folder.file(), bytes));

  EXPECT_EQ(OpenError(folder.path()).code, ErrorCode::kInvalid);
}

TEST(StateStore, SaysThatItsFolderCannotBeMade) {
  const Folder folder("file");
  std::ofstream(folder.path()) << "a file has the folder's name";
  EXPECT_NE(OpenError(folder.path()).message.find("could not be made"), std::string::npos);
  EXPECT_EQ(OpenError("/proc/no/such").code, ErrorCode::kUnavailable);

  const Folder taken("taken");
  fs::create_directories(taken.file());  // a folder has the file's name
  EXPECT_NE(OpenError(taken.path()).message.find("writable"), std::string::npos);
}

TEST(StateStore, KeepsAJobAsACheckpointAndItsDeltas) {
  const Folder folder("job");
  const std::string large((std::size_t{9} << 20U), 'x');  // more than one piece
  {
    const auto store = Open(folder);
    EXPECT_FALSE(store->ReadJob("j").value().has_value());
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutJob("j", {.key = "k", .is_delta = false, .parts = {large}}));
    ASSERT_TRUE(store->PutJob("j", {.key = "k", .is_delta = true, .parts = {"one"}}));
    ASSERT_TRUE(store->PutJob("other", {.key = "o", .is_delta = false, .parts = {"theirs"}}));
    ASSERT_TRUE(store->Commit());
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(store->PutJob("j", {.key = "k", .is_delta = true, .parts = {"two"}}));
    ASSERT_TRUE(store->Commit());
  }
  const auto store = Open(folder);
  const auto kept = store->ReadJob("j").value();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->key, "k");
  ASSERT_EQ(kept->parts.size(), 3U);
  EXPECT_TRUE(kept->parts[0] == large);
  EXPECT_EQ(kept->parts[1] + kept->parts[2], "onetwo");
  ASSERT_TRUE(store->Begin());
  ASSERT_TRUE(store->PutJob("j", {.key = "new", .is_delta = false, .parts = {"again"}}));
  ASSERT_TRUE(store->Commit());
  EXPECT_EQ(store->ReadJob("j").value()->parts, std::vector<std::string>{"again"});
  EXPECT_EQ(store->ReadJob("other").value()->parts, std::vector<std::string>{"theirs"});
}

TEST(StateStore, SaysWhichJobIsDamaged) {
  const Folder folder("damaged_job");
  {
    const auto store = Open(folder);
    ASSERT_TRUE(store->Begin());
    ASSERT_TRUE(
        store->PutJob("j", {.key = "k", .is_delta = false, .parts = {"a checkpoint of it"}}));
    ASSERT_TRUE(store->PutJob("other", {.key = "k", .is_delta = false, .parts = {"whole"}}));
    ASSERT_TRUE(store->Commit());
  }
  std::string bytes = ReadFile(folder.file(), 1U << 30U).value();
  bytes[bytes.find("a checkpoint of it")] = 'A';
  std::ofstream(folder.file(), std::ios::binary) << bytes;

  const auto store = Open(folder);
  const auto damaged = store->ReadJob("j");
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::kInvalid);
  EXPECT_NE(damaged.error().message.find("anomaly job 'j'"), std::string::npos);
  EXPECT_TRUE(store->ReadJob("other").has_value());
}

}  // namespace
}  // namespace tripline::runtime
