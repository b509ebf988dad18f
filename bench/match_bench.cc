// Question: what does matching cost, once an event's columns are there?
//
//   tripline_match_bench RULES.trl EVENTS.ndjson [COPIES [EVENTS]]
//
// reads the events into blocks with the desk's own reader and matches every block with the
// interpreter and with machine code: once as a run meets it ("first": new values are decided), and
// five times more ("again": all values are known; the quickest counts). Then it takes events one by
// one, twice the same ones, and tells the quantiles of the second time. With COPIES the rules are
// there so many times, each time with other constants; leaves that ten or more nodes ask for
// ("event.category", "host.os.type") stay the same.
//
// Answer: docs/decisions/014-matching-by-live-leaves.md.
#include <time.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"
#include "jit/program_builder.h"
#include "runtime/json_events.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/ruleset_file.h"

namespace tripline::runtime {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;
constexpr int kTimesAgain = 5;
constexpr std::size_t kSingleBytes = std::size_t{24} << 20U;

double NanosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

/// Of this thread: what else the machine does shows less.
double CpuNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <class T>
T OrExit(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

/// The same question with another constant, which no event is likely to hold.
jit::Atom OtherAtom(jit::Atom atom, std::uint32_t copy) {
  const std::string mark = "~" + std::to_string(copy);
  const auto other = [&](auto& value) {
    using Type = std::remove_reference_t<decltype(value)>;
    if constexpr (std::is_same_v<Type, jit::Term>) {
      value.value += mark;
    } else if constexpr (std::is_same_v<Type, jit::Glob>) {
      const auto longest = std::ranges::max_element(value.pieces, {}, &std::string::size);
      if (!longest->empty()) {
        longest->insert(longest->size() / 2, mark);
      }
    } else if constexpr (std::is_same_v<Type, jit::IntegerRange>) {
      if (value.first == value.last) {
        value.first = value.last = value.first + 1'000'003 * std::int64_t{copy};
      }
    } else if constexpr (std::is_same_v<Type, jit::TextAny> ||
                         std::is_same_v<Type, jit::TextPhrase>) {
      value.tokens.back() += "x" + std::to_string(copy);
    }
  };
  std::visit(other, atom);
  return atom;
}

/// The Program's outputs `copies` times.
jit::Program Multiply(const jit::Program& program, std::uint32_t copies) {
  constexpr int kCommonReferences = 10;
  std::vector<int> num_references(program.leaves.size());
  for (const jit::NodeIndex operand : program.operands) {
    const jit::Node& node = program.nodes[operand];
    num_references[node.op == jit::Op::kLeaf ? node.first : 0] += node.op == jit::Op::kLeaf;
  }
  jit::ProgramBuilder builder;
  for (const jit::Field& field : program.fields) {
    builder.AddField(field);
  }
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    std::vector<jit::NodeIndex> node_of;
    for (const jit::Node& node : program.nodes) {
      std::vector<jit::NodeIndex> operands;
      for (std::uint32_t i = 0; i < node.count; ++i) {
        operands.push_back(node_of[program.operands[node.first + i]]);
      }
      switch (node.op) {
        case jit::Op::kFalse:
        case jit::Op::kTrue:
          node_of.push_back(builder.AddConstant(node.op == jit::Op::kTrue));
          break;
        case jit::Op::kLeaf: {
          jit::Leaf leaf = program.leaves[node.first];
          if (copy != 0 && num_references[node.first] < kCommonReferences) {
            for (jit::Atom& atom : leaf.atoms) {
              atom = OtherAtom(std::move(atom), copy);
            }
          }
          node_of.push_back(builder.AddLeaf(std::move(leaf)));
          break;
        }
        case jit::Op::kNot:
          node_of.push_back(builder.AddNot(node_of[node.first]));
          break;
        case jit::Op::kAnd:
          node_of.push_back(builder.AddAnd(operands));
          break;
        case jit::Op::kOr:
          node_of.push_back(builder.AddOr(operands));
          break;
      }
    }
    for (const jit::NodeIndex root : program.outputs) {
      builder.AddOutput(node_of[root]);
    }
  }
  return builder.Take();
}

std::uint64_t CountMatches(const Matcher& matcher, std::uint32_t num_outputs) {
  std::uint64_t count = 0;
  for (jit::OutputIndex output = 0; output < num_outputs; ++output) {
    if (matcher.AnyOf(output)) {
      for (const std::uint64_t word : matcher.RowsOf(output)) {
        count += static_cast<std::uint64_t>(std::popcount(word));
      }
    }
  }
  return count;
}

struct Contestant {
  const char* name;
  std::unique_ptr<Matcher> matcher;
  double first_ns = 0;
  double again_ns = 0;
  std::uint64_t num_matches = 0;
};

std::vector<Contestant> MakeContestants(const jit::Program& program) {
  std::vector<Contestant> contestants;
  const std::pair<const char*, MatcherCode> kinds[] = {{"interpreter", MatcherCode::kInterpreter},
                                                       {"machine code", MatcherCode::kMachineCode}};
  for (const auto& [name, code] : kinds) {
    const auto begin = Clock::now();
    contestants.push_back({name, OrExit(Matcher::Make(program, {.code = code}))});
    std::printf("%-13s made in %.0f ms\n", name, NanosecondsSince(begin) / 1e6);
  }
  return contestants;
}

void MeasureBlocks(const jit::Program& program, const std::vector<jit::Field>& columns,
                   const char* events, std::uint64_t max_events) {
  std::vector<Contestant> contestants = MakeContestants(program);
  EventReader reader = OrExit(EventReader::Open(columns, {events}));
  EventBlock block;
  double read_ns = 0;
  std::uint64_t num_events = 0;
  while (num_events < max_events) {
    const double begin = CpuNanoseconds();
    if (!OrExit(reader.Next(&block))) break;
    read_ns += CpuNanoseconds() - begin;
    num_events += block.batch.num_rows;
    for (Contestant& contestant : contestants) {
      double least = std::numeric_limits<double>::max();
      for (int time = 0; time <= kTimesAgain; ++time) {
        const double start = CpuNanoseconds();
        contestant.matcher->Match(block.batch);
        const double spent = CpuNanoseconds() - start;
        if (time == 0) {
          contestant.first_ns += spent;
        } else {
          least = std::min(least, spent);
        }
      }
      contestant.again_ns += least;
      contestant.num_matches +=
          CountMatches(*contestant.matcher, static_cast<std::uint32_t>(program.outputs.size()));
    }
  }
  const auto events_read = static_cast<double>(num_events);
  std::printf("%zu rules, %zu leaves, %llu events; reading %.0f ns an event\n",
              program.outputs.size(), program.leaves.size(),
              static_cast<unsigned long long>(num_events), read_ns / events_read);
  for (const Contestant& contestant : contestants) {
    std::printf("%-13s first %.1f ns, again %.1f ns an event, %llu matches, %llu uncached\n",
                contestant.name, contestant.first_ns / events_read,
                contestant.again_ns / events_read,
                static_cast<unsigned long long>(contestant.num_matches),
                static_cast<unsigned long long>(contestant.matcher->num_uncached()));
  }
}

void SayQuantiles(const char* what, std::vector<double> times) {
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))] / 1000;
  };
  std::printf("  %-22s p50 %.2f  p99 %.2f  p99.9 %.2f  most %.1f us\n", what, at(0.5), at(0.99),
              at(0.999), at(1));
}

