#include "runtime/session.h"

#include "runtime/alert_rule.h"
#include "runtime/event_clock.h"
#include "runtime/schedule.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Names = std::vector<std::string>;

Json Named(const std::string& name) { return {{"name", name}}; }

Json User(const std::string& name, const std::string& user) {
  return {{"name", name}, {"user", user}};
}

TEST(Session, JudgesTheLastEventsTooWhenNothingIsKept) {
  const auto ruleset = RulesetOf({QueryRule("q")});

  const CallResult result =
      Call(ruleset, EventAt(1, "q", Named("a")) + EventAt(12.5, "q", Named("b")) +
                        EventAt(3, "other", Named("c")));

  EXPECT_EQ(result.Names(), (Names{"a", "b"}));
  EXPECT_EQ(result.alerts[0].run_at, Minute(5));
  EXPECT_EQ(result.alerts[1].run_at, Minute(15));
  EXPECT_EQ(result.summary.rules[0].runs, 3U);
  EXPECT_EQ(result.summary.rules[0].matches, 2U);
  EXPECT_EQ(result.summary.rules[0].alerts, 2U);
  EXPECT_EQ(result.summary.alerts, 2U);
  EXPECT_EQ(result.summary.events, 3U);
  EXPECT_EQ(result.summary.clock, Minute(12) + Milliseconds(30'000));
}

TEST(Session, WindowsOfWholeHoursAreLookedAtAllTheNextHour) {
  RuleSpec hourly = QueryRule("q");
  hourly.interval = minutes(20);
  hourly.window = {*WindowBound::Parse("now-1h/h"), *WindowBound::Parse("now/h"), {}};
  RuleSpec terms = NewTermsRule("n", {"user"});
  terms.interval = hourly.interval;
  terms.window = {hourly.window.from, hourly.window.to, *WindowBound::Parse("now-3h/h")};
  const auto ruleset = RulesetOf({hourly, terms});

  const CallResult result = Call(
      ruleset, EventAt(10, "q", Named("a")) + EventAt(60, "q", Named("b")) +
                   EventAt(70, "q", Named("c")) + EventAt(10, "n", User("old", "u")) +
                   EventAt(170, "n", User("known", "u")) + EventAt(171, "n", User("new", "v")));

  EXPECT_EQ(result.Names(), (Names{"a", "b", "old", "c", "new"}));
  const Timestamp runs[] = {Minute(60), Minute(60), Minute(60), Minute(120), Minute(180)};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(result.alerts[i].run_at, runs[i]) << i;
  }
  EXPECT_EQ(result.summary.rules[0].between_windows, 0U);
}

TEST(Session, ARuleDoesNotAlertOnWhatComesFromItsOwnAlerts) {
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  const Json from_both = {{"kibana.alert.rule.rule_id", "q"},
                          {"kibana.alert.ancestors", {{{"rule", RuleUuid(NewTermsRule("n", {}))}}}},
                          {"user", "u"}};
  Json from_another = {{"kibana.alert.rule.rule_id", "x"}, {"name", "b"}};

  const CallResult result =
      Call(ruleset, EventAt(1, "q", from_both) + EventAt(2, "q", from_another) +
                        EventAt(1, "n", from_both) + EventAt(3, "n", User("late", "u")));

  EXPECT_EQ(result.Names(), (Names{"b"})) << "and its own alerts are history of terms";
  EXPECT_EQ(result.summary.rules[0].matches, 2U);
  EXPECT_EQ(result.summary.rules[0].own_alerts, 1U);
  EXPECT_EQ(result.summary.rules[1].own_alerts, 1U);
}

TEST(Session, KnowsARulesOwnAlertsHoweverTheirKeysAreWritten) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  std::string event = EventAt(1, "q", {{"kibana.alert.rule.rule_id", "q"}});
  event.replace(event.find("kibana"), 6, "\\u006b\\u0069bana");

  EXPECT_EQ(Call(ruleset, event).summary.rules[0].own_alerts, 1U);
}

TEST(Session, GivesTheSameBytesWhateverTheOrderAndTheBlocks) {
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  std::vector<std::string> events;
  for (int i = 0; i < 200; ++i) {
    events.push_back(EventAt(i * 0.7, i % 3 == 0 ? "q" : "n",
                             User(std::to_string(i), "u" + std::to_string(i % 40))));
  }
  const auto joined = [](const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
      text += line;
    }
    return text;
  };
  const std::string wanted = Call(ruleset, joined(events)).Lines();

  for (std::size_t i = 0; i + 8 < events.size(); i += 8) {
    std::reverse(events.begin() + static_cast<std::ptrdiff_t>(i),
                 events.begin() + static_cast<std::ptrdiff_t>(i + 8));  // under 6 minutes
  }

  EXPECT_GT(wanted.size(), 10'000U);
  EXPECT_EQ(Call(ruleset, joined(events), {}, 1).Lines(), wanted);
  EXPECT_EQ(Call(ruleset, joined(events), {}, 7).Lines(), wanted);
}

