// A session that commits and hands out while its input streams: the same alerts in the same order,
// whatever the blocks and the commits, and however often the session is broken off and fed again.
#include <sqlite3.h>

#include <random>

#include "runtime/rule_run.h"
#include "runtime/session_job.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Names = std::vector<std::string>;

// Rules that get to their runs at different times, with caps that cut, and an anomaly job that
// counts the events of `q` for one of them.
std::shared_ptr<const Ruleset> SlowAndQuickRules() {
  RuleSpec slow = QueryRule("slow");
  slow.interval = minutes(20);
  slow.window.from = WindowBound::Before(minutes(55));
  RuleSpec capped = QueryRule("q");
  capped.max_signals = 2;
  RuleSpec terms = NewTermsRule("n", {"user"});
  terms.max_signals = 2;
  terms.window.history_start = WindowBound::Before(hours(2));
  terms.interval = minutes(3);
  RuleSpec records = QueryRule("m");
  records.type = RuleType::kMachineLearning;
  records.query.reset();
  records.jobs = {0};
  records.anomaly_threshold = 1.0;
  Ruleset ruleset = *RulesetOf({slow, capped, terms, records});
  AnomalyJobSpec job;
  job.job_id = "j";
  job.query = 1;
  job.time_field = "@timestamp";
  job.bucket_span = minutes(2);
  job.model_memory_limit = 32U << 20U;
  job.detectors = {
      {.function = "high_count", .by_field = "", .partition_field = "", .custom_rules = {}}};
  ruleset.jobs = {job};
  return std::make_shared<const Ruleset>(std::move(ruleset));
}

// About one event a minute, in bursts, some of them late by up to 8 minutes, a few by an hour.
std::string UnsteadyEvents(int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text;
  double minute = 60;
  for (int i = 0; i < count; ++i) {
    const bool is_burst = i / 40 % 5 == 3;
    minute += static_cast<double>(random() % 2000) / (is_burst ? 20'000 : 1000);
    const double late = random() % 50 == 0 ? 60 : static_cast<double>(random() % 8);
    const char* const rules[] = {"q", "n", "slow"};
    text += EventAt(minute - (random() % 4 == 0 ? late : 0), rules[random() % 3],
                    {{"name", std::to_string(seed) + "-" + std::to_string(i)},
                     {"user", "u" + std::to_string(random() % 60)}});
  }
  return text;
}

struct Streamed {
  std::string lines;
  std::size_t num_before_the_end = 0;
  RunSummary summary;
};

// Feeds block by block and hands out after each. `num_blocks`: broken off after so many.
Streamed Stream(const std::shared_ptr<const Ruleset>& ruleset, const std::string& events,
                const SessionOptions& options, std::uint32_t block_rows,
                std::size_t num_blocks = SIZE_MAX) {
  Streamed streamed;
  std::size_t num_alerts = 0;
  const AlertSink sink = [&](std::span<const Alert> alerts) -> Result<void> {
    for (const Alert& alert : alerts) {
      streamed.lines += alert.json + "\n";
      ++num_alerts;
    }
    return {};
  };
  const auto session = OpenSession(ruleset, options);
  auto reader = EventReader::OverText(ruleset->columns, events, {.max_rows = block_rows});
  EXPECT_TRUE(reader.has_value());
  NamedMatcher matcher(*ruleset);
  EventBlock block;
  while (reader->Next(&block).value()) {
    if (num_blocks-- == 0) {
      return streamed;
    }
    matcher.Match(block.batch);
    EXPECT_TRUE(session->Observe(block, matcher).has_value());
    EXPECT_TRUE(session->HandOut(sink).has_value());
  }
  streamed.num_before_the_end = num_alerts;
  auto summary = session->Finish(sink);
  EXPECT_TRUE(summary.has_value()) << summary.error().message;
  streamed.summary = *std::move(summary);
  return streamed;
}

SessionOptions Committing(const TestFolder& folder, Milliseconds every = Milliseconds(0)) {
  SessionOptions options = Kept(folder);
  options.commit_every = every;
  return options;
}

// All rows of a table, apart from when they were written.
std::string Rows(const TestFolder& folder, const std::string& sql) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open((folder.path() + "/tripline.db").c_str(), &db), SQLITE_OK);
  std::string rows;
  const auto add = [](void* to, int count, char** values, char**) {
    for (int i = 0; i < count; ++i) {
      *static_cast<std::string*>(to) += std::string(values[i] ? values[i] : "-") + " ";
    }
    *static_cast<std::string*>(to) += "\n";
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), add, &rows, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return rows;
}