void MeasureSingles(const jit::Program& program, const std::vector<jit::Field>& columns,
                    const std::string& text) {
  for (Contestant& contestant : MakeContestants(program)) {
    EventReader reader = OrExit(EventReader::OverText(columns, text, {.max_rows = 1}));
    EventBlock block;
    std::vector<double> read;
    std::vector<double> match;
    std::vector<double> both;
    for (;;) {
      const auto begin = Clock::now();
      if (!OrExit(reader.Next(&block))) break;
      const auto between = Clock::now();
      contestant.matcher->Match(block.batch);
      const auto end = Clock::now();
      read.push_back(std::chrono::duration<double, std::nano>(between - begin).count());
      match.push_back(std::chrono::duration<double, std::nano>(end - between).count());
      both.push_back(std::chrono::duration<double, std::nano>(end - begin).count());
    }
    const auto second_half = [](std::vector<double>& times) {
      times.erase(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
    };
    second_half(read);
    second_half(match);
    second_half(both);
    std::printf("one event at a time, %s, %zu events\n", contestant.name, both.size());
    SayQuantiles("reading", std::move(read));
    SayQuantiles("matching", std::move(match));
    SayQuantiles("reading and matching", std::move(both));
  }
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s RULES.trl EVENTS.ndjson [COPIES [EVENTS]]\n", argv[0]);
    return 2;
  }
  const Ruleset ruleset = OrExit(LoadRuleset(OrExit(ReadFile(argv[1], kMaxRulesetBytes))));
  const std::uint32_t copies = argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 1;
  const std::uint64_t max_events = argc > 4 ? static_cast<std::uint64_t>(std::atoll(argv[4]))
                                            : std::numeric_limits<std::uint64_t>::max();
  const jit::Program program = copies > 1 ? Multiply(ruleset.program, copies) : ruleset.program;
  MeasureBlocks(program, ruleset.columns, argv[2], max_events);
  std::string text = OrExit(ReadFile(argv[2], kMaxRulesetBytes));
  text.resize(text.rfind('\n', std::min(kSingleBytes, text.size() - 1)) + 1);
  MeasureSingles(program, ruleset.columns, text + text);
  return 0;
}

}  // namespace
}  // namespace tripline::runtime

int main(int argc, char** argv) { return tripline::runtime::Main(argc, argv); }
