// What a session leaves for the next one, and that nothing is lost or doubled on the way: cut
// inputs, repeated inputs, full disks, sinks that refuse, processes that are killed.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <csignal>
#include <map>
#include <random>
#include <set>

#include "base/file.h"
#include "runtime/rule_run.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Names = std::vector<std::string>;

std::shared_ptr<const Ruleset> TwoRules() {
  RuleSpec query = QueryRule("q");
  query.max_signals = 3;
  RuleSpec terms = NewTermsRule("n", {"user"});
  terms.max_signals = 5;
  terms.window.history_start = WindowBound::Before(hours(2));
  return RulesetOf({query, terms});
}

// `count` events in the order of time, from `first_minute` on, about one a minute.
std::vector<std::string> ManyEvents(int count, double first_minute, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> events;
  double minute = first_minute;
  for (int i = 0; i < count; ++i) {
    minute += static_cast<double>(random() % 2000) / 1000;
    events.push_back(EventAt(minute, random() % 3 == 0 ? "q" : "n",
                             {{"name", std::to_string(seed) + "-" + std::to_string(i)},
                              {"user", "u" + std::to_string(random() % 60)}}));
  }
  return events;
}

std::string Joined(const std::vector<std::string>& events, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    text += events[i];
  }
  return text;
}

std::string StateOf(const TestFolder& folder, const Ruleset& ruleset) {
  auto store = StateStore::Open(folder.path());
  EXPECT_TRUE(store.has_value());
  std::string state;
  for (const RuleSpec& rule : ruleset.rules) {
    const auto kept = (*store)->ReadRule(rule.rule_id);
    auto run = RuleRun::Make(ruleset, rule, {});
    EXPECT_TRUE(kept && *kept && run && (*run)->Restore(**kept));
    state += (*run)->SaveEverything();  // however many parts it was kept in
  }
  return state;
}

TEST(SessionState, CallsInAnyNumberGiveTheAlertsOfOne) {
  const auto ruleset = TwoRules();
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const std::vector<std::string> events = ManyEvents(250, 0, seed);
    const TestFolder once("once");
    const CallResult whole = Call(ruleset, Joined(events, 0, events.size()), Kept(once));

    const TestFolder often("often");
    std::mt19937_64 random(seed);
    std::string lines;
    for (std::size_t at = 0; at < events.size();) {
      const std::size_t end = std::min<std::size_t>(events.size(), at + random() % 120);
      lines += Call(ruleset, Joined(events, at, end), Kept(often)).Lines();
      at = end;
    }

    EXPECT_GT(whole.alerts.size(), 80U);
    ASSERT_EQ(lines, whole.Lines()) << seed;
    ASSERT_TRUE(StateOf(often, *ruleset) == StateOf(once, *ruleset)) << seed;
  }
}

TEST(SessionState, LeavesEventsAfterTheLastRunToTheNextCall) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("wait");

  const CallResult first = Call(
      ruleset, EventAt(4, "q", {{"name", "a"}}) + EventAt(6, "q", {{"name", "b"}}), Kept(folder));
  const CallResult second = Call(ruleset, EventAt(20, "other"), Kept(folder));

  EXPECT_EQ(first.Names(), (Names{"a"}));
  EXPECT_EQ(second.Names(), (Names{"b"}));
  EXPECT_EQ(second.alerts[0].run_at, Minute(10));
  EXPECT_EQ(second.summary.rules[0].runs, 3U);
}

TEST(SessionState, BeginsWithTheFirstRunOverTheFirstEventsOfAllCalls) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("begins");
  Call(ruleset, EventAt(2, "q", {{"name", "a"}}), Kept(folder));  // no run is due yet

  const CallResult second = Call(ruleset, EventAt(6.5, "other"), Kept(folder));

  EXPECT_EQ(second.Names(), (Names{"a"}));  // of the run at minute 5
}

TEST(SessionState, TheSameEventsAgainGiveNothingNewAndTheSameHistory) {
  const auto ruleset = TwoRules();
  const TestFolder folder("again");
  const std::string events = Joined(ManyEvents(500, 0, 7), 0, 500);
  Call(ruleset, events, Kept(folder));
  const std::string before = StateOf(folder, *ruleset);

  const CallResult again = Call(ruleset, events, Kept(folder));

  EXPECT_TRUE(again.alerts.empty());
  EXPECT_EQ(again.summary.alerts, 0U);
  EXPECT_EQ(again.summary.redelivered, 0U);
  EXPECT_GT(again.summary.rules[0].late, 0U);
  EXPECT_TRUE(StateOf(folder, *ruleset) == before);
}

