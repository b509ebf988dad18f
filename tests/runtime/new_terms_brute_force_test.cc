// The judge of NewTermsDetector: the definition of new terms, evaluated over the plain list of
// events at every run, in as few words as it can be said.
#include <limits>
#include <set>

#include "runtime/new_terms_detector.h"
#include "tests/runtime/detector_scenario.h"

namespace tripline::runtime::testing {
namespace {

constexpr int kNumScenarios = 10'500;

struct NewTermsScenario : Scenario {
  std::size_t num_fields = 1;
};

std::vector<std::string> RandomValues(Random& random, std::size_t field) {
  std::vector<std::string> values;
  const std::int64_t num_values = random.OneIn(4) ? random.Between(0, 3) : 1;
  for (std::int64_t i = 0; i < num_values; ++i) {
    const std::int64_t which = random.Between(0, 2);
    std::string value = field == 1 ? IntegerTerm(which) : StringTerm(std::string(1, "abc"[which]));
    if (std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(std::move(value));
    }
  }
  return values;
}

NewTermsScenario RandomScenario(Random& random) {
  NewTermsScenario scenario;
  scenario.interval = random.Between(1, 12);
  scenario.look_back = random.Between(0, 30);
  scenario.history_window =
      scenario.look_back + (random.OneIn(3) ? random.Between(1, 4) : random.Between(1, 60));
  scenario.lateness = random.OneIn(3) ? 0 : random.Between(0, scenario.look_back + 5);
  scenario.max_signals = random.OneIn(2) ? 100 : static_cast<std::uint32_t>(random.Between(0, 3));
  scenario.num_fields = static_cast<std::size_t>(random.Between(1, 3));
  std::int64_t time = random.Between(-200, 200);
  const std::int64_t num_events = random.Between(1, 32);
  for (std::int64_t i = 0; i < num_events; ++i) {
    time += random.OneIn(8) ? random.Between(0, 2 * scenario.history_window) : random.Between(0, 6);
    TestEvent event{.time = time,
                    .index = std::string(1, "xy"[random.Between(0, 1)]),
                    .id = std::to_string(random.Between(0, 99)) + "-" + std::to_string(i),
                    .use = random.OneIn(10) ? EventUse::kHistoryOnly : EventUse::kMayAlert,
                    .values = {}};
    for (std::size_t field = 0; field < scenario.num_fields; ++field) {
      event.values.push_back(RandomValues(random, field));
    }
    scenario.events.push_back(event);
    if (random.OneIn(10)) {
      scenario.events.push_back(event);  // the same event twice
    }
  }
  if (random.OneIn(3)) {
    TakeAnotherWindow(scenario, random);
  }
  ShuffleWithin(scenario.lateness, random, scenario.events);
  return scenario;
}

std::set<std::string> TermsOf(const TestEvent& event) {
  std::set<std::string> terms{""};
  for (const auto& field : event.values) {
    std::set<std::string> longer;
    for (const std::string& term : terms) {
      for (const std::string& value : field) {
        longer.insert(term + value);
      }
    }
    terms = std::move(longer);
  }
  return terms;
}

// One occurrence; the order in which the earliest one is looked for.
using Occurrence = std::tuple<std::int64_t, EventUse, std::string, std::string>;

Outcome ByDefinition(const NewTermsScenario& scenario) {
  std::map<std::string, std::set<Occurrence>> occurrences;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const TestEvent& event : scenario.events) {
    first = std::min(first, event.time);
    last = std::max(last, event.time);
    for (const std::string& term : TermsOf(event)) {
      occurrences[TermToJson(term)].insert({event.time, event.use, event.index, event.id});
    }
  }
  const Schedule schedule = scenario.schedule();
  const std::int64_t end = CountOf(schedule.FirstRunTo(At(last)));
  Outcome outcome;
  std::set<std::pair<std::string, std::string>> alerted;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::int64_t run = schedule.FirstRunFrom(At(first)).time_since_epoch().count(); run <= end;
       run += scenario.interval) {
    Given given;
    for (const auto& [term, all] : occurrences) {
      const auto earliest =
          all.lower_bound({CountOf(schedule.HistoryStart(At(run))), EventUse::kMayAlert, "", ""});
      if (earliest == all.end()) {
        continue;
      }
      const auto& [time, use, index, id] = *earliest;
      const RunWindow window = schedule.WindowOf(At(run));
      if (At(time) > window.from && At(time) <= window.to && use == EventUse::kMayAlert &&
          !alerted.contains({id, term})) {
        given.emplace_back(time, index, id, term);
        seen.insert({id, term});
      }
    }
    std::sort(given.begin(), given.end());
    given.resize(std::min<std::size_t>(given.size(), scenario.max_signals));
    for (const auto& [time, index, id, term] : given) {
      alerted.insert({id, term});
    }
    if (!given.empty()) {
      outcome.given[run] = given;
    }
  }
  outcome.cut = seen.size() - alerted.size();
  return outcome;
}