TEST(Session, OrdersAlertsByRunThenRule) {
  const auto ruleset = RulesetOf({QueryRule("second"), QueryRule("first")});

  const CallResult result =
      Call(ruleset, EventAt(1, "first", Named("c")) + EventAt(2, "second", Named("b")) +
                        EventAt(6, "second", Named("d")) + EventAt(7, "first", Named("e")));

  EXPECT_EQ(result.Names(), (Names{"b", "c", "d", "e"}));
}

TEST(Session, AlertsAnEventThatStandsInTheFileTwiceOnce) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const std::string event = EventAt(1, "q", Named("a"));

  EXPECT_EQ(Call(ruleset, event + event).alerts.size(), 1U);
}

TEST(Session, GoesByTheTimestampOverrideAndFallsBack) {
  RuleSpec strict = QueryRule("strict");
  strict.timestamp_override = "event.ingested";
  strict.is_timestamp_fallback_disabled = true;
  RuleSpec lenient = QueryRule("lenient");
  lenient.timestamp_override = "event.ingested";
  const auto ruleset = RulesetOf({strict, lenient});
  const Json ingested = {{"event", {{"ingested", "2026-05-01T00:22:00Z"}}}};

  const CallResult result =
      Call(ruleset, EventAt(1, "strict") + EventAt(1, "lenient", Named("at 1")) +
                        EventAt(1, "strict", ingested));

  ASSERT_EQ(result.alerts.size(), 2U);
  EXPECT_EQ(result.alerts[0].run_at, Minute(5));
  EXPECT_EQ(result.alerts[1].run_at, Minute(25));
  EXPECT_EQ(Json::parse(result.alerts[1].json)["kibana.alert.original_time"],
            "2026-05-01T00:01:00.000Z")
      << "the event's own time, whatever the rule goes by";
  EXPECT_EQ(result.summary.rules[0].without_time, 1U);
  ASSERT_EQ(result.summary.timestamps.size(), 2U);
  EXPECT_EQ(result.summary.timestamps[0].field, "event.ingested");
  EXPECT_EQ(result.summary.timestamps[0].num_without_time, 2U);
  EXPECT_EQ(result.summary.timestamps[1].num_without_time, 0U);
}

TEST(Session, CountsEventsWithoutAUsableTime) {
  const auto ruleset = RulesetOf({QueryRule("q")});

  const CallResult result = Call(ruleset, R"({"rules":"q"})"
                                          "\n"
                                          R"({"rules":"q","@timestamp":"yesterday"})"
                                          "\n");

  EXPECT_TRUE(result.alerts.empty());
  EXPECT_EQ(result.summary.rules[0].without_time, 2U);
  EXPECT_EQ(result.summary.timestamps[0].num_without_time, 2U);
  EXPECT_EQ(result.summary.clock, std::nullopt);
}

TEST(Session, GivesTypedNewTerms) {
  const auto ruleset = RulesetOf(
      {NewTermsRule("n", {"port", "ip", "user"}), NewTermsRule("m", {"score", "is_admin"})});

  const CallResult result = Call(
      ruleset, EventAt(1, "n", {{"port", 443}, {"ip", "10.0.0.1"}, {"user", {"a", "b", "a"}}}) +
                   EventAt(2, "m", {{"score", 0.5}, {"is_admin", true}}) +
                   EventAt(2, "m", {{"score", 0.5}}));

  ASSERT_EQ(result.alerts.size(), 3U);
  EXPECT_EQ(Json::parse(result.alerts[0].json)["kibana.alert.new_terms"],
            Json({443, "10.0.0.1", "a"}));
  EXPECT_EQ(Json::parse(result.alerts[1].json)["kibana.alert.new_terms"],
            Json({443, "10.0.0.1", "b"}));
  EXPECT_EQ(Json::parse(result.alerts[2].json)["kibana.alert.new_terms"], Json({0.5, true}));
}

TEST(Session, LearnsFromHistoryWithoutAlerting) {
  const auto ruleset = RulesetOf({NewTermsRule("n", {"user"}), QueryRule("q")});
  const auto session = OpenSession(ruleset);
  Feed(*session, *ruleset,
       EventAt(0, "n", User("h", "known")) + EventAt(12, "q", Named("q in history")), kMaxBlockRows,
       Feeding::kHistory);
  Feed(*session, *ruleset,
       EventAt(20, "n", User("a", "known")) + EventAt(20, "n", User("b", "unknown")));

  const CallResult result = FinishSession(*session);

  EXPECT_EQ(result.Names(), (Names{"b"}));
  EXPECT_EQ(result.summary.history_events, 2U);
  EXPECT_EQ(result.summary.rules[0].matches, 2U);
}