TEST(SessionState, HandsOutAgainWhatTheSinkRefused) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("refused");
  const auto session = OpenSession(ruleset, Kept(folder));
  Feed(*session, *ruleset, EventAt(4, "q", {{"name", "a"}}) + EventAt(12, "other"));

  const Result<RunSummary> refused = session->Finish([](std::span<const Alert>) -> Result<void> {
    return Fail(ErrorCode::kUnavailable, "broken pipe");
  });
  EXPECT_FALSE(refused.has_value());
  const auto locked = Session::Open(ruleset, Kept(folder));
  EXPECT_FALSE(locked.has_value());  // the first session still holds the state
}

TEST(SessionState, DeliversTheOutboxBeforeTheAlertsOfTheCall) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("outbox");
  {
    const auto session = OpenSession(ruleset, Kept(folder));
    Feed(*session, *ruleset, EventAt(4, "q", {{"name", "a"}}) + EventAt(12, "other"));
    EXPECT_FALSE(session
                     ->Finish([](std::span<const Alert>) -> Result<void> {
                       return Fail(ErrorCode::kUnavailable, "broken pipe");
                     })
                     .has_value());
  }

  const CallResult next = Call(ruleset, EventAt(30, "q", {{"name", "b"}}), Kept(folder));

  EXPECT_EQ(next.Names(), (Names{"a", "b"}));
  EXPECT_EQ(next.summary.redelivered, 1U);
  EXPECT_EQ(next.summary.alerts, 1U);
  EXPECT_TRUE(Call(ruleset, "", Kept(folder)).alerts.empty());
}

TEST(SessionState, KeepsTheLastCallWhenTheDiskIsFullAndLosesNothing) {
  const auto ruleset = TwoRules();
  const std::vector<std::string> events = ManyEvents(900, 0, 3);
  const std::string first = Joined(events, 0, 300);
  const std::string second = Joined(events, 300, 900);
  const TestFolder undisturbed("roomy");
  std::string wanted = Call(ruleset, first, Kept(undisturbed)).Lines();
  wanted += Call(ruleset, second, Kept(undisturbed)).Lines();

  const TestFolder folder("full");
  std::string lines = Call(ruleset, first, Kept(folder)).Lines();
  const std::string before = StateOf(folder, *ruleset);
  {
    SessionOptions full = Kept(folder);
    full.state.max_bytes = std::filesystem::file_size(folder.path() + "/tripline.db") + 40'000;
    const auto session = OpenSession(ruleset, full);
    Feed(*session, *ruleset, second);
    bool has_delivered = false;
    const Result<RunSummary> failed = session->Finish([&](std::span<const Alert>) -> Result<void> {
      has_delivered = true;
      return {};
    });
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().message.find("free some space"), std::string::npos)
        << failed.error().message;
    EXPECT_FALSE(has_delivered);
  }
  EXPECT_TRUE(StateOf(folder, *ruleset) == before);

  lines += Call(ruleset, second, Kept(folder)).Lines();

  EXPECT_TRUE(lines == wanted);
}

TEST(SessionState, KeepsHistoriesWhenOnlyARulesWordsChange) {
  RuleSpec rule = NewTermsRule("n", {"user"});
  const TestFolder folder("words");
  Call(RulesetOf({rule}), EventAt(1, "n", {{"user", "u"}}) + EventAt(30, "other"), Kept(folder));
  rule.name = "A better name";
  rule.severity = RuleSeverity::kCritical;
  rule.document = R"({"rule_id":"n","query":"a: b","tags":["new"],"description":"new"})";

  const CallResult result = Call(
      RulesetOf({rule}), EventAt(60, "n", {{"user", "u"}}) + EventAt(70, "other"), Kept(folder));

  EXPECT_TRUE(result.alerts.empty());
  EXPECT_EQ(result.summary.rules[0].note, "");
}

TEST(SessionState, StartsAHistoryAnewWhenARulesMeaningChangesAndSaysSo) {
  const RuleSpec rule = NewTermsRule("n", {"user"});
  RuleSpec other_query = rule;
  other_query.document = R"({"rule_id":"n","query":"a: c"})";
  RuleSpec other_filters = rule;
  other_filters.document = R"({"rule_id":"n","query":"a: b","filters":[{"meta":{}}]})";
  RuleSpec other_window = rule;
  other_window.window.history_start = WindowBound::Before(days(2));
  RuleSpec other_interval = rule;
  other_interval.interval = minutes(7);
  RuleSpec other_field = rule;
  other_field.new_terms_fields = {"port"};
  for (const RuleSpec& edited :
       {other_query, other_filters, other_window, other_interval, other_field}) {
    const TestFolder folder("meaning");
    Call(RulesetOf({rule}), EventAt(1, "n", {{"user", "u"}, {"port", 7}}) + EventAt(30, "other"),
         Kept(folder));

    const CallResult result = Call(
        RulesetOf({edited}),
        EventAt(1, "n", {{"user", "u"}, {"port", 7}}) +
            EventAt(60, "n", {{"name", "b"}, {"user", "u"}, {"port", 7}}) + EventAt(80, "other"),
        Kept(folder));

    EXPECT_NE(result.summary.rules[0].note.find("--history"), std::string::npos);
    // The event of minute 1 is history to it now, so the term is known again.
    EXPECT_TRUE(result.alerts.empty());
  }
}

