// Scheduled runs one behaviour at a time: what is asked for, what is kept, and what is refused.
// That they find what the desk finds is rule_runs_random_test.cc's business.
#include "runtime/rule_runs.h"

#include <random>

#include "runtime/digest.h"
#include "runtime/rule_run.h"
#include "tests/runtime/scheduled_world.h"

namespace tripline::runtime::testing {
namespace {

constexpr Milliseconds kLongSpan = days(30);

IndexedEvent Event(int minute, const std::string& rule, const std::string& user = "u") {
  return {.time = Minute(minute),
          .index = "logs-a",
          .id = rule + user + std::to_string(minute),
          .rules = {rule},
          .terms = {{"user", {StringTerm(user)}}},
          .source = {{"user", user}}};
}

// A rule with a job of a count every five minutes of the events of `q`.
std::shared_ptr<const Ruleset> RulesWithAJob(std::vector<RuleSpec> rules = {QueryRule("q")}) {
  RuleSpec records = QueryRule("m");
  records.type = RuleType::kMachineLearning;
  records.query.reset();
  records.jobs = {0};
  records.anomaly_threshold = 1.0;
  rules.push_back(records);
  Ruleset ruleset = *RulesetOf(std::move(rules));
  AnomalyJobSpec job;
  job.job_id = "j";
  job.query = 0;
  job.time_field = "@timestamp";
  job.bucket_span = minutes(5);
  job.model_memory_limit = 32U << 20U;
  job.detectors = {
      {.function = "high_count", .by_field = "", .partition_field = "", .custom_rules = {}}};
  ruleset.jobs = {job};
  return std::make_shared<const Ruleset>(std::move(ruleset));
}

template <class T>
std::optional<ErrorCode> CodeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

Json ReportOf(ScheduledWorld& world) { return Json::parse(world.runs().Report()); }

TEST(RuleRuns, ARuleWithoutStateBeginsBehindTheBeginning) {
  ScheduledWorld world(RulesetOf({QueryRule("q")}), Minute(12));

  const RunPlan plan = world.Plan(Minute(21), kLongSpan);

  ASSERT_EQ(plan.rules.size(), 1U);
  EXPECT_EQ(plan.rules[0].first_run, Minute(15));
  EXPECT_EQ(plan.rules[0].last_run, Minute(20));
  EXPECT_EQ(plan.rules[0].from, Minute(6));
  EXPECT_EQ(plan.rules[0].to, Minute(20));
}

TEST(RuleRuns, APlanCoversNoMoreThanItsSpanButOneRunWhole) {
  ScheduledWorld world(RulesetOf({QueryRule("q")}), Minute(0));

  EXPECT_EQ(world.Plan(Minute(60), minutes(20)).rules[0].last_run, Minute(15));
  EXPECT_EQ(world.Plan(Minute(60), minutes(0)).rules[0].last_run, Minute(5));
}

TEST(RuleRuns, WhatDidNotRunIsPlannedAgain) {
  ScheduledWorld world(RulesetOf({QueryRule("q")}), Minute(0));
  world.Index(Event(3, "q"));

  world.Take(world.Plan(Minute(5), kLongSpan).rules[0]);  // and the owner gives up
  ASSERT_TRUE(world.Tick(Minute(11), kLongSpan));
  world.Commit(SavedPart::kEverything);

  ASSERT_EQ(world.alerts().size(), 1U);
  EXPECT_EQ(std::get<1>(*world.alerts().begin()), Minute(5));
}

TEST(RuleRuns, ARuleThatWasDisabledReadsTheHistoryThatItDidNotSee) {
  ScheduledWorld world(RulesetOf({NewTermsRule("n", {"user"})}), Minute(0));
  ASSERT_TRUE(world.Tick(Minute(10), kLongSpan));
  world.Index(Event(21, "n", "known"));
  EXPECT_FALSE(world.Tick(Minute(60), kLongSpan, {std::byte{0}}));

  world.Index(Event(63, "n", "known"));
  world.Index(Event(64, "n", "new"));
  const RunPlan plan = world.Plan(Minute(65), kLongSpan, {std::byte{1}});
  ASSERT_EQ(plan.rules.size(), 1U);
  EXPECT_EQ(plan.rules[0].first_run, Minute(65));
  EXPECT_EQ(plan.rules[0].history_from, Minute(10) + Milliseconds(1));
  world.Take(plan.rules[0]);
  world.Run(0, Minute(65));
  world.Commit(SavedPart::kEverything);

  EXPECT_EQ(world.alerts().size(), 1U);
}

TEST(RuleRuns, RunsThatAreGivenUpAreAGapOfWhatNoRunExamines) {
  ScheduledWorld world(RulesetOf({QueryRule("q")}), Minute(0));

  const RunPlan plan = world.Plan(Minute(120), kLongSpan, {}, Minute(100));

  ASSERT_EQ(plan.gaps.size(), 1U);
  EXPECT_EQ(plan.gaps[0].span.first, Minute(0) + Milliseconds(1));  // the run at 0 is over
  EXPECT_EQ(plan.gaps[0].span.last, Minute(91) - Milliseconds(1));  // the run at 100 sees 91
  EXPECT_EQ(plan.rules[0].first_run, Minute(100));
  EXPECT_TRUE(world.Plan(Minute(120), kLongSpan, {}, Minute(100)).gaps.empty()) << "told once";
}

TEST(RuleRuns, RunsBehindWhatWasShownWaitForAnotherPlan) {
  RuleSpec rule = QueryRule("q");
  rule.max_signals = 1;
  rule.window = WindowMath::Of(minutes(5));
  ScheduledWorld world(RulesetOf({rule}), Minute(0));
  for (int i = 0; i < 30; ++i) {
    IndexedEvent event = Event(1, "q", std::to_string(i));
    world.Index(event);  // all within the first run's window
  }
  world.Index(Event(12, "q"));

  const RunPlan plan = world.Plan(Minute(15), kLongSpan);
  EXPECT_EQ(plan.rules[0].last_run, Minute(15));
  EXPECT_EQ(plan.rules[0].max_finds, 3U);
  ASSERT_TRUE(world.Tick(Minute(15), kLongSpan));

  EXPECT_EQ(ReportOf(world)["rules"]["q"]["position"], Minute(5).time_since_epoch().count());
  EXPECT_EQ(ReportOf(world)["rules"]["q"]["not_shown"], 28);
  while (world.Tick(Minute(15), kLongSpan)) {
  }
  world.Commit(SavedPart::kEverything);
  EXPECT_EQ(world.alerts().size(), 2U) << "one of the thirty, and the later one";
}

TEST(RuleRuns, ARuleWhoseWindowIsLongerThanItsHistorySaysWhyItDoesNotRun) {
  RuleSpec rule = NewTermsRule("n", {"user"});
  rule.window = WindowMath::Of(hours(2), hours(3));
  ScheduledWorld world(RulesetOf({rule}), Minute(0));

  EXPECT_TRUE(world.Plan(Minute(600), kLongSpan).rules.empty());

  const std::string why = ReportOf(world)["rules"]["n"]["not_run"][0];
  EXPECT_TRUE(why.contains("longer than the history before it")) << why;
}

TEST(RuleRuns, ARuleOfAnotherMeaningGoesOnFromItsPositionAndReadsItsHistoryAnew) {
  RuleSpec rule = NewTermsRule("n", {"user"});
  ScheduledWorld world(RulesetOf({rule, QueryRule("gone")}), Minute(0));
  ASSERT_TRUE(world.Tick(Minute(50), kLongSpan));
  world.Commit(SavedPart::kEverything);
  rule.window.history_start = WindowBound::Before(days(2));

  const auto runs = Value(RuleRuns::Open(RulesetOf({rule, QueryRule("added")}), Minute(40)));
  Value(runs->Restore(world.parts()[0]));
  const RunPlan plan =
      Value(runs->Plan({.now = Minute(61), .job_now = Minute(61), .max_span = kLongSpan}));

  ASSERT_EQ(plan.rules.size(), 2U);
  EXPECT_EQ(plan.rules[0].first_run, Minute(55));
  EXPECT_EQ(plan.rules[0].history_from, Minute(55) - days(2));
  EXPECT_EQ(plan.rules[1].first_run, Minute(45));
  const Json report = Json::parse(runs->Report());
  const std::string note = report["rules"]["n"]["note"];
  EXPECT_TRUE(note.contains("have changed")) << note;
  EXPECT_EQ(report["dropped"], Json::array({"gone"}));
}

TEST(RuleRuns, AChangeOfRulesThatFoundNothingTakesFewBytes) {
  std::vector<RuleSpec> rules;
  for (int i = 0; i < 100; ++i) {
    rules.push_back(i % 2 == 0 ? QueryRule("q" + std::to_string(i))
                               : NewTermsRule("n" + std::to_string(i), {"user"}));
  }
  ScheduledWorld world(RulesetOf(rules), Minute(0));
  ASSERT_TRUE(world.Tick(Minute(10), kLongSpan));
  world.Commit(SavedPart::kEverything);

  ASSERT_TRUE(world.Tick(Minute(15), kLongSpan));

  EXPECT_LT(Value(world.runs().Save(SavedPart::kChanges)).size(), 100U * 180);
}

TEST(RuleRuns, FourWeeksBeforeTheBeginningTeachAJobAndDoNotAlert) {
  ScheduledWorld world(RulesWithAJob(), Minute(0));
  for (int minute = -20 * 24 * 60; minute < 0; minute += 2) {
    world.Index(Event(minute, "q"));
  }
  for (int i = 0; i < 300; ++i) {
    world.Index(Event(-700, "q", "storm" + std::to_string(i)));
    world.Index(Event(31, "q", "storm" + std::to_string(i)));
  }

  EXPECT_EQ(world.Plan(Minute(45), days(1)).jobs[0].first_bucket,
            (Minute(0) - days(28)).time_since_epoch() / minutes(5));
  while (world.Tick(Minute(45), days(1))) {
  }
  world.Commit(SavedPart::kEverything);

  std::set<Timestamp> runs;
  for (const auto& [rule, run_at, id] : world.alerts()) {
    if (rule == "m") {
      runs.insert(run_at);
    }
  }
  EXPECT_EQ(runs, std::set<Timestamp>{Minute(35)});
}

TEST(RuleRuns, AJobThatNobodyAsksForIsNotCounted) {
  ScheduledWorld world(RulesWithAJob(), Minute(0));

  const RunPlan plan = world.Plan(Minute(45), days(1), {std::byte{1}, std::byte{0}});

  EXPECT_TRUE(plan.jobs.empty());
  EXPECT_TRUE(plan.job_rules.empty());
  EXPECT_EQ(plan.rules.size(), 1U);
}

TEST(RuleRuns, AJobThatIsAskedForAgainLearnsFromTheFourWeeksBefore) {
  ScheduledWorld world(RulesWithAJob(), Minute(0));
  const Timestamp later = Minute(0) + days(100);
  (void)world.Plan(later, days(1), {std::byte{1}, std::byte{0}});

  const RunPlan plan = world.Plan(later + minutes(10), days(1));

  ASSERT_EQ(plan.jobs.size(), 1U);
  EXPECT_EQ(plan.jobs[0].first_bucket, (later - days(28)).time_since_epoch() / minutes(5));
}

TEST(RuleRuns, MisuseIsAnErrorAndChangesNothing) {
  ScheduledWorld world(RulesWithAJob(), Minute(0));
  RuleRuns& runs = world.runs();
  const std::string no_finds = FindsBytes().Take();

  EXPECT_EQ(CodeOf(runs.TakeFinds(0, no_finds)), ErrorCode::kUsage) << "no plan";
  EXPECT_EQ(CodeOf(runs.Run(0, Minute(5))), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(runs.MarkKept()), ErrorCode::kUsage);
  const RunPlan plan = world.Plan(Minute(10), days(30));
  EXPECT_EQ(CodeOf(runs.Restore("")), ErrorCode::kUsage) << "too late";
  EXPECT_EQ(CodeOf(runs.TakeFinds(7, no_finds)), ErrorCode::kUsage) << "no such rule";
  EXPECT_EQ(CodeOf(runs.TakeFinds(1, no_finds)), ErrorCode::kUsage) << "a rule with a job";
  EXPECT_EQ(CodeOf(runs.Run(0, Minute(15))), ErrorCode::kUsage) << "not due";
  EXPECT_EQ(CodeOf(runs.Run(0, Minute(6))), ErrorCode::kUsage) << "no run";
  EXPECT_EQ(CodeOf(runs.Run(1, Minute(10))), ErrorCode::kUsage) << "its job is not closed";
  EXPECT_EQ(CodeOf(runs.CloseJob(0, plan.jobs[0].end_bucket)), ErrorCode::kUsage) << "no counts";
  EXPECT_EQ(CodeOf(runs.TakeCounts(1, "")), ErrorCode::kUsage) << "no such job";
  const std::vector<std::byte> too_many(3, std::byte{1});
  EXPECT_EQ(CodeOf(runs.Plan({.enabled = too_many})), ErrorCode::kUsage);

  (void)Value(runs.Save(SavedPart::kEverything));
  Value(runs.Run(0, Minute(10)));
  EXPECT_EQ(CodeOf(runs.MarkKept()), ErrorCode::kUsage) << "something has changed since";
}

TEST(RuleRuns, FindsThatWereNotAskedForAreRefused) {
  ScheduledWorld world(RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})}), Minute(0));
  const RunPlan plan = world.Plan(Minute(5), kLongSpan);
  const auto finds_of_query = [](Timestamp time, const std::string& id) {
    FindsBytes finds;
    finds.AddEvent(time, "i", id);
    return finds.Take();
  };
  const auto finds_of_terms = [](const std::string& term, std::optional<Timestamp> before,
                                 std::optional<Timestamp> first, std::optional<Timestamp> last) {
    FindsBytes finds;
    finds.AddTerm(term, before, first, last, "i", "1");
    return finds.Take();
  };
  const std::string term = StringTerm("u");
  for (const std::string& bad :
       {finds_of_query(Minute(6), "1"), finds_of_query(Minute(-5), "1"),
        finds_of_query(Minute(1), ""), finds_of_query(Minute(1), "1") + "x", std::string()}) {
    EXPECT_EQ(CodeOf(world.runs().TakeFinds(0, bad)), ErrorCode::kInvalid);
  }
  for (const std::string& bad :
       {finds_of_terms("", {}, Minute(1), Minute(1)),
        finds_of_terms(term + term, {}, Minute(1), Minute(1)),
        finds_of_terms(term, Minute(-3), {}, {}),           // in the window
        finds_of_terms(term, Minute(-9999), {}, {}),        // before the history
        finds_of_terms(term, {}, Minute(-4), Minute(1)),    // at the window's beginning
        finds_of_terms(term, {}, Minute(2), Minute(1)),     // the last before the first
        finds_of_terms(term, {}, Minute(2), {}),            // no last
        finds_of_terms(term, {}, Minute(2), Minute(6))}) {  // behind the window
    EXPECT_EQ(CodeOf(world.runs().TakeFinds(1, bad)), ErrorCode::kInvalid);
  }
}