// What is kept of every rule and of the job, however many parts it was written in.
std::string KeptOf(const TestFolder& folder, const Ruleset& ruleset) {
  auto store = StateStore::Open(folder.path());
  EXPECT_TRUE(store.has_value());
  std::string state;
  for (const RuleSpec& rule : ruleset.rules) {
    const auto kept = (*store)->ReadRule(rule.rule_id);
    auto run = RuleRun::Make(ruleset, rule, {});
    EXPECT_TRUE(kept && *kept && run && (*run)->Restore(**kept));
    state += (*run)->SaveEverything();
  }
  for (const AnomalyJobSpec& spec : ruleset.jobs) {
    const auto kept = (*store)->ReadJob(spec.job_id);
    SessionJob job(ruleset, spec, {});
    EXPECT_TRUE(kept && *kept && job.Restore(**kept));
    state += job.SaveEverything();
  }
  return state;
}

constexpr const char* kRecords =
    "SELECT rule_id, run_at, type, alerts, repeated, cut, postponed FROM run"
    " ORDER BY rule_id, run_at";
// What a query rule cuts is counted when an event comes, and again when it is fed again.
constexpr const char* kRecordsOfAlerts =
    "SELECT rule_id, run_at, type, alerts, repeated, postponed FROM run"
    " WHERE alerts + repeated > 0 ORDER BY rule_id, run_at";

TEST(SessionStreaming, GivesTheAlertsOfACallThatHandsThemOutAtItsEnd) {
  const auto ruleset = SlowAndQuickRules();
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const std::string events = UnsteadyEvents(600, seed);
    for (const std::uint32_t block_rows : {3U, 16U, 600U}) {
      // Late events are judged by where blocks end, so each size has its own answer.
      const std::string wanted = Call(ruleset, events, {}, block_rows).Lines();
      const Streamed streamed = Stream(ruleset, events, {}, block_rows);
      ASSERT_TRUE(streamed.lines == wanted) << seed << " " << block_rows;
      EXPECT_GT(streamed.num_before_the_end, 50U);

      const TestFolder at_end("at_end");
      const TestFolder often("often");
      const std::string kept = Call(ruleset, events, Kept(at_end), block_rows).Lines();
      const Streamed committed = Stream(ruleset, events, Committing(often), block_rows);
      ASSERT_TRUE(committed.lines == kept) << seed << " " << block_rows;
      EXPECT_GT(committed.num_before_the_end, 50U);
      EXPECT_EQ(committed.summary.redelivered, 0U);
      EXPECT_TRUE(KeptOf(often, *ruleset) == KeptOf(at_end, *ruleset));
      EXPECT_EQ(Rows(often, kRecords), Rows(at_end, kRecords));
    }
  }
}

TEST(SessionStreaming, GoesOnWhereItWasBrokenOffWhenItIsFedTheSameAgain) {
  const auto ruleset = SlowAndQuickRules();
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const std::string first = UnsteadyEvents(340, seed);  // both end in a burst
    const std::string both = UnsteadyEvents(540, seed);
    const std::string second = both.substr(first.size());
    constexpr std::uint32_t kBlockRows = 8;
    const TestFolder calm("calm");
    std::string wanted = Stream(ruleset, first, Committing(calm), kBlockRows).lines;
    wanted += Stream(ruleset, second, Committing(calm), kBlockRows).lines;

    const TestFolder stormy("stormy");
    std::mt19937_64 random(seed);
    std::string lines;
    for (const std::string* events : {&first, &second}) {
      for (int i = 0; i < 3; ++i) {
        SessionOptions options = Committing(stormy, Milliseconds(random() % 2 * 50));
        Milliseconds time{0};
        options.stopwatch = [&] { return time += Milliseconds(random() % 20); };
        lines += Stream(ruleset, *events, options, kBlockRows, 1 + random() % 24).lines;
      }
      lines += Stream(ruleset, *events, Committing(stormy), kBlockRows).lines;
    }

    EXPECT_GT(std::ranges::count(wanted, '\n'), 150);
    ASSERT_TRUE(lines == wanted) << seed;
    ASSERT_TRUE(KeptOf(stormy, *ruleset) == KeptOf(calm, *ruleset)) << seed;
    EXPECT_EQ(Rows(stormy, kRecordsOfAlerts), Rows(calm, kRecordsOfAlerts)) << seed;
    const char* const kRules = "SELECT rule_id, detector_key, position, call FROM rule";
    EXPECT_EQ(Rows(stormy, kRules), Rows(calm, kRules));
    EXPECT_EQ(Rows(stormy, "SELECT name, value FROM meta"),
              Rows(calm, "SELECT name, value FROM meta"));
    EXPECT_EQ(Rows(stormy, "SELECT id, run_at FROM alert ORDER BY id"),
              Rows(calm, "SELECT id, run_at FROM alert ORDER BY id"));
  }
}

