#include "runtime/query_detector.h"

#include <limits>
#include <set>

#include "tests/runtime/detector_scenario.h"

namespace tripline::runtime::testing {
namespace {

constexpr int kNumScenarios = 2'500;

std::unique_ptr<Detector> Make(const Scenario& scenario) {
  return std::make_unique<QueryDetector>(scenario.schedule(), scenario.max_signals);
}

TestEvent Hit(std::int64_t time, std::string id) {
  return {
      .time = time, .index = "i", .id = std::move(id), .use = EventUse::kMayAlert, .values = {}};
}

Outcome DriveInOrder(const Scenario& scenario) {
  Random random(1);
  return Drive(scenario, [&] { return Make(scenario); }, random, 1, 0);
}

TEST(QueryDetector, GivesEveryEventOnceOrderedByTimeIndexAndId) {
  const Scenario scenario{.events = {Hit(3, "b"), Hit(3, "a"), Hit(2, "c"), Hit(2, "c")}};

  const Outcome outcome = DriveInOrder(scenario);

  EXPECT_EQ(outcome.given,
            (GivenByRun{{5, {{2, "i", "c", ""}, {3, "i", "a", ""}, {3, "i", "b", ""}}}}));
}

TEST(QueryDetector, GivesWhatTheCapLeftOutInTheNextRunThatStillSeesIt) {
  const Scenario scenario{
      .interval = 5,
      .look_back = 9,
      .max_signals = 2,
      .events = {Hit(1, "a"), Hit(2, "b"), Hit(3, "c"), Hit(4, "d"), Hit(5, "e"), Hit(30, "z")}};

  const Outcome outcome = DriveInOrder(scenario);

  EXPECT_EQ(outcome.given, (GivenByRun{{5, {{1, "i", "a", ""}, {2, "i", "b", ""}}},
                                       {10, {{3, "i", "c", ""}, {4, "i", "d", ""}}},
                                       {30, {{30, "i", "z", ""}}}}));
  EXPECT_EQ(outcome.cut, 1U);
}

TEST(QueryDetector, DoesNotAlertEventsThatAreOnlyHistory) {
  TestEvent history = Hit(2, "a");
  history.use = EventUse::kHistoryOnly;

  EXPECT_TRUE(DriveInOrder({.events = {history, Hit(3, "b")}}).given.at(5).size() == 1);
}

TEST(QueryDetector, IgnoresAnEventThatOnlyRunsAlreadyOverWouldSee) {
  QueryDetector detector(Schedule(Milliseconds(5), Milliseconds(5)), 100);
  detector.SkipTo(At(20));

  Observe(detector, Hit(14, "too late"));
  EXPECT_EQ(detector.NextRun(), std::nullopt);
  Observe(detector, Hit(20, "seen by the next run too"));
  EXPECT_EQ(detector.NextRun(), At(25));
}

TEST(QueryDetector, HoldsABoundedNumberOfTheEventsThatMatch) {
  const std::uint32_t max_signals = 3;
  QueryDetector detector(Schedule(Milliseconds(10), Milliseconds(20)), max_signals);

  for (int i = 0; i < 10'000; ++i) {
    Observe(detector, Hit(5 - i % 3, std::to_string(i)));
  }

  ByteWriter writer;
  detector.Save(writer);
  EXPECT_LT(writer.bytes().size(), 2'000U);
  EXPECT_GE(detector.counts().cut, 10'000U - 2 * 3 * max_signals);
}

// The definition, run by run, over the plain list of events.
Outcome ByDefinition(const Scenario& scenario) {
  std::set<std::tuple<std::int64_t, std::string, std::string>> events;
  for (const TestEvent& event : scenario.events) {
    events.insert({event.time, event.index, event.id});
  }
  const Schedule schedule = scenario.schedule();
  const auto run_from = [&](std::int64_t time) {
    return schedule.FirstRunFrom(At(time)).time_since_epoch().count();
  };
  Outcome outcome;
  std::set<std::string> alerted;
  std::set<std::string> seen;
  const std::int64_t end = CountOf(schedule.FirstRunTo(At(std::get<0>(*events.rbegin()))));
  for (std::int64_t run = run_from(std::get<0>(*events.begin())); run <= end;
       run += scenario.interval) {
    Given given;
    for (const auto& [time, index, id] : events) {
      const RunWindow window = schedule.WindowOf(At(run));
      const bool is_examined = At(time) >= window.from && At(time) <= window.to;
      if (is_examined) {
        seen.insert(id);
      }
      if (is_examined && !alerted.contains(id) && given.size() < scenario.max_signals) {
        given.emplace_back(time, index, id, "");
        alerted.insert(id);
      }
    }
    if (!given.empty()) {
      outcome.given[run] = given;
    }
  }
  outcome.cut = seen.size() - alerted.size();
  return outcome;
}

TEST(QueryDetector, EveryRunGivesWhatTheDefinitionGives) {
  std::uint64_t num_cut = 0;
  for (int i = 0; i < kNumScenarios; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    Scenario scenario{.interval = random.Between(1, 12),
                      .look_back = random.Between(0, 30),
                      .lateness = random.Between(0, 30),
                      .max_signals = static_cast<std::uint32_t>(random.Between(0, 4)),
                      .events = {}};
    std::int64_t time = random.Between(-100, 100);
    for (std::int64_t j = random.Between(1, 80); j > 0; --j) {
      time += random.OneIn(10) ? random.Between(0, 60) : random.Between(0, 2);
      TestEvent event = Hit(time, std::to_string(random.Between(0, 99)) + "-" + std::to_string(j));
      event.index = std::string(1, "xy"[random.Between(0, 1)]);
      scenario.events.push_back(std::move(event));
    }
    if (random.OneIn(3)) {
      TakeAnotherWindow(scenario, random);
    }
    ShuffleWithin(scenario.lateness, random, scenario.events);

    const Outcome outcome = Drive(
        scenario, [&] { return Make(scenario); }, random, random.Between(1, 5),
        random.OneIn(2) ? 3 : 0);

    const Outcome wanted = ByDefinition(scenario);
    ASSERT_EQ(outcome.given, wanted.given) << "scenario " << i;
    ASSERT_EQ(outcome.cut, wanted.cut) << "scenario " << i;
    num_cut += wanted.cut;
  }
  EXPECT_GT(num_cut, 10'000U);
}

TEST(QueryDetector, RefusesDamagedAndForeignState) {
  QueryDetector detector(Schedule(Milliseconds(5), Milliseconds(20)), 1);
  Observe(detector, Hit(3, "a"));
  Observe(detector, Hit(4, "b"));
  std::vector<Finding> findings;
  detector.Run(At(5), findings);
  ByteWriter writer;
  detector.Save(writer);
  const auto load = [](std::string_view bytes) {
    QueryDetector loaded(Schedule(Milliseconds(5), Milliseconds(20)), 1);
    ByteReader reader(bytes, "the state of rule r");
    return loaded.Load(reader);
  };
  ASSERT_TRUE(load(writer.bytes()).has_value());

  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    EXPECT_FALSE(load(std::string_view(writer.bytes()).substr(0, size)).has_value()) << size;
  }
  QueryDetector twice(Schedule(Milliseconds(5), Milliseconds(20)), 1);
  ByteReader once(writer.bytes(), "the state of rule r");
  ASSERT_TRUE(twice.Load(once).has_value());
  ByteReader again(writer.bytes(), "the state of rule r");
  EXPECT_FALSE(twice.Load(again).has_value());
  std::string other_version = writer.bytes();
  other_version[0] = 9;
  ASSERT_FALSE(load(other_version).has_value());
  EXPECT_EQ(load(other_version).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tripline::runtime::testing
