// Question: what does machine code bring over the interpreter, for the step from leaf bitmaps to
// output bitmaps?
//
// Answer, on one core of an AMD EPYC (2.6 GHz, AVX-512, 1 MiB L2), g++ 12 -O2, LLVM 19, least of
// five runs, CPU time in ns per row; "alive" is the share of rare leaves that have a row in the
// block:
//
//   the published corpus: 587 queries, 1,715 leaves, 2,863 nodes
//   rows a block          512                   2,048                 4,096
//   alive                 1 %   10 %  100 %     1 %   10 %  100 %     1 %   10 %  100 %
//   interpreter           8.1   10.2  62.5      2.1   2.8   23.0      1.1   1.6   19.9
//   machine code, O0      1.8   2.2   7.6       0.64  1.0   9.9       0.50  0.70  8.4
//   machine code, O2      0.77  1.1   5.2       0.30  0.49  6.9       0.20  0.34  5.4
//
//   a synthetic ruleset of twice the size: 727 queries, 4,464 leaves, 6,574 nodes
//   interpreter           14.9  23.5  111       3.9   7.2   45.5      2.3   4.7   41.0
//   machine code, O2      2.7   3.2   12.2      0.65  1.3   12.4      0.69  1.9   16.7
//
//   making it             corpus: interpreter 0.45 ms, O0 0.33 s, O2 0.58 s, loading 0.5 ms
//
// (The machine was busy with other work, more so for the last row of figures; 512-bit vectors made
// no difference that showed through that.) So machine code is 4 to 12 times as fast, and saves
// about 1 ns of a row's way at the blocks that the desk uses, where parsing takes 600: O2 pays for
// itself after some 500 million rows. docs/decisions/001-machine-code.md says what follows.
//
// TRIPLINE_BENCH_PROGRAM=FILE measures the Program in FILE (Serialize's bytes) instead of the
// synthetic one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "jit/engine.h"
#include "jit/interpreter.h"
#include "jit/program_builder.h"
#include "jit/program_bytes.h"

namespace tripline::jit {
namespace {

constexpr std::uint32_t kNumRules = 727;
constexpr std::uint32_t kNumRulesWithNot = 279;
constexpr std::uint32_t kNumLeaves = 6409;
constexpr std::uint32_t kNumCommonLeaves = 40;  // event.category, host.os.type and their like
constexpr std::uint32_t kLargestRule = 357;
constexpr std::uint32_t kNumBlocks = 4;  // taken in turn, so that no branch is learnt by heart

std::uint32_t Size(const auto& list) { return static_cast<std::uint32_t>(list.size()); }

/// Rules with the published corpus' figures: each asks for one or two common leaves, and for
/// alternatives of rare ones, and excludes some.
class SyntheticRules {
 public:
  Program Make() {
    field_ = builder_.AddField({.name = "field"});
    for (std::uint32_t rule = 0; rule < kNumRules; ++rule) {
      // Median 6, mean about 9, one of 357.
      const double draw = std::exponential_distribution(1.0 / 5)(random_);
      std::uint32_t num_leaves = std::min(3 + static_cast<std::uint32_t>(draw), 60U);
      if (rule == kNumRules / 2) num_leaves = kLargestRule;
      builder_.AddOutput(Rule(num_leaves, rule * kNumRulesWithNot % kNumRules < kNumRulesWithNot));
    }
    return builder_.Take();
  }

 private:
  NodeIndex LeafNumber(std::uint32_t number) {
    return builder_.AddLeaf({.field = field_, .atoms = {Term{std::to_string(number)}}});
  }
  NodeIndex Common() {
    return LeafNumber(static_cast<std::uint32_t>(random_() % kNumCommonLeaves));
  }
  NodeIndex Rare() {
    next_rare_ = (next_rare_ + 1) % (kNumLeaves - kNumCommonLeaves);
    return LeafNumber(kNumCommonLeaves + next_rare_);
  }
  NodeIndex Alternatives(std::uint32_t count) {
    std::vector<NodeIndex> operands;
    for (std::uint32_t i = 0; i < count; ++i) operands.push_back(Rare());
    return builder_.AddOr(operands);
  }
  NodeIndex Rule(std::uint32_t num_leaves, bool has_not) {
    std::vector<NodeIndex> operands{Common(), Common()};
    std::uint32_t left = num_leaves - 2;
    if (has_not) {
      const std::uint32_t num_excluded = std::max(1U, left / 3);
      operands.push_back(builder_.AddNot(Alternatives(num_excluded)));
      left -= std::min(left, num_excluded);
    }
    while (left > 0) {
      const std::uint32_t count = std::min(left, 1 + static_cast<std::uint32_t>(random_() % 6));
      operands.push_back(Alternatives(count));
      left -= count;
    }
    return builder_.AddAnd(operands);
  }

