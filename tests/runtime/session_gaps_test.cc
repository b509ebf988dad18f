// Gaps are found and recorded, and manual runs and backfills fill them (docs/windows.md, "Gaps").
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/state_store.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {
namespace {

using Names = std::vector<std::string>;

// An event of one or two rules: "q", "q n".
std::string Named(double minute, const std::string& rules, const std::string& name) {
  Json event = Json::parse(EventAt(minute, rules, {{"name", name}, {"user", name}}));
  if (const std::size_t blank = rules.find(' '); blank != std::string::npos) {
    event["rules"] = {rules.substr(0, blank), rules.substr(blank + 1)};
  }
  return event.dump() + "\n";
}

SessionOptions Manual(const TestFolder& folder, int from, int to) {
  SessionOptions options = Kept(folder);
  options.purpose = SessionPurpose::kManual;
  options.from = Minute(from);
  options.to = Minute(to);
  return options;
}

SessionOptions Backfill(const TestFolder& folder) {
  SessionOptions options = Kept(folder);
  options.purpose = SessionPurpose::kBackfill;
  return options;
}

// "rule reason first..last" in minutes, of every recorded gap.
Names GapsOf(const TestFolder& folder) {
  auto store = StateStore::Open(folder.path());
  Names gaps;
  const auto minutes_of = [](Timestamp time) {
    const double value = static_cast<double>((time - Minute(0)).count()) / 60'000;
    std::string text = std::to_string(value);
    return text.substr(0, text.find('.') + 3);
  };
  const auto recorded = (*store)->ReadGaps();
  for (const RunGap& gap : *recorded) {
    gaps.push_back(gap.rule_id + " " + gap.reason + " " + minutes_of(gap.span.first) + ".." +
                   minutes_of(gap.span.last));
  }
  return gaps;
}

std::vector<std::string> PartsOf(const TestFolder& folder, const std::string& rule_id) {
  auto store = StateStore::Open(folder.path());
  auto state = (*store)->ReadRule(rule_id);
  return (*state)->parts;
}

TEST(SessionGaps, RecordsTheTimeInWhichARuleWasAbsent) {
  const TestFolder folder("absent");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, Named(1, "q", "a") + EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("r")}), Named(40, "q", "lost") + EventAt(62, "other"), Kept(folder));

  const CallResult back = Call(both, EventAt(70, "other"), Kept(folder));

  ASSERT_EQ(back.summary.gaps.size(), 1U);
  EXPECT_EQ(back.summary.gaps[0].rule_id, "q");
  EXPECT_EQ(GapsOf(folder), (Names{"q absent 30.00..62.00"}));
}

TEST(SessionGaps, RecordsAnAbsenceAlsoWhereTheCallBringsSomeOfItsEvents) {
  const TestFolder folder("fed");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("r")}), EventAt(62, "other"), Kept(folder));

  const CallResult back = Call(
      both, EventAt(29, "other") + Named(40, "q", "not lost") + EventAt(70, "other"), Kept(folder));

  EXPECT_EQ(back.Names(), (Names{"not lost"}));
  EXPECT_EQ(GapsOf(folder), (Names{"q absent 30.00..62.00"}));
}

TEST(SessionGaps, WhatTheCapCutWasNotMissed) {
  const TestFolder folder("cut");
  RuleSpec rule = QueryRule("q");
  rule.max_signals = 1;
  const auto ruleset = RulesetOf({rule});
  std::string events;
  for (int i = 0; i < 10; ++i) {
    events += Named(11 + i / 100.0, "q", std::to_string(i));
  }
  Call(ruleset, events + EventAt(60, "other"), Kept(folder));

  Call(ruleset, events + EventAt(60, "other"), Kept(folder));

  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, WhatTheCapCutInAStreamWasNotMissed) {
  const TestFolder folder("stream");
  RuleSpec rule = QueryRule("q");
  rule.max_signals = 2;
  const auto ruleset = RulesetOf({rule});
  std::string events;
  for (int i = 0; i < 600; ++i) {
    events += Named(i / 5.0, "q", std::to_string(i));
  }
  SessionOptions options = Kept(folder);
  options.commit_every = Milliseconds(0);
  EXPECT_GT(Call(ruleset, events, options, 7).summary.rules[0].cut, 300U);

  Call(ruleset, events, options, 11);

  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, WhatStandsInOneInputTwiceWasNotMissed) {
  const TestFolder folder("double");
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  std::string events;
  for (int i = 0; i < 100; ++i) {
    events += Named(i, "q n", std::to_string(i % 7));
  }
  Call(ruleset, events + events, Kept(folder), 8);
  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, AManualRunClosesNothingBehindItsClock) {
  const TestFolder folder("behind");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("r")}), EventAt(62, "other"), Kept(folder));
  Call(both, EventAt(65, "other"), Kept(folder));
  SessionOptions early = Manual(folder, 20, 62);
  early.now = Minute(40);

  Call(both, Named(35, "q", "a") + Named(50, "q", "b"), early);

  EXPECT_EQ(GapsOf(folder), (Names{"q absent 40.00..62.00"}));
  SessionOptions open = Manual(folder, 20, 62);
  open.to.reset();
  open.wall_clock = Minute(100);
  Call(both, Named(41, "q", "a") + EventAt(42, "other") + EventAt(5'000'000, "other"), open);
  EXPECT_EQ(GapsOf(folder), (Names{"q absent 42.00..62.00"}));
}

