// How far the clock of a kept state goes, and that nothing is lost when an event's time is absurd.
#include <algorithm>
#include <random>

#include "runtime/event_clock.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Names = std::vector<std::string>;

Json Named(const std::string& name) { return {{"name", name}}; }

std::string EventOn(const std::string& time, const std::string& rules, const std::string& name) {
  return Json{{"@timestamp", time}, {"rules", rules}, {"name", name}}.dump() + "\n";
}

// The machine's clock shows 2026-06-01, a month after the events of EventAt.
SessionOptions InJune(const TestFolder& folder) {
  SessionOptions options = Kept(folder);
  options.wall_clock = *ParseDate("2026-06-01");
  return options;
}

TEST(SessionClock, IsNotMovedByAnEventOfTheYear9999) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("far");
  const std::string far = EventOn("9999-12-31T23:59:59Z", "q", "far");

  const CallResult first =
      Call(ruleset, EventAt(4, "q", Named("a")) + EventAt(6, "other") + far, InJune(folder));
  const CallResult second =
      Call(ruleset, EventAt(14, "q", Named("b")) + far + EventAt(16, "other"), InJune(folder));

  EXPECT_EQ(first.Names(), (Names{"a"}));
  EXPECT_EQ(first.summary.clock, Minute(6));
  EXPECT_EQ(first.summary.implausible, *ParseDate("9999-12-31T23:59:59Z"));
  EXPECT_EQ(second.Names(), (Names{"b"}));
  EXPECT_EQ(second.summary.rules[0].late, 0U);

  // It waits, and is judged when the user says that it is right.
  SessionOptions told = InJune(folder);
  told.now = *ParseDate("9999-12-31T23:59:59Z");
  EXPECT_TRUE(Call(ruleset, "", told).alerts.empty());  // its run is in the year 10000
  EXPECT_EQ(Call(ruleset, EventAt(24, "q", Named("late")), InJune(folder)).summary.rules[0].late,
            1U);
}

TEST(SessionClock, IsNotMovedByItInANewStateEither) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("new");

  const CallResult first =
      Call(ruleset, EventOn("9999-06-01T00:00:00Z", "q", "far"), InJune(folder));
  const TestFolder mixed("mixed");
  const CallResult second =
      Call(ruleset, EventOn("9999-06-01T00:00:00Z", "q", "far") + EventAt(4, "q"), InJune(mixed));

  // Where every event says so, it is so; where one speaks against it, it waits.
  EXPECT_EQ(first.summary.clock, *ParseDate("9999-06-01"));
  EXPECT_EQ(first.Names(), (Names{"far"}));
  EXPECT_EQ(second.summary.clock, Minute(4));
}

TEST(SessionClock, GoesThroughDataOfTheFutureThatNothingSpeaksAgainst) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("future");
  std::string days;
  std::string later;
  for (int i = 0; i < 5; ++i) {
    days += EventOn("2030-01-0" + std::to_string(i + 1) + "T00:04:00Z", "q", std::to_string(i));
    later += EventOn("2030-01-05T0" + std::to_string(i + 1) + ":04:00Z", "q", std::to_string(i));
  }

  EXPECT_EQ(Call(ruleset, days, InJune(folder)).summary.clock, *ParseDate("2030-01-05T00:04:00Z"));
  EXPECT_EQ(Call(ruleset, later, InJune(folder)).summary.clock, *ParseDate("2030-01-05T05:04:00Z"));
  // A leap in it needs 64 events, or --now.
  const std::string leap = EventOn("2030-02-01T00:04:00Z", "q", "leap");
  const CallResult doubted = Call(ruleset, leap, InJune(folder));
  EXPECT_EQ(doubted.summary.clock, *ParseDate("2030-01-05T05:04:00Z"));
  EXPECT_EQ(doubted.summary.implausible, *ParseDate("2030-02-01T00:04:00Z"));
  SessionOptions told = InJune(folder);
  told.now = *ParseDate("2030-02-01T00:05:00Z");
  EXPECT_EQ(Call(ruleset, "", told).Names(), (Names{"4", "leap"}));
}

TEST(SessionClock, BelievesALeapOfTheFutureThatManyEventsMake) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("witnesses");
  Call(ruleset, EventAt(4, "q"), InJune(folder));
  std::string many;
  for (std::uint32_t i = 0; i < EventClock::kWitnesses; ++i) {
    many += EventOn("2031-01-01T00:04:00Z", "q", "same");
  }

  EXPECT_EQ(Call(ruleset, many, InJune(folder)).summary.clock, *ParseDate("2031-01-01T00:04:00Z"));
}

