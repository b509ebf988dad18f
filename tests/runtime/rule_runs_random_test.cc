// The judge of RuleRuns: random rules and events through a Session, as at the desk, and through
// scheduled runs over what a search brings back, whatever the strides, the spans, the answers that
// were not whole and the owners that died. The alerts are the same.
#include "runtime/event_clock.h"
#include "tests/runtime/detector_scenario.h"
#include "tests/runtime/scheduled_world.h"

namespace tripline::runtime::testing {
namespace {

constexpr int kNumWorlds = 120;
constexpr int kNumLateWorlds = 60;
constexpr std::int64_t kMostLate = 9;  // minutes

std::string RandomRounding(Random& random) {
  return std::string(random.OneIn(3) ? "/h" : random.OneIn(3) ? "/m" : "");
}

WindowBound RandomBound(Random& random, std::int64_t least, std::int64_t most) {
  return *WindowBound::Parse("now-" + std::to_string(random.Between(least, most)) + "m" +
                             RandomRounding(random));
}

void TakeRandomSchedule(RuleSpec& rule, Random& random) {
  rule.interval = minutes(random.Between(1, 12));
  rule.max_signals = random.OneIn(2) ? 100 : static_cast<std::uint32_t>(random.Between(1, 3));
  do {
    rule.window.from = RandomBound(random, 1, 30);
    rule.window.to = random.OneIn(4) ? RandomBound(random, 0, 9) : WindowBound();
    rule.window.history_start =
        rule.type == RuleType::kNewTerms ? RandomBound(random, 2, 500) : WindowBound();
  } while (!Schedule::IsValid(rule.interval, rule.window) ||
           (rule.type == RuleType::kNewTerms && !ReasonsNotToSchedule(rule).empty()));
}

std::shared_ptr<const Ruleset> RandomRules(Random& random) {
  std::vector<RuleSpec> rules;
  for (const char* id : {"q1", "q2"}) {
    rules.push_back(QueryRule(id));
  }
  rules.push_back(NewTermsRule("n1", {"user"}));
  rules.push_back(NewTermsRule("n2", {"user", "port"}));
  rules.push_back(NewTermsRule("n3", {"port", "user", "is_admin"}));
  for (RuleSpec& rule : rules) {
    TakeRandomSchedule(rule, random);
  }
  RuleSpec records = QueryRule("m");
  TakeRandomSchedule(records, random);
  records.type = RuleType::kMachineLearning;
  records.query.reset();
  records.jobs = {0};
  records.anomaly_threshold = random.OneIn(2) ? 1.0 : 30.0;
  rules.push_back(records);
  Ruleset ruleset = *RulesetOf(rules);
  AnomalyJobSpec job;
  job.job_id = "j";
  job.query = 0;
  job.time_field = "@timestamp";
  job.bucket_span = minutes(random.Between(1, 10));
  job.model_memory_limit = 32U << 20U;
  job.influencers = {"user"};
  job.detectors = {
      {.function = random.OneIn(2) ? "high_count" : "low_count",
       .by_field = random.OneIn(2) ? "user" : "",
       .partition_field = "",
       .custom_rules = {}},
      {.function = "rare", .by_field = "user", .partition_field = "", .custom_rules = {}}};
  ruleset.jobs = {job};
  return std::make_shared<const Ruleset>(std::move(ruleset));
}

void AddField(IndexedEvent& event, Random& random, const std::string& name) {
  if (random.OneIn(8)) {
    return;
  }
  Json values = Json::array();
  std::vector<std::string>& terms = event.terms[name];
  const std::int64_t num_values = name != "is_admin" && random.OneIn(6) ? 2 : 1;
  std::int64_t which = random.OneIn(10) ? random.Between(0, 40) : random.Between(0, 4);
  for (std::int64_t i = 0; i < num_values; ++i, ++which) {
    if (name == "user") {
      values.push_back("u" + std::to_string(which));
      terms.push_back(StringTerm("u" + std::to_string(which)));
    } else if (name == "port") {
      values.push_back(which % 4);
      terms.push_back(IntegerTerm(which % 4));
    } else {
      values.push_back(which % 2 == 0);
      terms.push_back(BooleanTerm(which % 2 == 0));
    }
  }
  event.source[name] = values;
}

EventsOfIndex RandomEvents(Random& random) {
  EventsOfIndex events;
  std::int64_t ms = 60 * 60'000;
  const std::int64_t num_events = random.Between(20, 250);
  for (std::int64_t i = 0; i < num_events; ++i) {
    ms += random.OneIn(25)  ? random.Between(0, 400 * 60'000)
          : random.OneIn(3) ? 0
                            : random.Between(0, 4 * 60'000);
    // Times on the bounds of windows are the ones that matter.
    const std::int64_t time = random.OneIn(4) ? ms / 60'000 * 60'000 : ms;
    IndexedEvent event{.time = *ParseDate("2026-05-01") + Milliseconds(time),
                       .index = random.OneIn(2) ? "logs-a" : "logs-b",
                       .id = std::to_string(random.Between(0, 99)) + "-" + std::to_string(i),
                       .rules = {},
                       .terms = {},
                       .source = Json::object()};
    for (const char* rule : {"q1", "q2", "n1", "n2", "n3"}) {
      if (random.OneIn(2)) {
        event.rules.insert(rule);
      }
    }
    for (const char* field : {"user", "port", "is_admin"}) {
      AddField(event, random, field);
    }
    events.push_back(std::move(event));
  }
  std::ranges::sort(events, {}, [](const IndexedEvent& event) { return event.Order(); });
  return events;
}

std::set<AlertName> AtTheDesk(const std::shared_ptr<const Ruleset>& ruleset,
                              const EventsOfIndex& events, const SessionOptions& options,
                              std::uint32_t block_rows = 16) {
  std::string lines;
  for (const IndexedEvent& event : events) {
    lines += event.Line();
  }
  std::set<AlertName> names;
  for (const Alert& alert : Call(ruleset, lines, options, block_rows).alerts) {
    names.emplace(alert.rule_id, alert.run_at, alert.id);
  }
  return names;
}

// A tick in which some answers are not whole, or come and are not used.
bool UnsteadyTick(ScheduledWorld& world, Timestamp now, Random& random) {
  const Milliseconds span = minutes(random.OneIn(3) ? 0 : random.Between(0, 300));
  const RunPlan plan = world.Plan(now, span);
  std::set<std::uint32_t> not_closed;
  for (const JobAsk& ask : plan.jobs) {
    if (random.OneIn(4)) {
      not_closed.insert(ask.job);
    } else {
      world.CountAndClose(ask);
    }
  }
  for (const RuleAsk& ask : plan.rules) {
    if (random.OneIn(6)) {
      continue;
    }
    world.Take(ask);
    if (!random.OneIn(6)) {
      world.Run(ask.rule, ask.last_run);
    }
  }
  for (const RunPlan::DueJobRule& due : plan.job_rules) {
    const bool is_closed =
        std::ranges::none_of(due.jobs, [&](std::uint32_t job) { return not_closed.contains(job); });
    if (is_closed) {
      world.Run(due.rule, due.last_run);
    }
  }
  return !plan.rules.empty() || !plan.jobs.empty() || !plan.job_rules.empty();
}

void CommitOrDie(ScheduledWorld& world, Random& random) {
  if (random.OneIn(2)) {
    world.Commit(random.OneIn(5) ? SavedPart::kEverything : SavedPart::kChanges);
  }
  if (random.OneIn(6)) {
    world.TakeOver();
  }
}

TEST(RuleRunsRandom, AnyStrideGivesTheAlertsOfTheDesk) {
  std::size_t num_alerts = 0;
  std::map<std::string, std::size_t> num_of_rule;
  for (int i = 0; i < kNumWorlds; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const auto ruleset = RandomRules(random);
    const EventsOfIndex events = RandomEvents(random);
    const Timestamp end = events.back().time + minutes(random.Between(0, 90));
    ScheduledWorld world(ruleset, events.front().time - hours(1));
    std::size_t num_indexed = 0;
    const std::int64_t most = random.OneIn(2) ? 12 : 400;

    for (Timestamp now = events.front().time; now < end;) {
      now = std::min(end, now + minutes(random.Between(0, most)));
      for (; num_indexed < events.size() && events[num_indexed].time <= now; ++num_indexed) {
        world.Index(events[num_indexed]);
      }
      (void)UnsteadyTick(world, now, random);
      CommitOrDie(world, random);
    }
    while (UnsteadyTick(world, end, random)) {
      CommitOrDie(world, random);
    }
    world.Commit(SavedPart::kChanges);
    world.TakeOver();

    ASSERT_EQ(world.alerts(), AtTheDesk(ruleset, events, With(&SessionOptions::now, end)))
        << "world " << i;
    EXPECT_FALSE(world.Tick(end, hours(1))) << "a new owner has nothing left to do";
    num_alerts += world.alerts().size();
    for (const AlertName& alert : world.alerts()) {
      ++num_of_rule[std::get<0>(alert)];
    }
  }
  EXPECT_GT(num_alerts, 8'000U);
  for (const char* rule : {"q1", "q2", "n1", "n2", "n3", "m"}) {
    EXPECT_GT(num_of_rule[rule], 100U) << rule;  // the worlds do have something to find
  }
}

// The desk with no lateness judges a block of one event by the runs before it, and a search at that
// moment finds the same. Late events come while windows still cover them.
TEST(RuleRunsRandom, LateEventsAreFoundByTheRunsThatAreLeftAsAtTheDesk) {
  std::size_t num_alerts = 0;
  for (int i = 0; i < kNumLateWorlds; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    Ruleset late_rules = *RandomRules(random);
    for (RuleSpec& rule : late_rules.rules) {
      const std::int64_t interval = random.Between(1, 5);
      rule.interval = minutes(interval);
      rule.window = WindowMath::Of(minutes(interval + kMostLate), minutes(120));
    }
    late_rules.rules.pop_back();  // jobs wait for late events at the desk
    late_rules.jobs.clear();
    const auto ruleset = std::make_shared<const Ruleset>(std::move(late_rules));
    EventsOfIndex events = RandomEvents(random);
    std::map<std::string, Timestamp> arrival;
    for (const IndexedEvent& event : events) {
      arrival[event.id] = event.time + minutes(random.OneIn(2) ? 0 : random.Between(0, kMostLate));
    }
    std::ranges::stable_sort(events, {},
                             [&](const IndexedEvent& event) { return arrival[event.id]; });
    ScheduledWorld world(ruleset, events.front().time - hours(8));
    Timestamp clock = events.front().time;

    for (const IndexedEvent& event : events) {
      world.Index(event);
      clock = std::max(clock, event.time);
      while (world.Tick(clock - Milliseconds(1), hours(1))) {
      }
      world.Commit(SavedPart::kChanges);  // what dies uncommitted is run again and sees more
      if (random.OneIn(10)) {
        world.TakeOver();
      }
    }
    while (world.Tick(clock, hours(1))) {
    }
    world.Commit(SavedPart::kChanges);

    // A session believes its first time when so many events bear it out.
    const IndexedEvent idle{
        .time = events.front().time - hours(1), .index = "logs-a", .id = "idle"};
    EventsOfIndex fed(EventClock::kWitnesses, idle);
    fed.insert(fed.end(), events.begin(), events.end());
    SessionOptions options = WithLateness(Milliseconds(0));
    options.now = clock;
    ASSERT_EQ(world.alerts(), AtTheDesk(ruleset, fed, options, 1)) << "world " << i;
    num_alerts += world.alerts().size();
  }
  EXPECT_GT(num_alerts, 2'000U);
}

}  // namespace
}  // namespace tripline::runtime::testing