TEST(SessionState, KeepsTheStateOfARuleThatIsAbsentForACall) {
  const RuleSpec rule = NewTermsRule("n", {"user"});
  const TestFolder folder("absent");
  Call(RulesetOf({rule}), EventAt(1, "n", {{"user", "u"}}) + EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("q")}), EventAt(40, "other"), Kept(folder));

  const CallResult result = Call(
      RulesetOf({rule}), EventAt(60, "n", {{"user", "u"}}) + EventAt(70, "other"), Kept(folder));

  EXPECT_TRUE(result.alerts.empty());
}

// Changes the first kept byte of a rule.
void Damage(const TestFolder& folder, const std::string& rule_id) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() + "/tripline.db").c_str(), &db), SQLITE_OK);
  const std::string sql =
      "UPDATE part SET bytes = CAST(x'ff' || substr(bytes, 2) AS BLOB) WHERE owner = 'rule' AND id "
      "= '" +
      rule_id + "'";
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
}

TEST(SessionState, RunsTheOtherRulesWhenTheStateOfOneIsDamagedAndStartsNothingAnewUnasked) {
  const auto ruleset = RulesetOf({NewTermsRule("n", {"user"}), QueryRule("q")});
  const TestFolder folder("damaged");
  Call(ruleset, EventAt(1, "n", {{"user", "u"}}) + EventAt(30, "other"), Kept(folder));
  Damage(folder, "n");
  const std::string later = EventAt(60, "n", {{"name", "n"}, {"user", "u"}}) +
                            EventAt(60, "n", {{"name", "new"}, {"user", "v"}}) +
                            EventAt(61, "q", {{"name", "q"}}) + EventAt(70, "other");

  for (int i = 0; i < 2; ++i) {
    const CallResult result = Call(ruleset, later, Kept(folder));

    EXPECT_EQ(result.Names(), i == 0 ? Names{"q"} : Names{});
    ASSERT_EQ(result.summary.rules[0].not_run.size(), 1U);
    const std::string& why = result.summary.rules[0].not_run[0];
    EXPECT_NE(why.find("rule 'n'"), std::string::npos) << why;
    EXPECT_NE(why.find("does not have its checksum"), std::string::npos) << why;
    EXPECT_NE(why.find("backup"), std::string::npos) << why;
    EXPECT_NE(why.find("--start-anew n"), std::string::npos) << why;
    EXPECT_NE(why.find("--history"), std::string::npos) << why;
  }

  SessionOptions anew = Kept(folder);
  anew.start_anew = {"n"};
  CallResult result;
  {
    const auto session = OpenSession(ruleset, anew);
    Feed(*session, *ruleset, EventAt(1, "n", {{"user", "u"}}), kMaxBlockRows, Feeding::kHistory);
    Feed(*session, *ruleset, later);
    result = FinishSession(*session);
  }
  EXPECT_EQ(result.Names(), (Names{"new"}));
  EXPECT_NE(result.summary.rules[0].note.find("--start-anew"), std::string::npos);
  EXPECT_TRUE(Call(ruleset, later, Kept(folder)).summary.rules[0].not_run.empty());
}

TEST(SessionState, RefusesToStartARuleAnewThatItDoesNotKnow) {
  const TestFolder folder("unknown");
  SessionOptions options = Kept(folder);
  options.start_anew = {"nobody"};

  const auto session = Session::Open(RulesetOf({QueryRule("q")}), options);

  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code, ErrorCode::kUsage);
}

TEST(SessionState, DoesNotGoBackWhenTheClockJumpsBack) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("back");
  const std::string events = EventAt(4, "q", {{"name", "a"}}) + EventAt(60, "other");
  Call(ruleset, events, Kept(folder));
  SessionOptions earlier = Kept(folder);
  earlier.now = Minute(10);

  EXPECT_TRUE(Call(ruleset, events, earlier).alerts.empty());
  EXPECT_EQ(
      Call(ruleset, EventAt(64, "q", {{"name", "b"}}) + EventAt(66, "other"), Kept(folder)).Names(),
      (Names{"b"}));
}