// A world that has kept something of every kind.
std::vector<std::string> PartsOfEveryKind(const std::shared_ptr<const Ruleset>& ruleset) {
  ScheduledWorld world(ruleset, Minute(0));
  for (int minute = 0; minute < 200; ++minute) {
    world.Index(Event(minute, "q", "u" + std::to_string(minute % 50)));
    world.Index(Event(minute, "n", "u" + std::to_string(minute % 70)));
    if (minute % 50 == 20) {
      while (world.Tick(Minute(minute), days(1))) {
      }
      world.Commit(SavedPart::kChanges);
    }
  }
  return world.parts();
}

std::shared_ptr<const Ruleset> RulesOfEveryKind() {
  return RulesWithAJob({QueryRule("q"), NewTermsRule("n", {"user"})});
}

TEST(RuleRuns, EveryDamagedByteOfWhatWasKeptIsNoticed) {
  const auto ruleset = RulesOfEveryKind();
  const std::string saved = PartsOfEveryKind(ruleset)[0];
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string damaged = saved;
    const std::size_t at = i < 20 ? static_cast<std::size_t>(i) : random() % saved.size();
    if (i % 3 == 0) {
      damaged.resize(at);
    } else {
      damaged[at] = static_cast<char>(damaged[at] + 1 + static_cast<char>(random() % 200));
    }
    const auto runs = Value(RuleRuns::Open(ruleset, Minute(0)));
    const Result<void> restored = runs->Restore(damaged);
    ASSERT_TRUE(CodeOf(restored) == ErrorCode::kInvalid ||
                CodeOf(restored) == ErrorCode::kUnsupported)
        << "byte " << at;
  }
}