TEST(Session, TakesEventsOutsideFromAndToAsHistory) {
  const auto ruleset = RulesetOf({NewTermsRule("n", {"user"}), QueryRule("q")});
  const std::string events = EventAt(1, "n", User("a", "u1")) + EventAt(1, "q", Named("b")) +
                             EventAt(30, "n", User("c", "u1")) + EventAt(30, "n", User("d", "u2")) +
                             EventAt(30, "q", Named("e")) + EventAt(60, "n", User("f", "u3"));

  SessionOptions range = With(&SessionOptions::from, Minute(30));
  range.to = Minute(59);

  const CallResult result = Call(ruleset, events, range);

  EXPECT_EQ(result.Names(), (Names{"d", "e"}));
}

TEST(Session, RefusesARangeThatIsEmpty) {
  SessionOptions range = With(&SessionOptions::from, Minute(2));
  range.to = Minute(1);

  const auto session = Session::Open(RulesetOf({}), range);

  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code, ErrorCode::kUsage);
}

TEST(Session, DoesNotJudgeWhatLiesAfterNow) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const std::string events =
      EventAt(4, "q", Named("a")) + EventAt(9, "q", Named("b")) + EventAt(11, "q", Named("c"));

  const CallResult result = Call(ruleset, events, With(&SessionOptions::now, Minute(10)));

  EXPECT_EQ(result.Names(), (Names{"a", "b"}));
  EXPECT_EQ(result.summary.clock, Minute(10));
  EXPECT_EQ(result.summary.timestamps[0].num_after_now, 1U);
}

TEST(Session, JudgesUpToNowWhereTheEventsEndEarlier) {
  const auto ruleset = RulesetOf({QueryRule("q")});

  const CallResult result =
      Call(ruleset, EventAt(4, "q", Named("a")), With(&SessionOptions::now, Minute(600)));

  EXPECT_EQ(result.Names(), (Names{"a"}));
  EXPECT_EQ(result.summary.rules[0].runs, 120U);
}

// Rules have run since minute 0, and the clock shows minute 60: 65 events.
std::string ClockAt60() {
  std::string events = EventAt(0, "other");
  for (std::uint32_t i = 0; i < EventClock::kWitnesses; ++i) {
    events += EventAt(60, "other");
  }
  return events;
}

TEST(Session, CountsWhatComesTooLate) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  std::string events = ClockAt60();
  events += EventAt(41, "q", Named("unseen")) + EventAt(46, "q", Named("late but seen")) +
            EventAt(59, "q", Named("in time"));

  const CallResult result = Call(ruleset, events, {}, 65);

  EXPECT_EQ(result.Names(), (Names{"late but seen", "in time"}));
  EXPECT_EQ(result.summary.rules[0].late, 2U);
  EXPECT_EQ(result.summary.rules[0].unseen, 1U);
}

TEST(Session, WaitsForLateEventsAsLongAsItIsTold) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  std::string events = ClockAt60();
  events += EventAt(1, "q", Named("an hour late"));

  EXPECT_EQ(Call(ruleset, events, WithLateness(hours(1)), 65).Names(), (Names{"an hour late"}));
  EXPECT_TRUE(Call(ruleset, events, WithLateness(minutes(40)), 65).alerts.empty());
}

TEST(Session, SurvivesTheYears1And9999) {
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  const std::string events = R"({"@timestamp":"9999-12-31T23:59:59.999Z","rules":["q","n"],
      "user":"far","name":"far"})";
  std::string text = events;
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  text += "\n" + EventAt(1, "q", Named("a")) +
          R"({"@timestamp":"0001-01-01T00:00:00Z","rules":"q","name":"old"})" + "\n" +
          EventAt(2, "n", User("b", "u"));

  const CallResult result = Call(ruleset, text);

  EXPECT_EQ(result.Names(), (Names{"old", "a", "b", "far", "far"}));
}

TEST(Session, CountsWhatTheCapLeavesOut) {
  RuleSpec rule = QueryRule("q");
  rule.max_signals = 2;
  RuleSpec terms = NewTermsRule("n", {"user"});
  terms.max_signals = 1;
  const auto ruleset = RulesetOf({rule, terms});
  std::string events;
  for (int i = 0; i < 10; ++i) {
    events += EventAt(4, "q", Named(std::to_string(i))) +
              EventAt(4, "n", User("n", "u" + std::to_string(i)));
  }

  const CallResult result = Call(ruleset, events + EventAt(30, "other"));

  EXPECT_EQ(result.summary.rules[0].alerts, 4U);  // the runs at 5 and 10
  EXPECT_EQ(result.summary.rules[0].cut, 6U);
  EXPECT_EQ(result.summary.rules[1].alerts, 2U);
  EXPECT_EQ(result.summary.rules[1].cut, 8U);
  EXPECT_EQ(Call(ruleset, events).summary.rules[0].cut, 8U);  // the input ends before 10
}

