// Question: what does it cost to decide all leaves of one field for one distinct value?
//
// Values are paths of about 45 bytes (addresses for the prefixes); "Time" is one warm decision,
// "make_ms" what the field's tables cost to make, "true" the leaves that a value makes true.
//
// Answer, RelWithDebInfo, one core of an AMD EPYC that was busy with builds (medians of three):
//   terms 10 / 1,000 / 10,000           46 / 64 / 131 ns
//   mixed globs 50 / 500 / 10,000       325 / 357 / 1,074 ns   (make: 1 / 16 / 550 ms)
//   100 globs, all to be confirmed      1.2 us
//   60 globs of one byte, all by twin   1.5 us
//   prefixes 33 / 3,000                 60 / 329 ns
//   100 phrases on such a path as text   2.1 us
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "jit/field_decider.h"
#include "jit/glob.h"

namespace tripline::jit {
namespace {

constexpr std::size_t kNumValues = 4096;

class RandomPaths {
 public:
  std::uint32_t Below(std::size_t end) { return static_cast<std::uint32_t>(random_() % end); }
  std::string Word() {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string word;
    for (std::uint32_t i = 4 + Below(8); i > 0; --i) word += kLetters[Below(kLetters.size())];
    return word;
  }
  std::string Front() {
    constexpr std::array<std::string_view, 4> kFronts = {
        "C:\\Windows\\System32\\", "C:\\Program Files\\", "C:\\Users\\", "/usr/lib/"};
    return std::string(kFronts[Below(kFronts.size())]);
  }
  std::string Path() { return Front() + Word() + "\\" + Word() + "\\" + Word() + ".exe"; }

 private:
  std::mt19937 random_{7};
};

Program OneField(ColumnKind kind) {
  Program program;
  program.fields.push_back({"field", kind, 0});
  return program;
}

std::vector<std::string> Paths(RandomPaths& random) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kNumValues; ++i) values.push_back(random.Path());
  return values;
}

void Measure(benchmark::State& state, const Program& program,
             const std::vector<std::string>& values) {
  const auto begin = std::chrono::steady_clock::now();
  const auto decider = FieldDecider::Make(program, 0);
  const std::chrono::duration<double, std::milli> make = std::chrono::steady_clock::now() - begin;
  FieldDecider::Scratch scratch;
  if (!decider || !decider->Fit(scratch)) {
    state.SkipWithError("the field cannot be decided");
    return;
  }
  std::vector<std::uint32_t> positions;
  std::size_t num_true = 0;
  std::size_t num_bytes = 0;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string& value = values[i++ % values.size()];
    decider->DecideBytes(value, scratch, &positions);
    num_true += positions.size();
    num_bytes += value.size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(num_bytes));
  state.counters["make_ms"] = make.count();
  state.counters["leaves"] = static_cast<double>(program.leaves.size());
  state.counters["true"] = static_cast<double>(num_true) / static_cast<double>(state.iterations());
}

void DecideTerms(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kString);
  std::vector<std::string> values = Paths(random);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    program.leaves.push_back({0, {Term{random.Path()}}});
    values[random.Below(kNumValues / 2)] = std::get<Term>(program.leaves.back().atoms[0]).value;
  }
  Measure(state, program, values);
}
BENCHMARK(DecideTerms)->Arg(10)->Arg(1'000)->Arg(10'000);

// The mix of the public corpus: of 100 globs 41 are fronts, 15 ends, 31 contain a piece, 13 have
// several.
Glob CorpusGlob(RandomPaths& random) {
  const std::uint32_t kind = random.Below(100);
  if (kind < 41) return Glob{{random.Front() + random.Word(), ""}};
  if (kind < 56) return Glob{{"", "\\" + random.Word() + ".exe"}};
  if (kind < 87) return Glob{{"", random.Word(), ""}};
  return Glob{{random.Front(), "\\" + random.Word(), ".exe"}};
}

void DecideMixedGlobs(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kString);
  std::vector<std::string> values = Paths(random);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const Glob glob = CorpusGlob(random);
    std::string value = glob.pieces[0];
    for (std::size_t piece = 1; piece < glob.pieces.size(); ++piece) {
      value += random.Word() + glob.pieces[piece];
    }
    values[random.Below(kNumValues / 2)] = value;
    program.leaves.push_back({0, {glob}});
  }
  Measure(state, program, values);
}
BENCHMARK(DecideMixedGlobs)->Arg(50)->Arg(500)->Arg(10'000);

// The worst for the pattern set: the only literal of every glob is in every value, so that all are
// confirmed one by one.
void DecideGlobsThatAllNeedConfirmation(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kString);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string few = random.Word().substr(0, 2);
    program.leaves.push_back({0, {Glob{{"", few, "System32\\", ".e"}}}});
  }
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kNumValues; ++i) {
    values.push_back("C:\\Windows\\System32\\" + random.Word() + "\\" + random.Word() + ".exe");
  }
  Measure(state, program, values);
}
BENCHMARK(DecideGlobsThatAllNeedConfirmation)->Arg(100);

// Too short for the library: the twin alone.
void DecideShortGlobs(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kString);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    program.leaves.push_back({0, {Glob{{"", random.Word().substr(0, 1), ""}}}});
  }
  Measure(state, program, Paths(random));
}
BENCHMARK(DecideShortGlobs)->Arg(60);

void DecidePrefixes(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kAddress);
  const auto next_address = [&random] {
    return *ParseIpAddress(std::to_string(random.Below(224)) + "." +
                           std::to_string(random.Below(256)) + "." +
                           std::to_string(random.Below(256)) + ".1");
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const std::string length = "/" + std::to_string(4 + random.Below(24));
    program.leaves.push_back({0, {*ParseIpPrefix(ToString(next_address()) + length)}});
  }
  std::vector<std::string> values;
  for (std::size_t i = 0; i < kNumValues; ++i) {
    const IpAddress address = next_address();
    values.emplace_back(address.bytes.begin(), address.bytes.end());
  }
  Measure(state, program, values);
}
BENCHMARK(DecidePrefixes)->Arg(33)->Arg(3'000);

void DecideText(benchmark::State& state) {
  RandomPaths random;
  Program program = OneField(ColumnKind::kText);
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    program.leaves.push_back({0, {TextPhrase{{random.Word(), random.Word()}}}});
  }
  Measure(state, program, Paths(random));
}
BENCHMARK(DecideText)->Arg(100);

}  // namespace
}  // namespace tripline::jit

BENCHMARK_MAIN();