  std::mt19937_64 random_{727};
  ProgramBuilder builder_;
  FieldIndex field_ = 0;
  std::uint32_t next_rare_ = 0;
};

/// The Program of TRIPLINE_BENCH_PROGRAM (a file of Serialize's bytes), else the synthetic one.
const Program& TheProgram() {
  static const Program program = [] {
    const char* const path = std::getenv("TRIPLINE_BENCH_PROGRAM");
    if (path == nullptr) return SyntheticRules().Make();
    const Result<std::string> bytes = ReadFile(path, std::uint64_t{1} << 30U);
    const Result<Program> read = bytes ? Deserialize(*bytes) : std::unexpected(bytes.error());
    if (!read) {
      std::fprintf(stderr, "%s\n", read.error().message.c_str());
      std::exit(2);
    }
    return *read;
  }();
  return program;
}

/// True for leaves that many nodes refer to: "the event is of a process on Windows" and its like,
/// which some row of every block satisfies.
std::vector<bool> FindCommonLeaves(const Program& program) {
  constexpr int kCommonReferences = 10;
  std::vector<int> num_references(program.leaves.size());
  for (const NodeIndex operand : program.operands) {
    const Node& node = program.nodes[operand];
    if (node.op == Op::kLeaf) ++num_references[node.first];
  }
  std::vector<bool> is_common;
  for (const int count : num_references) is_common.push_back(count >= kCommonReferences);
  return is_common;
}

/// Blocks in which the common leaves hold for half of the rows, and `alive_percent` of the others
/// have rows: half of those one row in 1,000, the rest one in 50.
std::deque<LeafBitmaps> MakeBlocks(std::uint32_t num_words, std::uint32_t alive_percent) {
  std::mt19937_64 random(alive_percent);
  const std::vector<bool> is_common = FindCommonLeaves(TheProgram());
  const std::uint32_t num_rows = num_words * 64;
  std::deque<LeafBitmaps> blocks;
  for (std::uint32_t i = 0; i < kNumBlocks; ++i) {
    LeafBitmaps& leaves = blocks.emplace_back(Size(is_common), num_words);
    leaves.Reset(num_words);
    for (LeafIndex leaf = 0; leaf < is_common.size(); ++leaf) {
      if (!is_common[leaf] && random() % 100 >= alive_percent) continue;
      const std::uint32_t num_set = is_common[leaf]     ? num_rows / 2
                                    : random() % 2 == 0 ? 1 + num_rows / 1000
                                                        : num_rows / 50;
      for (std::uint32_t j = 0; j < num_set; ++j) {
        leaves.Set(leaf, static_cast<std::uint32_t>(random() % num_rows));
      }
    }
  }
  return blocks;
}

void Report(benchmark::State& state, std::uint32_t num_rows, OutputBitmaps& outputs) {
  state.counters["per_row"] = benchmark::Counter(
      static_cast<double>(num_rows),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  const auto num_alive = std::count(outputs.any(), outputs.any() + TheProgram().outputs.size(), 1);
  state.counters["outputs_alive"] = static_cast<double>(num_alive);
}

/// `evaluate(leaves, outputs)` for block after block.
template <class Evaluate>
void RunBlocks(benchmark::State& state, const Evaluate& evaluate) {
  const auto num_rows = static_cast<std::uint32_t>(state.range(0));
  const std::uint32_t num_words = num_rows / 64;
  std::deque<LeafBitmaps> blocks =
      MakeBlocks(num_words, static_cast<std::uint32_t>(state.range(1)));
  OutputBitmaps outputs(Size(TheProgram().outputs), num_words);
  outputs.Reset(num_words);
  std::size_t next = 0;
  for (auto _ : state) {
    evaluate(blocks[next++ % kNumBlocks], outputs);
    benchmark::ClobberMemory();
  }
  Report(state, num_rows, outputs);
}

void RunInterpreter(benchmark::State& state) {
  const Interpreter interpreter(TheProgram());
  Interpreter::Scratch scratch(interpreter, static_cast<std::uint32_t>(state.range(0)) / 64);
  RunBlocks(state, [&](const LeafBitmaps& leaves, OutputBitmaps& outputs) {
    interpreter.Evaluate(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(),
                         leaves.num_words(), scratch);
  });
}

/// Made once: google-benchmark calls a benchmark several times to find its number of iterations.
const Result<CompiledKernel>& KernelFor(OptimizationLevel level, std::uint32_t vector_bits) {
  static std::map<std::pair<OptimizationLevel, std::uint32_t>, Result<CompiledKernel>> kernels;
  const auto key = std::pair(level, vector_bits);
  auto at = kernels.find(key);
  if (at == kernels.end()) {
    at =
        kernels
            .emplace(key, CompileKernel(TheProgram(), {.level = level, .vector_bits = vector_bits}))
            .first;
  }
  return at->second;
}

void RunMachineCode(benchmark::State& state, OptimizationLevel level, std::uint32_t vector_bits) {
  const Result<CompiledKernel>& kernel = KernelFor(level, vector_bits);
  if (!kernel) {
    state.SkipWithError(kernel.error().message.c_str());
    return;
  }
  RunBlocks(state, [&](const LeafBitmaps& leaves, OutputBitmaps& outputs) {
    kernel->function()(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(),
                       leaves.num_words());
  });
}

void MakeInterpreter(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(Interpreter(TheProgram()));
  }
  state.counters["leaves"] = static_cast<double>(TheProgram().leaves.size());
  state.counters["nodes"] = static_cast<double>(TheProgram().nodes.size());
  state.counters["outputs"] = static_cast<double>(TheProgram().outputs.size());
}

void MakeMachineCode(benchmark::State& state, OptimizationLevel level) {
  std::size_t num_bytes = 0;
  for (auto _ : state) {
    const Result<std::string> object = CompileToObject(TheProgram(), {.level = level});
    if (!object) {
      state.SkipWithError(object.error().message.c_str());
      return;
    }
    num_bytes = object->size();
  }
  state.counters["object_bytes"] = static_cast<double>(num_bytes);
}

void LoadMachineCode(benchmark::State& state) {
  const Result<std::string> object = CompileToObject(TheProgram());
  for (auto _ : state) {
    benchmark::DoNotOptimize(LoadObject(*object));
  }
}

/// Five runs each; their least is what the code needs, the rest is what else the machine did.
void Repeat(benchmark::internal::Benchmark* benchmark) {
  benchmark->Repetitions(5)->ReportAggregatesOnly()->ComputeStatistics(
      "min", [](const std::vector<double>& runs) { return *std::ranges::min_element(runs); });
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "alive%"})->ArgsProduct({{512, 2048, 4096}, {1, 10, 100}});
  Repeat(benchmark);
}

void Milliseconds(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
  Repeat(benchmark);
}

BENCHMARK(RunInterpreter)->Apply(Sizes);
BENCHMARK_CAPTURE(RunMachineCode, O0, OptimizationLevel::kNone, 256)->Apply(Sizes);
BENCHMARK_CAPTURE(RunMachineCode, O2, OptimizationLevel::kFull, 256)->Apply(Sizes);
BENCHMARK_CAPTURE(RunMachineCode, O2_512_bits, OptimizationLevel::kFull, 512)->Apply(Sizes);
BENCHMARK(MakeInterpreter)->Apply(Milliseconds);
BENCHMARK_CAPTURE(MakeMachineCode, O0, OptimizationLevel::kNone)->Apply(Milliseconds);
BENCHMARK_CAPTURE(MakeMachineCode, O2, OptimizationLevel::kFull)->Apply(Milliseconds);
BENCHMARK(LoadMachineCode)->Apply(Milliseconds);

}  // namespace
}  // namespace tripline::jit

BENCHMARK_MAIN();