TEST(SessionStreaming, TakesOtherEventsAfterItWasBrokenOff) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("other");
  std::string first;
  std::string second;
  for (int i = 0; i < 100; ++i) {
    first += EventAt(i, "q", {{"name", std::to_string(i)}});
    second += EventAt(100 + i, "q", {{"name", std::to_string(100 + i)}});
  }
  Streamed streamed = Stream(ruleset, first, Committing(folder), 1, 99);

  streamed.lines += Stream(ruleset, second, Committing(folder), 1).lines;

  EXPECT_GT(std::ranges::count(streamed.lines, '\n'), 190);
}

TEST(SessionStreaming, CommitsNoMoreOftenThanItIsTold) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("pace");
  std::string events;
  for (int i = 0; i < 400; ++i) {
    events += EventAt(i, "q", {{"name", std::to_string(i)}});
  }
  SessionOptions options = Committing(folder, std::chrono::seconds(5));
  options.stopwatch = [time = Milliseconds(0)]() mutable { return time += Milliseconds(10); };

  // A look at the stopwatch a block, in which runs are over: it never gets to 5 seconds.
  EXPECT_EQ(Stream(ruleset, events, options, 1).num_before_the_end, 0U);

  const TestFolder again("pace_again");
  SessionOptions quicker = Committing(again, Milliseconds(300));
  quicker.stopwatch = options.stopwatch;
  EXPECT_GT(Stream(ruleset, events, quicker, 1).num_before_the_end, 200U);
}

TEST(SessionStreaming, HoldsAnAlertBackWhileASlowerRuleMayGiveAnEarlierOne) {
  RuleSpec slow = QueryRule("slow");
  slow.interval = minutes(60);
  slow.window.from = WindowBound::Before(minutes(50));
  const auto ruleset = RulesetOf({QueryRule("q"), slow});
  std::string events;
  for (int i = 0; i < 200; ++i) {
    const bool is_quick = i == 2 || i == 62;
    events += EventAt(i, is_quick ? "q" : (i == 75 ? "slow" : "other"),
                      {{"name", i == 2 ? "a" : (i == 75 ? "s" : "b")}});
  }
  const TestFolder folder("slow");

  const Streamed streamed = Stream(ruleset, events, Committing(folder), 1);

  // `b` is found by the run of minute 65, `s` by that of minute 120: both rules have got that far.
  EXPECT_EQ(streamed.num_before_the_end, 3U);
  EXPECT_LT(streamed.lines.find("\"name\":\"a\""), streamed.lines.find("\"name\":\"b\""));
  EXPECT_LT(streamed.lines.find("\"name\":\"b\""), streamed.lines.find("\"name\":\"s\""));
  std::string few;
  for (int i = 0; i < 100; ++i) {
    few += EventAt(i, i == 62 ? "q" : "other", {{"name", "b"}});
  }
  // The slow rule has not run at minute 60 yet: it waits for events until minute 110.
  EXPECT_EQ(Stream(ruleset, few, {}, 1).num_before_the_end, 0U);
}