TEST(SessionClock, GoesOnAfterAQuietWeek) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("quiet");
  Call(ruleset, EventAt(4, "q", Named("a")) + EventAt(6, "other"), InJune(folder));

  const CallResult result = Call(
      ruleset, EventOn("2026-05-08T00:04:00Z", "q", "b") + EventOn("2026-05-08T00:06:00Z", "", ""),
      InJune(folder));

  EXPECT_EQ(result.Names(), (Names{"b"}));
  EXPECT_EQ(result.summary.clock, *ParseDate("2026-05-08T00:06:00Z"));
  EXPECT_EQ(result.summary.implausible, std::nullopt);
}

TEST(SessionClock, TakesAnEventOfTheYear1AsAnyOther) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  const TestFolder folder("old");

  const CallResult first = Call(ruleset,
                                EventOn("0001-01-01T00:00:00Z", "q", "old") +
                                    EventAt(4, "q", Named("a")) + EventAt(6, "other"),
                                InJune(folder));
  const CallResult second = Call(ruleset,
                                 EventOn("0001-01-01T00:00:00Z", "q", "older") +
                                     EventAt(11, "q", Named("b")) + EventAt(16, "other"),
                                 InJune(folder));

  EXPECT_EQ(first.Names(), (Names{"old", "a"}));
  EXPECT_EQ(second.Names(), (Names{"b"}));
  EXPECT_EQ(second.summary.rules[0].unseen, 1U);
  EXPECT_EQ(second.summary.clock, Minute(16));
}

TEST(SessionClock, GivesNothingAfterNowThatLiesBeforeWhatIsKept) {
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  const TestFolder folder("before");
  Call(both, EventAt(4, "q") + EventAt(6, "other"), InJune(folder));
  Call(RulesetOf({QueryRule("q")}), EventAt(60, "other"), InJune(folder));
  SessionOptions earlier = InJune(folder);
  earlier.now = Minute(10);

  const CallResult result =
      Call(both, EventAt(7, "r", Named("a")) + EventAt(21, "r", Named("b")), earlier);

  EXPECT_EQ(result.Names(), (Names{"a"}));
  EXPECT_EQ(Call(both, EventAt(61, "other"), InJune(folder)).Names(), (Names{"b"}));
}

TEST(SessionClock, HoldsLateEventsSoThatAnySplitIsOneCall) {
  RuleSpec slow = QueryRule("slow");
  slow.interval = minutes(20);
  RuleSpec terms = NewTermsRule("n", {"user"});
  terms.window.history_start = WindowBound::Before(hours(2));
  const auto ruleset = RulesetOf({QueryRule("q"), slow, terms});
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::string> events;
    const char* const rules[] = {"q", "n", "slow"};
    for (int i = 0; i < 300; ++i) {
      events.push_back(
          EventAt(i * 0.8, rules[random() % 3],
                  {{"name", std::to_string(i)}, {"user", "u" + std::to_string(random() % 40)}}));
    }
    for (std::size_t i = 0; i + 12 <= events.size(); i += 12) {  // 9.6 minutes
      std::shuffle(events.begin() + static_cast<std::ptrdiff_t>(i),
                   events.begin() + static_cast<std::ptrdiff_t>(i + 12), random);
    }
    const auto calls = [&](const TestFolder& folder, bool is_split) {
      SessionOptions options = InJune(folder);
      options.holds_late = true;
      options.lateness = minutes(10);
      std::string lines;
      for (std::size_t at = 0; at < events.size();) {
        std::string some;
        for (std::size_t left = is_split ? random() % 60 : events.size();
             left > 0 && at < events.size(); --left) {
          some += events[at++];
        }
        lines += Call(ruleset, some, options).Lines();
      }
      options.holds_late = false;
      options.now = Minute(600);
      return lines + Call(ruleset, "", options).Lines();
    };
    const TestFolder once("once");
    const TestFolder often("often");

    const std::string wanted = calls(once, false);
    EXPECT_GT(std::ranges::count(wanted, '\n'), 150);
    ASSERT_TRUE(calls(often, true) == wanted) << seed;
  }
}

}  // namespace
}  // namespace tripline::runtime::testing
