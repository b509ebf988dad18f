// The judge of both detectors under windows of any date math: what they mean, evaluated over the
// plain list of events at every run. (Plain look-backs have judges of their own.)
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runtime/new_terms_detector.h"
#include "runtime/query_detector.h"
#include "tests/runtime/detector_scenario.h"

namespace tripline::runtime::testing {
namespace {

constexpr int kNumScenarios = 3'000;

struct WindowScenario {
  Milliseconds interval;
  WindowMath window;
  Milliseconds lateness;
  std::uint32_t max_signals = 100;
  std::vector<TestEvent> events;  // in the order of arrival

  [[nodiscard]] Schedule Runs() const { return {interval, window}; }
};

// Offsets and roundings in any order; a step of the scenario is a quarter of a second, so that
// seconds round a few of them.
constexpr std::int64_t kStep = 250;

WindowBound RandomBound(Random& random, std::int64_t most_steps) {
  const auto offset = [&] {
    return "-" + std::to_string(kStep * random.Between(0, most_steps)) + "ms";
  };
  const std::string rounding = random.OneIn(5) ? "/m" : "/s";
  switch (random.Between(0, 3)) {
    case 0:
      return *WindowBound::Parse("now" + offset());
    case 1:
      return *WindowBound::Parse("now" + offset() + rounding);
    case 2:
      return *WindowBound::Parse("now" + rounding + offset());
    default:
      return *WindowBound::Parse("now" + offset() + rounding + offset());
  }
}

// None if no run could be made of what came out.
std::optional<WindowScenario> RandomScenario(Random& random) {
  WindowScenario scenario{.interval = Milliseconds(kStep * random.Between(1, 12)),
                          .window = {RandomBound(random, 30), RandomBound(random, 6),
                                     RandomBound(random, random.OneIn(3) ? 40 : 300)},
                          .lateness = {},
                          .events = {}};
  if (!Schedule::IsValid(scenario.interval, scenario.window)) {
    return std::nullopt;
  }
  scenario.lateness = random.OneIn(2) ? scenario.Runs().look_back() : Milliseconds(0);
  scenario.max_signals = random.OneIn(2) ? 100 : static_cast<std::uint32_t>(random.Between(0, 3));
  std::int64_t time = random.Between(-400, 400);
  for (std::int64_t i = random.Between(1, 30); i > 0; --i) {
    time += random.OneIn(6) ? random.Between(0, 300) : random.Between(0, 6);
    scenario.events.push_back(
        {.time = time * kStep,
         .index = std::string(1, "xy"[random.Between(0, 1)]),
         .id = std::to_string(random.Between(0, 99)) + "-" + std::to_string(i),
         .values = {{StringTerm(std::string(1, "abc"[random.Between(0, 2)]))}}});
  }
  ShuffleWithin(scenario.lateness.count(), random, scenario.events);
  return scenario;
}

// `found`: what one run finds, given what is known at its end, without what was given before.
template <class FindAtRun>
Outcome ByDefinition(const WindowScenario& scenario, FindAtRun found) {
  const auto [first, last] = std::ranges::minmax(scenario.events, {}, &TestEvent::time);
  const Schedule schedule = scenario.Runs();
  Outcome outcome;
  std::set<std::pair<std::string, std::string>> alerted;
  std::set<std::pair<std::string, std::string>> seen;
  for (Timestamp run = schedule.FirstRunFrom(At(first.time));
       run <= schedule.FirstRunTo(At(last.time)); run += scenario.interval) {
    Given given;
    for (const auto& finding : found(run)) {
      const std::pair key(std::get<2>(finding), std::get<3>(finding));
      seen.insert(key);
      if (!alerted.contains(key)) {
        given.push_back(finding);
      }
    }
    std::sort(given.begin(), given.end());
    given.resize(std::min<std::size_t>(given.size(), scenario.max_signals));
    for (const auto& [time, index, id, term] : given) {
      alerted.insert({id, term});
    }
    if (!given.empty()) {
      outcome.given[run.time_since_epoch().count()] = given;
    }
  }
  outcome.cut = seen.size() - alerted.size();
  return outcome;
}

Outcome QueryByDefinition(const WindowScenario& scenario) {
  return ByDefinition(scenario, [&](Timestamp run) {
    Given found;
    for (const TestEvent& event : scenario.events) {
      const Timestamp time = At(event.time);
      if (scenario.window.from.At(run) <= time && time <= scenario.window.to.At(run)) {
        found.emplace_back(event.time, event.index, event.id, "");
      }
    }
    return found;
  });
}

Outcome NewTermsByDefinition(const WindowScenario& scenario) {
  return ByDefinition(scenario, [&](Timestamp run) {
    const Timestamp to = scenario.window.to.At(run);
    const Timestamp start = scenario.window.history_start.At(to);
    std::map<std::string, std::tuple<std::int64_t, std::string, std::string>> earliest;
    for (const TestEvent& event : scenario.events) {
      if (start <= At(event.time) && At(event.time) <= to) {
        const std::tuple occurrence(event.time, event.index, event.id);
        const auto at = earliest.try_emplace(TermToJson(event.values[0][0]), occurrence).first;
        at->second = std::min(at->second, occurrence);
      }
    }
    Given found;
    for (const auto& [term, occurrence] : earliest) {
      if (At(std::get<0>(occurrence)) > scenario.window.from.At(run)) {
        found.push_back(std::tuple_cat(occurrence, std::tuple(term)));
      }
    }
    return found;
  });
}

Outcome ByDetector(const WindowScenario& scenario, const MakeDetector& make, Random& random) {
  const Schedule schedule = scenario.Runs();
  auto detector = make();
  KeptParts kept;
  Outcome outcome;
  std::int64_t clock = scenario.events.front().time;
  for (const TestEvent& event : scenario.events) {
    Observe(*detector, event);
    clock = std::max(clock, event.time);
    if (random.OneIn(3)) {
      RunUpTo(*detector, schedule.LastRunDue(At(clock), scenario.lateness), outcome.given);
    }
    if (random.OneIn(10)) {
      Keep(*detector, kept);
      outcome.cut += detector->counts().cut;
      detector = Reload(*detector, kept, make);
    }
  }
  RunUpTo(*detector, schedule.FirstRunTo(At(clock)), outcome.given);
  outcome.cut += detector->counts().cut + detector->num_postponed();
  return outcome;
}

TEST(RoundedWindows, AQueryRuleGivesWhatTheDefinitionGives) {
  std::size_t num_runs = 0;
  std::uint64_t num_cut = 0;
  for (int i = 0; i < kNumScenarios; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const std::optional<WindowScenario> scenario = RandomScenario(random);
    if (!scenario) {
      continue;
    }
    const auto make = [&] {
      return std::make_unique<QueryDetector>(scenario->Runs(), scenario->max_signals);
    };

    const Outcome outcome = ByDetector(*scenario, make, random);

    const Outcome wanted = QueryByDefinition(*scenario);
    ASSERT_EQ(outcome.given, wanted.given) << "scenario " << i;
    ASSERT_EQ(outcome.cut, wanted.cut) << "scenario " << i;
    num_runs += wanted.given.size();
    num_cut += wanted.cut;
  }
  EXPECT_GT(num_runs, 10'000U);
  EXPECT_GT(num_cut, 1'000U);
}

TEST(RoundedWindows, ANewTermsRuleGivesWhatTheDefinitionGives) {
  std::size_t num_runs = 0;
  int num_tried = 0;
  for (int i = 0; i < kNumScenarios; ++i) {
    Random random(static_cast<std::uint64_t>(i));
    const std::optional<WindowScenario> scenario = RandomScenario(random);
    if (!scenario || scenario->Runs().MinQuiet() <= Milliseconds(0)) {
      continue;
    }
    ++num_tried;
    const auto make = [&] {
      return std::make_unique<NewTermsDetector>(
          scenario->Runs(), NewTermsOptions{.max_signals = scenario->max_signals});
    };

    const Outcome outcome = ByDetector(*scenario, make, random);

    const Outcome wanted = NewTermsByDefinition(*scenario);
    ASSERT_EQ(outcome.given, wanted.given)
        << "scenario " << i << ": from " << scenario->window.from.ToText() << " to "
        << scenario->window.to.ToText() << " history " << scenario->window.history_start.ToText();
    ASSERT_EQ(outcome.cut, wanted.cut) << "scenario " << i;
    num_runs += wanted.given.size();
  }
  EXPECT_GT(num_tried, 1'000);
  EXPECT_GT(num_runs, 3'000U);
}

}  // namespace
}  // namespace tripline::runtime::testing
