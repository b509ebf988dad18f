// Question: what does matching take inside a process that has the events already, and what does one
// event take from its line to the rules that it matches?
//
//   tripline_in_process RULES.trl EVENTS.ndjson interpreter|machine [NUM_PASSES [NUM_SINGLE]]
//
// prints one JSON object, times in nanoseconds of this thread's CPU clock:
//
//   blocks_first   per event: Matcher::Match over blocks of columns, values met for the first time
//                  decided on the way
//   blocks_again   the same over the file once more, a number a pass: every value has been decided
//   read_again     per event: what making the columns took in those passes
//   single         one event at a time, warm: line in memory -> columns -> Match -> the matched
//                  rules, by wall clock: p50, p99, p99.9 a pass, and by CPU clock the same
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "runtime/ruleset_file.h"

namespace tripline {
namespace {

using runtime::EventBlock;
using runtime::EventReader;
using runtime::Matcher;
using runtime::Ruleset;

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{4} << 30U;

std::int64_t Now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

std::int64_t CpuNow() { return Now(CLOCK_THREAD_CPUTIME_ID); }
std::int64_t WallNow() { return Now(CLOCK_MONOTONIC); }

template <class Value>
Value OrExit(Result<Value> result) {
  if (!result) {
    std::cerr << result.error().message << '\n';
    std::exit(2);
  }
  return std::move(*result);
}

struct PassTimes {
  std::int64_t read_ns = 0;
  std::int64_t match_ns = 0;
  std::uint64_t num_events = 0;
  std::uint64_t num_matches = 0;
};

/// What the block matched: (row, rule) pairs, counted, and gathered as a host would.
std::uint64_t Gather(const Ruleset& ruleset, const Matcher& matcher,
                     std::vector<std::uint32_t>* rules) {
  std::uint64_t num_matches = 0;
  rules->clear();
  for (std::uint32_t rule = 0; rule < ruleset.rules.size(); ++rule) {
    const auto output = ruleset.rules[rule].query;
    if (!output || !matcher.AnyOf(*output)) continue;
    for (const std::uint64_t word : matcher.RowsOf(*output)) {
      num_matches += static_cast<std::uint64_t>(__builtin_popcountll(word));
    }
    rules->push_back(rule);
  }
  return num_matches;
}

/// The whole text again as blocks of 4,096 rows: reader and matcher go on as they are.
PassTimes PassOverBlocks(const Ruleset& ruleset, EventReader& events, Matcher& matcher,
                         std::uint64_t num_wanted) {
  PassTimes times;
  EventBlock block;
  std::vector<std::uint32_t> rules;
  while (times.num_events < num_wanted) {
    const std::int64_t begin = CpuNow();
    if (!OrExit(events.Next(&block))) break;
    const std::int64_t is_read = CpuNow();
    matcher.Match(block.batch);
    times.match_ns += CpuNow() - is_read;
    times.read_ns += is_read - begin;
    times.num_events += block.batch.num_rows;
    times.num_matches += Gather(ruleset, matcher, &rules);
  }
  return times;
}

struct Percentiles {
  std::int64_t p50 = 0;
  std::int64_t p99 = 0;
  std::int64_t p999 = 0;
};

Percentiles PercentilesOf(std::vector<std::int64_t> times) {
  std::ranges::sort(times);
  const auto at = [&times](std::size_t thousandths) {
    return times[std::min(times.size() - 1, times.size() * thousandths / 1000)];
  };
  return {at(500), at(990), at(999)};
}

struct SinglePass {
  Percentiles wall;
  Percentiles cpu;
  std::uint64_t num_matches = 0;
};

/// Event after event as a block of its own.
SinglePass PassOverSingles(const Ruleset& ruleset, EventReader& events, Matcher& matcher,
                           std::size_t num_events) {
  SinglePass pass;
  std::vector<std::int64_t> wall;
  std::vector<std::int64_t> cpu;
  wall.reserve(num_events);
  cpu.reserve(num_events);
  EventBlock block;
  std::vector<std::uint32_t> rules;
  while (wall.size() < num_events) {
    const std::int64_t cpu_begin = CpuNow();
    const std::int64_t begin = WallNow();
    if (!OrExit(events.Next(&block))) break;
    matcher.Match(block.batch);
    pass.num_matches += Gather(ruleset, matcher, &rules);
    wall.push_back(WallNow() - begin);
    cpu.push_back(CpuNow() - cpu_begin);
  }
  if (!wall.empty()) {
    pass.wall = PercentilesOf(std::move(wall));
    pass.cpu = PercentilesOf(std::move(cpu));
  }
  return pass;
}

double PerEvent(std::int64_t ns, std::uint64_t num_events) {
  return static_cast<double>(ns) / static_cast<double>(std::max<std::uint64_t>(num_events, 1));
}

void Print(std::string_view name, const std::vector<double>& values) {
  std::cout << ",\"" << name << "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) std::cout << (i == 0 ? "" : ",") << values[i];
  std::cout << ']';
}

void Print(std::string_view name, const Percentiles& of) {
  std::cout << '"' << name << "\":{\"p50\":" << of.p50 << ",\"p99\":" << of.p99
            << ",\"p999\":" << of.p999 << '}';
}

void MeasureBlocks(const Ruleset& ruleset, const std::string& events, runtime::MatcherOptions made,
                   std::size_t num_passes) {
  const auto matcher = OrExit(Matcher::Make(ruleset.program, made));
  // One reader over the file again and again: its dictionaries, and the matcher's answers, stay.
  EventReader reader =
      OrExit(EventReader::Open(ruleset.columns, std::vector<std::string>(num_passes + 1, events)));
  const std::string text = OrExit(ReadFile(events, kMaxFileBytes));
  const auto num_events = static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
  const PassTimes first = PassOverBlocks(ruleset, reader, *matcher, num_events);
  std::vector<double> match_again;
  std::vector<double> read_again;
  for (std::size_t i = 0; i < num_passes; ++i) {
    const PassTimes pass = PassOverBlocks(ruleset, reader, *matcher, num_events);
    match_again.push_back(PerEvent(pass.match_ns, pass.num_events));
    read_again.push_back(PerEvent(pass.read_ns, pass.num_events));
  }
  std::cout << "{\"events\":" << first.num_events << ",\"matches\":" << first.num_matches
            << ",\"blocks_first\":" << PerEvent(first.match_ns, first.num_events);
  Print("blocks_again", match_again);
  Print("read_again", read_again);
}

void MeasureSingles(const Ruleset& ruleset, const std::string& events, runtime::MatcherOptions made,
                    std::size_t num_passes, std::size_t num_singles) {
  const auto matcher = OrExit(Matcher::Make(ruleset.program, made));
  runtime::EventReaderOptions one_row;
  one_row.max_rows = 1;
  EventReader reader = OrExit(EventReader::Open(
      ruleset.columns, std::vector<std::string>(num_passes + 1, events), one_row));
  std::cout << ",\"single\":[";
  for (std::size_t i = 0; i <= num_passes; ++i) {
    const SinglePass pass = PassOverSingles(ruleset, reader, *matcher, num_singles);
    if (i == 0) continue;  // warms up
    std::cout << (i == 1 ? "{" : ",{");
    Print("wall", pass.wall);
    std::cout << ',';
    Print("cpu", pass.cpu);
    std::cout << ",\"matches\":" << pass.num_matches << '}';
  }
  std::cout << "]}\n";
}

int Run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) {
    std::cerr << "usage: tripline_in_process RULES.trl EVENTS.ndjson interpreter|machine "
                 "[NUM_PASSES [NUM_SINGLE]]\n";
    return 2;
  }
  const std::size_t num_passes = arguments.size() > 4 ? std::stoul(arguments[4]) : 3;
  const std::size_t num_singles = arguments.size() > 5 ? std::stoul(arguments[5]) : 30'000;
  const Ruleset ruleset =
      OrExit(runtime::LoadRuleset(OrExit(ReadFile(arguments[1], kMaxFileBytes))));
  runtime::MatcherOptions made;
  made.code = arguments[3] == "machine" ? runtime::MatcherCode::kMachineCode
                                        : runtime::MatcherCode::kInterpreter;
  MeasureBlocks(ruleset, arguments[2], made, num_passes);
  MeasureSingles(ruleset, arguments[2], made, num_passes, num_singles);
  return 0;
}

}  // namespace
}  // namespace tripline

int main(int argc, char** argv) { return tripline::Run({argv, argv + argc}); }
