// Random scenarios for detectors, and the one loop that drives a detector through them as a session
// does: events in an order within the lateness, runs when they are due, saved and loaded now and
// then. What must come out is each test's own business.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"
#include "runtime/term.h"

namespace tripline::runtime::testing {

inline Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }
inline std::int64_t CountOf(Timestamp time) { return time.time_since_epoch().count(); }

struct TestEvent {
  std::int64_t time = 0;
  std::string index;
  std::string id;
  EventUse use = EventUse::kMayAlert;
  std::vector<std::vector<std::string>> values;  // encoded, per field
};

inline void Observe(Detector& detector, const TestEvent& event) {
  const std::string json = R"({"id":")" + event.id + R"("})";
  EventSource source(event.index, event.id, json);
  detector.Observe(
      {.time = At(event.time), .use = event.use, .source = &source, .term_values = event.values});
  detector.Settle();
}

/// What a run gave: (time, index, id, term as JSON), in order.
using Given = std::vector<std::tuple<std::int64_t, std::string, std::string, std::string>>;
using GivenByRun = std::map<std::int64_t, Given>;

inline Given Flatten(const std::vector<Finding>& findings) {
  Given given;
  for (const Finding& finding : findings) {
    EXPECT_FALSE(finding.event.document->json.empty());
    given.emplace_back(finding.event.time.time_since_epoch().count(), finding.event.document->index,
                       finding.event.document->id,
                       finding.term.empty() ? "" : TermToJson(finding.term));
  }
  return given;
}

struct Outcome {
  GivenByRun given;
  std::uint64_t cut = 0;  // postponed at the end too
  std::string saved;
};

struct Scenario {
  std::int64_t interval = 5;
  std::int64_t look_back = 10;
  std::int64_t lateness = 0;
  std::uint32_t max_signals = 100;
  std::vector<TestEvent> events;  // in the order of arrival
  std::int64_t history_window = 0;
  std::optional<WindowMath> window{};  // instead of the look-back and the history window

  [[nodiscard]] Schedule schedule() const {
    return window ? Schedule(Milliseconds(interval), *window)
                  : Schedule(Milliseconds(interval), Milliseconds(look_back),
                             Milliseconds(history_window));
  }
};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool OneIn(std::int64_t n) { return Between(1, n) == 1; }

 private:
  std::mt19937_64 engine_;
};

/// Gives the scenario another window instead of its own: bounds that are rounded down, an end
/// before the run. All times become so much longer that a second is no longer than a few events.
inline void TakeAnotherWindow(Scenario& scenario, Random& random) {
  constexpr std::int64_t kLonger = 150;
  for (std::int64_t* const time :
       {&scenario.interval, &scenario.look_back, &scenario.lateness, &scenario.history_window}) {
    *time *= kLonger;
  }
  for (TestEvent& event : scenario.events) {
    event.time = event.time * kLonger + random.Between(0, kLonger - 1);
  }
  const auto bound = [&random](std::int64_t before) {
    return *WindowBound::Parse("now-" + std::to_string(before) + "ms" +
                               (random.OneIn(2) ? "/s" : ""));
  };
  for (;;) {
    scenario.window =
        WindowMath{.from = bound(scenario.look_back + random.Between(0, 3000)),
                   .to = bound(random.OneIn(2) ? 0 : random.Between(0, 3000)),
                   .history_start = bound(scenario.history_window + random.Between(0, 3000))};
    if (Schedule::IsValid(Milliseconds(scenario.interval), *scenario.window) &&
        (scenario.history_window == 0 || scenario.schedule().MinQuiet() > Milliseconds(0))) {
      return;
    }
  }
}

/// Puts `events` into an order in which none is later than `lateness` behind the largest time.
inline void ShuffleWithin(std::int64_t lateness, Random& random, std::vector<TestEvent>& events) {
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  for (std::size_t i = 0; i < events.size(); ++i) {
    order.emplace_back(events[i].time + random.Between(0, lateness), i);
  }
  std::sort(order.begin(), order.end());
  std::vector<TestEvent> shuffled;
  for (const auto& [key, i] : order) {
    shuffled.push_back(events[i]);
  }
  events = std::move(shuffled);
}

using MakeDetector = std::function<std::unique_ptr<Detector>()>;

/// What is kept of a detector: everything once, then changes.
using KeptParts = std::vector<std::string>;

inline std::string SaveEverything(const Detector& detector) {
  ByteWriter writer;
  detector.Save(writer);
  return writer.Take();
}

inline void Keep(Detector& detector, KeptParts& kept) {
  ByteWriter changes;
  if (kept.empty() || !detector.SaveChanges(changes)) {
    kept = {SaveEverything(detector)};
  } else {
    kept.push_back(changes.Take());
  }
  detector.MarkKept();
}

/// The detector that is made of what is kept of another one, and knows the same.
inline std::unique_ptr<Detector> Reload(const Detector& detector, const KeptParts& kept,
                                        const MakeDetector& make) {
  auto loaded = make();
  for (const std::string& part : kept) {
    ByteReader reader(part, "the test's detector");
    const Result<void> status = loaded->Load(reader);
    EXPECT_TRUE(status.has_value()) << status.error().message;
    EXPECT_TRUE(reader.AtEnd());
  }
  EXPECT_EQ(SaveEverything(*loaded), SaveEverything(detector));
  return loaded;
}

inline void RunUpTo(Detector& detector, Timestamp last, GivenByRun& given) {
  while (detector.NextRun() && *detector.NextRun() <= last) {
    const Timestamp run_at = *detector.NextRun();
    std::vector<Finding> findings;
    detector.Run(run_at, findings);
    if (!findings.empty()) {
      given[run_at.time_since_epoch().count()] = Flatten(findings);
    }
  }
  if (!detector.position() || last > *detector.position()) {
    detector.SkipTo(last);
  }
}

/// It is kept after one block in `restart_one_in`, and then made anew of what is kept; 0: never.
inline Outcome Drive(const Scenario& scenario, const MakeDetector& make, Random& random,
                     std::int64_t block_size, std::int64_t restart_one_in) {
  const Schedule schedule = scenario.schedule();
  auto detector = make();
  KeptParts kept;
  Outcome outcome;
  std::int64_t clock = scenario.events.front().time;
  std::int64_t num_in_block = 0;
  for (const TestEvent& event : scenario.events) {
    Observe(*detector, event);
    clock = std::max(clock, event.time);
    if (++num_in_block < block_size) {
      continue;
    }
    num_in_block = 0;
    RunUpTo(*detector, schedule.LastRunDue(At(clock), Milliseconds(scenario.lateness)),
            outcome.given);
    if (restart_one_in > 0 && random.OneIn(restart_one_in)) {
      Keep(*detector, kept);
      if (random.OneIn(2)) {
        outcome.cut += detector->counts().cut;
        detector = Reload(*detector, kept, make);
      }
    }
  }
  RunUpTo(*detector, schedule.FirstRunTo(At(clock)), outcome.given);
  outcome.cut += detector->counts().cut + detector->num_postponed();
  outcome.saved = SaveEverything(*detector);
  return outcome;
}

}  // namespace tripline::runtime::testing