TEST(SessionGaps, StayWhereTheInputWasBrokenOffOrHadNoEventsAroundThem) {
  const TestFolder folder("stay");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("r")}), EventAt(62, "other"), Kept(folder));
  Call(both, EventAt(65, "other"), Kept(folder));

  Call(both, "", Backfill(folder));
  Call(both, EventAt(10, "other"), Backfill(folder));
  auto broken = OpenSession(both, Backfill(folder));
  Feed(*broken, *both, Named(40, "q", "a"));
  broken->NoteBrokenInput();
  const CallResult some = FinishSession(*broken);
  broken.reset();  // lets the state go

  EXPECT_EQ(some.Names(), (Names{"a"}));
  EXPECT_EQ(GapsOf(folder), (Names{"q absent 30.00..62.00"}));
}

TEST(SessionGaps, SaysThatAManualRunHasTooLittleHistory) {
  const auto ruleset = RulesetOf({NewTermsRule("n", {"user"})});  // looks a day back
  SessionOptions options;
  options.purpose = SessionPurpose::kManual;
  options.from = Minute(2000);
  const std::string events = Named(2001, "n", "a");

  EXPECT_NE(Call(ruleset, Named(1990, "n", "b") + events, options)
                .summary.rules[0]
                .note.find("--history"),
            std::string::npos);
  EXPECT_EQ(Call(ruleset, Named(1, "n", "b") + events, options).summary.rules[0].note, "");
}

TEST(SessionGaps, RecordsASilenceOfMoreThanADay) {
  const TestFolder folder("silent");
  const auto ruleset = RulesetOf({QueryRule("q")});
  SessionOptions options = Kept(folder);
  options.wall_clock = Minute(10'000);  // so that the leap is believed
  Call(ruleset, EventAt(30, "other"), options);
  Call(ruleset, EventAt(1400, "other"), options);
  EXPECT_EQ(GapsOf(folder), Names());

  Call(ruleset, EventAt(3000, "other"), options);

  EXPECT_EQ(GapsOf(folder), (Names{"q silent 1400.00..2999.99"}));
}

TEST(SessionGaps, RecordsEventsThatComeAfterTheirLastRun) {
  const TestFolder folder("late");
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  Call(ruleset, Named(1, "q", "a") + EventAt(60, "other"), Kept(folder));

  Call(ruleset, EventAt(60, "other") + Named(21, "q", "b") + Named(22, "n", "c"), Kept(folder));

  EXPECT_EQ(GapsOf(folder), (Names{"n late 20.00..24.99", "q late 20.00..24.99"}));
}

TEST(SessionGaps, DoesNotTakeEventsThatAreFedTwiceForLateOnes) {
  const TestFolder folder("twice");
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  const std::string events = Named(1, "q", "a") + Named(2, "n", "b") + EventAt(60, "other");
  Call(ruleset, events, Kept(folder));

  Call(ruleset, events, Kept(folder));

  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, ABackfillGivesWhatWasMissedAndNothingElse) {
  const TestFolder folder("backfill");
  const auto both = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  const std::string early = Named(1, "q n", "a") + EventAt(30, "other");
  const std::string lost = Named(40, "q n", "a") + Named(41, "q n", "b") + EventAt(62, "other");
  Call(both, early, Kept(folder));
  Call(RulesetOf({QueryRule("r")}), lost, Kept(folder));
  Call(both, Named(70, "q", "c") + EventAt(90, "other"), Kept(folder));
  const std::vector<std::string> state_before = PartsOf(folder, "n");

  const CallResult filled = Call(both, early + lost, Backfill(folder));

  // The query rule's events of the gap, and the term that no event before had; in the order of
  // runs.
  EXPECT_EQ(filled.Names(), (Names{"a", "b", "b"}));
  const Json alert = Json::parse(filled.alerts[0].json);
  EXPECT_EQ(alert["kibana.alert.rule.execution.type"], "manual");
  EXPECT_EQ(GapsOf(folder), Names());
  EXPECT_EQ(PartsOf(folder, "n"), state_before);
  EXPECT_EQ(Call(both, early + lost, Backfill(folder)).Names(), Names());
}

TEST(SessionGaps, ABackfillTakesTheOldestFirstAndNoMoreThanItMay) {
  const TestFolder folder("bounded");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, EventAt(30, "other"), Kept(folder));
  const std::string lost =
      Named(35, "q", "a") + Named(45, "q", "b") + Named(55, "q", "c") + EventAt(62, "other");
  Call(RulesetOf({QueryRule("r")}), lost, Kept(folder));
  Call(both, EventAt(65, "other"), Kept(folder));
  SessionOptions some = Backfill(folder);
  some.max_backfill = minutes(20);

  EXPECT_EQ(Call(both, lost, some).Names(), (Names{"a", "b"}));
  EXPECT_EQ(GapsOf(folder), (Names{"q absent 50.00..62.00"}));
  EXPECT_EQ(Call(both, lost, some).Names(), (Names{"c"}));
  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, ABackfillRunsOnlyRulesWithGaps) {
  const TestFolder folder("which");
  const auto both = RulesetOf({QueryRule("q"), QueryRule("r")});
  Call(both, EventAt(30, "other"), Kept(folder));
  Call(RulesetOf({QueryRule("r")}), EventAt(62, "other"), Kept(folder));
  Call(both, EventAt(65, "other"), Kept(folder));

  const CallResult filled = Call(both, Named(35, "q r", "a"), Backfill(folder));

  ASSERT_EQ(filled.alerts.size(), 1U);
  EXPECT_EQ(filled.alerts[0].rule_id, "q");
  EXPECT_EQ(filled.summary.rules[1].not_run, (Names{"it has no gap to fill"}));
}