TEST(SessionStreaming, IsOverAfterASinkHasRefused) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("refused");
  std::string events;
  for (int i = 0; i < 200; ++i) {
    events += EventAt(i, "q", {{"name", std::to_string(i)}});
  }
  {
    const auto session = OpenSession(ruleset, Committing(folder));
    const AlertSink broken = [](std::span<const Alert>) -> Result<void> {
      return Fail(ErrorCode::kUnavailable, "broken pipe");
    };
    Feed(*session, *ruleset, events, 10);
    EXPECT_FALSE(session->HandOut(broken).has_value());
    EXPECT_FALSE(session->HandOut(broken).has_value());
    EXPECT_FALSE(session->Finish(broken).has_value());
  }
  const TestFolder calm("calm");

  EXPECT_EQ(Stream(ruleset, events, Committing(folder), 10).lines,
            Stream(ruleset, events, Committing(calm), 10).lines);
}

TEST(SessionStreaming, SaysInARunsRecordWhatWasCutAndWhatWasLeft) {
  RuleSpec rule = QueryRule("q");
  rule.max_signals = 2;
  const auto ruleset = RulesetOf({rule});
  std::string events;
  for (int i = 0; i < 10; ++i) {
    events += EventAt(4, "q", {{"name", std::to_string(i)}});
  }
  const TestFolder folder("records");
  Call(ruleset, events + EventAt(30, "other"), Kept(folder));
  const std::string at5 = std::to_string(Minute(5).time_since_epoch().count());
  const std::string at10 = std::to_string(Minute(10).time_since_epoch().count());

  // Two runs examine the events, so six of them could never be given.
  EXPECT_EQ(Rows(folder, kRecords),
            "q " + at5 + " scheduled 2 0 6 2 \nq " + at10 + " scheduled 2 0 0 0 \n");

  const TestFolder all("all");
  SessionOptions options = Kept(all);
  options.max_signals = UINT32_MAX;
  EXPECT_EQ(Call(ruleset, events + EventAt(30, "other"), options).alerts.size(), 10U);
  EXPECT_EQ(Rows(all, kRecords), "q " + at5 + " scheduled 10 0 0 0 \n");
}

TEST(SessionStreaming, TellsScheduledRunsFromThoseMadeUpForAndThoseOfARange) {
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  const auto one = RulesetOf({QueryRule("q")});
  const TestFolder folder("types");
  Call(both, EventAt(4, "q") + EventAt(4, "r") + EventAt(6, "other"), Kept(folder));
  const std::string missed =
      EventAt(14, "q", {{"name", "q"}}) + EventAt(14, "r", {{"name", "r"}}) + EventAt(16, "other");
  Call(one, missed, Kept(folder));

  const CallResult result =
      Call(both, missed + EventAt(24, "r", {{"name", "s"}}) + EventAt(26, "other"), Kept(folder));

  EXPECT_EQ(result.Names(), (Names{"r", "s"}));
  EXPECT_EQ(result.summary.rules[0].note, "");
  EXPECT_NE(result.summary.rules[1].note.find("2026-05-01T00:05:00.000Z up to 2026-05-01T00:16"),
            std::string::npos)
      << result.summary.rules[1].note;
  EXPECT_EQ(Rows(folder, "SELECT rule_id, type FROM run ORDER BY rule_id, run_at"),
            "q scheduled \nq scheduled \nr scheduled \nr backfill \nr scheduled \n");

  SessionOptions range = Kept(folder);
  range.purpose = SessionPurpose::kManual;
  range.from = Minute(27);
  Call(both, EventAt(28, "q") + EventAt(31, "other"), range);
  EXPECT_EQ(Rows(folder, "SELECT type FROM run ORDER BY sequence DESC LIMIT 1"), "manual \n");
}

TEST(SessionStreaming, KnowsAnAlertsIdForAsLongAsItIsTold) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("ids");
  std::string events;
  for (int day = 0; day < 200; day += 10) {
    events += EventAt(day * 1440 + 3, "q", {{"name", std::to_string(day)}});
  }
  SessionOptions options = Kept(folder);
  options.now = Minute(200 * 1440);
  EXPECT_EQ(Call(ruleset, events, options).alerts.size(), 20U);
  EXPECT_EQ(Rows(folder, "SELECT count(*) FROM alert"), "20 \n");
  Call(ruleset, "", options);  // only what was delivered is forgotten

  EXPECT_EQ(Rows(folder, "SELECT count(*) FROM alert"), "9 \n");
}

}  // namespace
}  // namespace tripline::runtime::testing
