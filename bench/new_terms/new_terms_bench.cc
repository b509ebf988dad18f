// Question: what do the histories of new_terms rules cost, from 10^5 to 10^7 distinct terms?
//
// A rule of one field, a history of 20 days that holds every term once, terms of 40 to 60 bytes.
// "Known" observes events of random known terms, as NewTermsDetector::Observe gets them; beside it
// "Floor" makes one random read and write in as many bytes as the table takes, which no table can
// do without, and "Map" keeps the terms in the library's hash table, without runs, arrivals or
// expiry. "rss_per_term" is what the process grew by while the history was made.
//
// Answer, one core of an AMD EPYC with two that was busy with other work:
//   terms                          10^5     10^6     10^7
//   known, a second (millions)     7.5      5.1      3.9        Map: 3.2  2.3  1.0
//   bytes a term (resident)        40 (-)   39 (46)  39 (46)    Map: 136 at 10^7
//   new, a second (millions)       3.4      2.2      1.6
//   checkpoint / restore, ms       13 / 6   131 / 75 1,580 / 1,700
//   delta of 10,000 changes, ms    2.4      2.6      4.3
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/time.h"
#include "runtime/event.h"
#include "runtime/new_terms_detector.h"
#include "runtime/schedule.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::size_t kNumSamples = std::size_t{1} << 20U;
const Schedule kSchedule(minutes(5), minutes(59), days(20));
const Timestamp kStart(days(20'000));
constexpr std::int64_t kSizes[] = {100'000, 1'000'000, 10'000'000};

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string TermOf(std::uint64_t number) {
  const std::uint64_t mixed = number * 0x9E3779B97F4A7C15U;
  return StringTerm("/opt/service-" + std::to_string(mixed % 10'000) + "/releases/" +
                    std::to_string(mixed) + "/bin/agent");
}

NewTermsDetector EmptyDetector() {
  return NewTermsDetector(kSchedule, {.secret = TermSecret::Random()});
}

struct History {
  NewTermsDetector detector = EmptyDetector();
  std::uint64_t resident_bytes = 0;
};

// As a session does, in blocks: the detector is settled at the end of each.
void Observe(NewTermsDetector& detector, std::vector<std::vector<std::string>>& values,
             const std::string& term, Timestamp time, EventUse use) {
  static EventSource source("logs", "1", "{}");
  static std::uint64_t num_in_block = 0;
  values[0][0] = term;
  detector.Observe({.time = time, .use = use, .source = &source, .term_values = values});
  if (++num_in_block % 1024 == 0) {
    detector.Settle();
  }
}

History& HistoryOf(std::int64_t num_terms) {
  static std::map<std::int64_t, std::unique_ptr<History>> histories;
  std::unique_ptr<History>& history = histories[num_terms];
  if (!history) {
    histories.clear();  // one at a time
    auto made = std::make_unique<History>();
    const std::uint64_t before = ResidentBytes();
    std::vector<std::vector<std::string>> values(1, std::vector<std::string>(1));
    for (std::int64_t i = 0; i < num_terms; ++i) {
      const Timestamp time = kStart + Milliseconds(days(20)) * i / num_terms;
      Observe(made->detector, values, TermOf(static_cast<std::uint64_t>(i)), time,
              EventUse::kHistoryOnly);
    }
    made->detector.Settle();
    made->detector.SkipTo(kSchedule.LastRunUpTo(kStart + days(20)));
    made->resident_bytes = ResidentBytes() - before;
    histories[num_terms] = std::move(made);
  }
  return *histories[num_terms];
}

std::vector<std::string> SamplesOf(std::uint64_t num_terms) {
  std::mt19937_64 random(1);
  std::vector<std::string> samples;
  for (std::size_t i = 0; i < kNumSamples; ++i) {
    samples.push_back(TermOf(random() % num_terms));
  }
  return samples;
}

void Known(benchmark::State& state) {
  History& history = HistoryOf(state.range(0));
  const std::vector<std::string> samples = SamplesOf(static_cast<std::uint64_t>(state.range(0)));
  std::vector<std::vector<std::string>> values(1, std::vector<std::string>(1));
  std::int64_t num_observed = 0;
  for (auto _ : state) {
    Observe(history.detector, values, samples[static_cast<std::size_t>(num_observed) % kNumSamples],
            kStart + days(20) + Milliseconds(num_observed % 60'000), EventUse::kMayAlert);
    ++num_observed;
  }
  state.SetItemsProcessed(num_observed);
  const auto num_terms = static_cast<double>(state.range(0));
  state.counters["bytes_per_term"] =
      static_cast<double>(history.detector.memory_bytes()) / num_terms;
  state.counters["rss_per_term"] = static_cast<double>(history.resident_bytes) / num_terms;
}

void Floor(benchmark::State& state) {
  std::vector<std::uint64_t> words(static_cast<std::size_t>(state.range(0)) * 40 / 8, 1);
  std::mt19937_64 random(1);
  std::vector<std::uint32_t> places;
  for (std::size_t i = 0; i < kNumSamples; ++i) {
    places.push_back(static_cast<std::uint32_t>(random() % words.size()));
  }
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(words[places[at++ % kNumSamples]] += 1);
  }
  state.SetItemsProcessed(state.iterations());
}

// What one would write first: the terms themselves in the library's hash table.
void Map(benchmark::State& state) {
  const auto num_terms = static_cast<std::uint64_t>(state.range(0));
  const std::uint64_t before = ResidentBytes();
  std::unordered_map<std::string, std::int64_t> last_seen;
  for (std::uint64_t i = 0; i < num_terms; ++i) {
    last_seen[TermOf(i)] = 0;
  }
  const std::uint64_t resident_bytes = ResidentBytes() - before;
  const std::vector<std::string> samples = SamplesOf(num_terms);
  std::int64_t num_observed = 0;
  for (auto _ : state) {
    std::int64_t& time = last_seen[samples[static_cast<std::size_t>(num_observed) % kNumSamples]];
    time = std::max(time, ++num_observed);
  }
  state.SetItemsProcessed(num_observed);
  state.counters["rss_per_term"] =
      static_cast<double>(resident_bytes) / static_cast<double>(num_terms);
}

// All terms for the first time, as history.
void New(benchmark::State& state) {
  for (auto _ : state) {
    NewTermsDetector detector = EmptyDetector();
    std::vector<std::vector<std::string>> values(1, std::vector<std::string>(1));
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      Observe(detector, values, TermOf(static_cast<std::uint64_t>(i)), kStart + Milliseconds(i),
              EventUse::kHistoryOnly);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Checkpoint(benchmark::State& state) {
  const NewTermsDetector& detector = HistoryOf(state.range(0)).detector;
  std::size_t num_bytes = 0;
  for (auto _ : state) {
    ByteWriter writer;
    detector.Save(writer);
    num_bytes = writer.bytes().size();
  }
  state.counters["mb"] = static_cast<double>(num_bytes) / 1e6;
}

// What a run that has seen 10,000 events of known terms adds to what is kept.
void Delta(benchmark::State& state) {
  NewTermsDetector& detector = HistoryOf(state.range(0)).detector;
  std::vector<std::vector<std::string>> values(1, std::vector<std::string>(1));
  detector.MarkKept();
  std::mt19937_64 random(1);
  static std::int64_t tick = 0;
  std::size_t num_bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ++tick;
    for (int i = 0; i < 10'000; ++i) {
      Observe(detector, values, TermOf(random() % static_cast<std::uint64_t>(state.range(0))),
              kStart + days(20) + minutes(2) + Milliseconds(tick), EventUse::kMayAlert);
    }
    detector.Settle();
    state.ResumeTiming();
    ByteWriter writer;
    Check(detector.SaveChanges(writer), "10,000 changes are worth a delta");
    detector.MarkKept();
    num_bytes = writer.bytes().size();
  }
  state.counters["mb"] = static_cast<double>(num_bytes) / 1e6;
}

void Restore(benchmark::State& state) {
  ByteWriter writer;
  HistoryOf(state.range(0)).detector.Save(writer);
  for (auto _ : state) {
    NewTermsDetector detector = EmptyDetector();
    ByteReader reader(writer.bytes(), "history");
    Check(detector.Load(reader).has_value(), "what was saved can be loaded");
  }
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t num_terms : kSizes) {
    benchmark->Arg(num_terms);
  }
}

BENCHMARK(Floor)->Apply(Sizes);
BENCHMARK(New)->Apply(Sizes)->Iterations(1)->Unit(benchmark::kMillisecond);

// Map last: what it frees slows the allocator down for whoever comes after it.
void Register() {
  for (const std::int64_t num_terms : kSizes) {
    benchmark::RegisterBenchmark("Known", Known)->Arg(num_terms);
    benchmark::RegisterBenchmark("Delta", Delta)
        ->Arg(num_terms)
        ->Iterations(20)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("Checkpoint", Checkpoint)
        ->Arg(num_terms)
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("Restore", Restore)
        ->Arg(num_terms)
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
  for (const std::int64_t num_terms : kSizes) {
    benchmark::RegisterBenchmark("Map", Map)->Arg(num_terms)->Iterations(1'000'000);
  }
}

}  // namespace
}  // namespace tripline::runtime

int main(int argc, char** argv) {
  tripline::runtime::Register();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