TEST(SessionGaps, AManualRunGoesOverAnyRangeAndDoublesNothing) {
  const TestFolder folder("manual");
  const auto ruleset = RulesetOf({QueryRule("q"), NewTermsRule("n", {"user"})});
  const std::string events =
      Named(1, "q n", "a") + Named(20, "q n", "a") + Named(21, "n", "b") + EventAt(60, "other");
  const CallResult scheduled = Call(ruleset, events, Kept(folder));
  EXPECT_EQ(scheduled.alerts.size(), 4U);
  const std::string forgotten = Named(22, "q n", "c");

  const CallResult manual = Call(ruleset, events + forgotten, Manual(folder, 15, 40));

  EXPECT_EQ(manual.Names(), (Names{"c", "c"}));
  EXPECT_EQ(manual.summary.alerts, 2U);
  EXPECT_EQ(Call(ruleset, EventAt(61, "other"), Kept(folder)).alerts.size(), 0U);
}

TEST(SessionGaps, AManualRunDoesNotMakeTheRulesLookAbsent) {
  const TestFolder folder("present");
  const auto ruleset = RulesetOf({QueryRule("q")});
  Call(ruleset, EventAt(30, "other"), Kept(folder));
  Call(ruleset, Named(20, "q", "a"), Manual(folder, 15, 25));

  const CallResult next = Call(ruleset, Named(33, "q", "b") + EventAt(36, "other"), Kept(folder));

  EXPECT_EQ(next.Names(), (Names{"b"}));
  EXPECT_TRUE(next.summary.rules[0].note.empty()) << next.summary.rules[0].note;
  EXPECT_EQ(GapsOf(folder), Names());
}

TEST(SessionGaps, ADryRunKeepsNothing) {
  const TestFolder folder("dry");
  const auto ruleset = RulesetOf({QueryRule("q")});
  Call(ruleset, Named(1, "q", "a") + EventAt(30, "other"), Kept(folder));
  SessionOptions dry = Manual(folder, 0, 30);
  dry.is_dry_run = true;
  const std::string events = Named(1, "q", "a") + Named(20, "q", "b");

  EXPECT_EQ(Call(ruleset, events, dry).Names(), (Names{"a", "b"}));
  EXPECT_EQ(Call(ruleset, events, Manual(folder, 0, 30)).Names(), (Names{"b"}));
}

TEST(SessionGaps, AManualRunMayBeOfOneRule) {
  const TestFolder folder("only");
  const auto ruleset = RulesetOf({QueryRule("q"), QueryRule("r")});
  SessionOptions options = Manual(folder, 0, 60);
  options.only_rules = {"r"};

  const CallResult result = Call(ruleset, Named(20, "q r", "a"), options);

  ASSERT_EQ(result.alerts.size(), 1U);
  EXPECT_EQ(result.alerts[0].rule_id, "r");
  options.only_rules = {"unknown"};
  EXPECT_FALSE(Session::Open(ruleset, options).has_value());
}

TEST(SessionGaps, AManualRunNeedsNoState) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  SessionOptions options;
  options.purpose = SessionPurpose::kManual;
  options.from = Minute(5);
  EXPECT_EQ(Call(ruleset, Named(1, "q", "a") + Named(6, "q", "b"), options).Names(), (Names{"b"}));
}

TEST(SessionGaps, SaysWhatABackfillAndADryRunNeed) {
  const auto ruleset = RulesetOf({QueryRule("q")});
  SessionOptions backfill;
  backfill.purpose = SessionPurpose::kBackfill;
  const auto without_state = Session::Open(ruleset, backfill);
  ASSERT_FALSE(without_state.has_value());
  EXPECT_NE(without_state.error().message.find("--state"), std::string::npos);
  SessionOptions dry;
  dry.is_dry_run = true;
  const auto scheduled = Session::Open(ruleset, dry);
  ASSERT_FALSE(scheduled.has_value());
  EXPECT_NE(scheduled.error().message.find("--manual"), std::string::npos);
}

}  // namespace
}  // namespace tripline::runtime::testing