TEST(NewTermsBruteForce, EveryRunGivesWhatTheDefinitionGives) {
  std::size_t num_alerts = 0;
  std::uint64_t num_cut = 0;
  for (int i = 0; i < kNumScenarios; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const NewTermsScenario scenario = RandomScenario(random);
    const auto make = [&] {
      return std::make_unique<NewTermsDetector>(
          scenario.schedule(),
          NewTermsOptions{.num_fields = scenario.num_fields, .max_signals = scenario.max_signals});
    };

    const Outcome outcome =
        Drive(scenario, make, random, random.Between(1, 5), random.OneIn(2) ? 3 : 0);

    const Outcome wanted = ByDefinition(scenario);
    ASSERT_EQ(outcome.given, wanted.given) << "scenario " << i;
    ASSERT_EQ(outcome.cut, wanted.cut) << "scenario " << i;
    for (const auto& [run, given] : wanted.given) {
      num_alerts += given.size();
    }
    num_cut += wanted.cut;
  }
  EXPECT_GT(num_alerts, 50'000U);  // the scenarios do have something to find
  EXPECT_GT(num_cut, 1'000U);
}

TEST(NewTermsBruteForce, TheOrderOfArrivalLeavesTheSameHistory) {
  for (int i = 0; i < kNumScenarios / 6; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    NewTermsScenario scenario = RandomScenario(random);
    const auto make = [&] {
      return std::make_unique<NewTermsDetector>(
          scenario.schedule(),
          NewTermsOptions{.num_fields = scenario.num_fields, .max_signals = scenario.max_signals});
    };
    const Outcome first = Drive(scenario, make, random, 1, 0);
    std::stable_sort(scenario.events.begin(), scenario.events.end(),
                     [](const TestEvent& a, const TestEvent& b) { return a.time < b.time; });

    const Outcome second = Drive(scenario, make, random, 3, 2);

    ASSERT_EQ(second.saved, first.saved) << "scenario " << i;
  }
}

TEST(NewTermsBruteForce, TheSameEventsAgainChangeNothing) {
  for (int i = 0; i < kNumScenarios / 6; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const NewTermsScenario scenario = RandomScenario(random);
    const Schedule schedule = scenario.schedule();
    NewTermsDetector detector(schedule, {.num_fields = scenario.num_fields});
    GivenByRun given;
    std::int64_t clock = scenario.events.front().time;
    for (const TestEvent& event : scenario.events) {
      Observe(detector, event);
      clock = std::max(clock, event.time);
    }
    RunUpTo(detector, schedule.LastRunUpTo(At(clock)), given);
    ByteWriter before;
    detector.Save(before);
    given.clear();

    for (const TestEvent& event : scenario.events) {
      Observe(detector, event);
    }
    RunUpTo(detector, schedule.LastRunUpTo(At(clock)), given);

    ByteWriter after;
    detector.Save(after);
    ASSERT_TRUE(given.empty()) << "scenario " << i;
    ASSERT_EQ(after.bytes(), before.bytes()) << "scenario " << i;
  }
}

}  // namespace
}  // namespace tripline::runtime::testing