// A whole call in a process of its own. Alerts are appended to `out` as they are handed out. Dies
// after `cpu_time`, if that is not zero, or in the sink before its batch number `fatal_batch`.
pid_t CallInChild(const std::shared_ptr<const Ruleset>& ruleset, const std::string& events,
                  const TestFolder& folder, const std::string& out,
                  std::chrono::microseconds cpu_time, int fatal_batch) {
  const pid_t child = fork();
  if (child != 0) {
    return child;
  }
  itimerval timer{};
  timer.it_value.tv_sec = cpu_time.count() / 1'000'000;
  timer.it_value.tv_usec = cpu_time.count() % 1'000'000;
  signal(SIGPROF, SIG_DFL);  // ends the process on the spot, as SIGKILL does
  setitimer(ITIMER_PROF, &timer, nullptr);
  auto session = Session::Open(ruleset, Kept(folder));
  if (!session) {
    _exit(2);
  }
  Feed(**session, *ruleset, events, 512);
  const int file = open(out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  int num_batches = 0;
  const auto summary = (*session)->Finish([&](std::span<const Alert> alerts) -> Result<void> {
    std::string lines;
    for (const Alert& alert : alerts) {
      lines += alert.json + "\n";
    }
    if (num_batches++ == fatal_batch) {
      kill(getpid(), SIGKILL);
    }
    const bool is_written =
        write(file, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
    return is_written ? Result<void>() : Fail(ErrorCode::kUnavailable, "write");
  });
  _exit(summary ? 0 : 3);
}

// True if it ended by itself and well, false if it was killed.
bool Await(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::chrono::microseconds CpuTimeOfChildren() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

// The lines of a file by the alert's id; a line that was cut off by a kill is not a line.
std::map<std::string, std::string> AlertsIn(const std::string& path) {
  const std::string text = ReadFile(path, 1'000'000'000).value_or("");
  std::map<std::string, std::string> alerts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == text.npos) {
      break;
    }
    const std::string line = text.substr(at, end - at);
    const std::string id = Json::parse(line)["kibana.alert.uuid"];
    EXPECT_TRUE(!alerts.contains(id) || alerts[id] == line);
    alerts[id] = line;
    at = end + 1;
  }
  return alerts;
}

TEST(SessionState, LosesAndDoublesNothingWhenItIsKilledTenTimes) {
  const auto ruleset = TwoRules();
  const std::vector<std::string> all = ManyEvents(2400, 0, 11);
  const std::string first = Joined(all, 0, 1600);
  const std::string second = Joined(all, 1600, 2400);
  constexpr std::chrono::microseconds kForever{0};
  const TestFolder calm("calm");
  const TestFolder stormy("stormy");
  const TestFolder outputs("outputs");
  std::filesystem::create_directories(outputs.path());
  const std::string calm_out = outputs.path() + "/calm";
  const std::string stormy_out = outputs.path() + "/stormy";
  const auto before = CpuTimeOfChildren();
  ASSERT_TRUE(Await(CallInChild(ruleset, first, calm, calm_out, kForever, -1)));
  const auto cpu_time = CpuTimeOfChildren() - before;
  ASSERT_TRUE(Await(CallInChild(ruleset, second, calm, calm_out, kForever, -1)));

  std::mt19937_64 random(5);
  int num_kills = 0;
  for (int i = 0; i < 200 && num_kills < 10; ++i) {
    const auto fate = std::chrono::microseconds(
        1 + random() % static_cast<std::uint64_t>(cpu_time.count() * 8 / 10));
    const int fatal_batch = i % 3 == 0 ? static_cast<int>(random() % 3) : -1;
    if (!Await(CallInChild(ruleset, first, stormy, stormy_out, fate, fatal_batch))) {
      ++num_kills;
    } else if (num_kills < 10) {
      // It got through; with everything done, later calls would end before any fate. Begin anew.
      std::filesystem::remove_all(stormy.path());
      std::filesystem::remove(stormy_out);
    }
  }
  ASSERT_TRUE(Await(CallInChild(ruleset, first, stormy, stormy_out, kForever, -1)));
  ASSERT_TRUE(Await(CallInChild(ruleset, second, stormy, stormy_out, kForever, -1)));

  EXPECT_EQ(num_kills, 10);
  const auto wanted = AlertsIn(calm_out);
  EXPECT_GT(wanted.size(), 800U);
  EXPECT_TRUE(AlertsIn(stormy_out) == wanted);
  EXPECT_TRUE(StateOf(stormy, *ruleset) == StateOf(calm, *ruleset));
}

}  // namespace
}  // namespace tripline::runtime::testing