// The checksum is no protection against who can write it.
TEST(RuleRuns, ForgedStateIsRefusedOrGoneOnFrom) {
  const auto ruleset = RulesOfEveryKind();
  const std::vector<std::string> parts = PartsOfEveryKind(ruleset);
  std::mt19937_64 random(8);
  int num_refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto runs = Value(RuleRuns::Open(ruleset, Minute(0)));
    bool is_refused = false;
    for (std::string part : parts) {
      part.resize(part.size() - sizeof(Sha256Digest));
      part[random() % part.size()] = static_cast<char>(random());
      const Sha256Digest digest = Sha256Of(part);
      part.append(reinterpret_cast<const char*>(digest.data()), digest.size());
      is_refused = is_refused || !runs->Restore(part);
    }
    num_refused += is_refused ? 1 : 0;
    if (is_refused) {
      continue;
    }
    const auto plan = runs->Plan({.now = Minute(300), .job_now = Minute(300), .max_span = days(1)});
    ASSERT_TRUE(plan.has_value());
    for (const RuleAsk& ask : plan->rules) {
      (void)runs->Run(ask.rule, ask.last_run);
    }
    ASSERT_TRUE(runs->Save(SavedPart::kEverything).has_value());
  }
  EXPECT_GT(num_refused, 100);
}

TEST(RuleRuns, ChangesWithoutWhatTheyChangeAreDamage) {
  const auto ruleset = RulesOfEveryKind();
  const std::vector<std::string> parts = PartsOfEveryKind(ruleset);
  ASSERT_GT(parts.size(), 2U);

  const auto runs = Value(RuleRuns::Open(ruleset, Minute(0)));
  EXPECT_EQ(CodeOf(runs->Restore(parts[1])), ErrorCode::kInvalid);
  const auto again = Value(RuleRuns::Open(ruleset, Minute(0)));
  Value(again->Restore(parts[0]));
  Value(again->Restore(parts[1]));
  EXPECT_EQ(CodeOf(again->Restore(parts[1])), std::nullopt) << "the same twice is harmless";
}

}  // namespace
}  // namespace tripline::runtime::testing