TEST(Session, ClipsTooManyCombinationsAndSaysSo) {
  const auto ruleset = RulesetOf({NewTermsRule("n", {"user", "port"})});
  Json fields = {{"user", Json::array()}, {"port", Json::array()}};
  for (int i = 0; i < 30; ++i) {
    fields["user"].push_back("u" + std::to_string(i));
    fields["port"].push_back(i);
  }

  SessionOptions options;
  options.max_combinations = 50;

  const CallResult result = Call(ruleset, EventAt(1, "n", fields), options);

  EXPECT_EQ(result.summary.rules[0].alerts, 50U);
  EXPECT_EQ(result.summary.rules[0].clipped_events, 1U);
  EXPECT_EQ(result.summary.rules[0].clipped_terms, 850U);
}

TEST(Session, SaysWhichRulesItDoesNotRunAndWhy) {
  RuleSpec threshold = QueryRule("t");
  threshold.type = RuleType::kThreshold;
  RuleSpec partial = QueryRule("p");
  partial.not_yet = {"its exceptions are not applied"};
  RuleSpec short_history = NewTermsRule("s", {"user"});
  short_history.window.history_start = WindowBound::Before(minutes(9));
  RuleSpec unread = NewTermsRule("u", {"no.such.column"});
  RuleSpec jobs = QueryRule("j");
  jobs.type = RuleType::kMachineLearning;
  jobs.query.reset();
  RuleSpec timeless = QueryRule("x");
  timeless.interval = Milliseconds(0);
  const auto ruleset =
      RulesetOf({threshold, partial, short_history, unread, jobs, timeless, QueryRule("q")});

  const CallResult result = Call(ruleset, EventAt(1, "q", Named("a")) + EventAt(1, "t"));

  EXPECT_EQ(result.Names(), (Names{"a"}));
  const std::vector<RuleSummary>& rules = result.summary.rules;
  ASSERT_EQ(rules.size(), 7U);
  EXPECT_EQ(rules[0].not_run[0], "threshold rules are not run by this version");
  EXPECT_EQ(rules[1].not_run[0], "its exceptions are not applied");
  EXPECT_NE(rules[2].not_run[0].find("history window is shorter"), std::string::npos);
  EXPECT_NE(rules[3].not_run[0].find("no.such.column"), std::string::npos);
  EXPECT_EQ(rules[4].not_run.size(), 1U);
  EXPECT_EQ(rules[5].not_run.size(), 1U);
  EXPECT_TRUE(rules[6].not_run.empty());
  EXPECT_EQ(rules[6].alerts, 1U);
}

TEST(Session, AppliesIndexPatternsWhereEventsNameTheirIndex) {
  RuleSpec rule = QueryRule("q");
  rule.indices = {"logs-*"};
  const auto ruleset = RulesetOf({rule});
  const auto hit = [](const std::string& index, const std::string& id) {
    const Json source = Json::parse(EventAt(1, "q", Named(id)));
    return Json{{"_index", index}, {"_id", id}, {"_source", source}}.dump() + "\n";
  };

  const CallResult result =
      Call(ruleset, hit("logs-b", "2") + hit("logs-a", "3") + hit("metrics", "1") +
                        hit("logs-a", "1") + EventAt(1, "q", Named("no index")));

  EXPECT_EQ(result.Names(), (Names{"no index", "1", "3", "2"}));  // by time, index, id
  EXPECT_EQ(Json::parse(result.alerts[1].json)["kibana.alert.ancestors"][0]["index"], "logs-a");
  EXPECT_EQ(result.summary.rules[0].matches, 4U);
}

TEST(Session, RefusesTwoRulesOfOneId) {
  const auto session = Session::Open(RulesetOf({QueryRule("q"), QueryRule("q")}), {});

  ASSERT_FALSE(session.has_value());
  EXPECT_NE(session.error().message.find("rule_id 'q'"), std::string::npos);
}

TEST(Session, FinishesWithoutAnyEvent) {
  const CallResult result = Call(RulesetOf({QueryRule("q")}), "");

  EXPECT_TRUE(result.alerts.empty());
  EXPECT_EQ(result.summary.rules[0].runs, 0U);
  EXPECT_EQ(result.summary.rules[0].last_run, std::nullopt);
}

}  // namespace
}  // namespace tripline::runtime::testing
