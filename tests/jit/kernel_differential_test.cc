// Four evaluators, one answer: row by row (the judge), the interpreter, machine code without and
// with optimisation. Random Programs, few and large because LLVM's time goes by function, over
// random blocks from empty to full.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "jit/engine.h"
#include "jit/evaluate_row.h"
#include "jit/interpreter.h"
#include "jit/program_builder.h"
#include "jit/verify.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

constexpr std::uint32_t kMaxWords = 16;

std::uint32_t Size(const auto& list) { return static_cast<std::uint32_t>(list.size()); }

std::vector<bool> TruthOfRow(const LeafBitmaps& leaves, std::uint32_t num_leaves,
                             std::uint32_t row) {
  std::vector<bool> truth;
  for (LeafIndex leaf = 0; leaf < num_leaves; ++leaf) {
    truth.push_back((leaves.bits()[leaf][row / 64] >> (row % 64) & 1) != 0);
  }
  return truth;
}

/// One Program, and everything that can evaluate it.
class Contest {
 public:
  explicit Contest(Program program)
      : program_(std::move(program)),
        leaves_(Size(program_.leaves), kMaxWords),
        outputs_(Size(program_.outputs), kMaxWords),
        interpreter_(program_),
        scratch_(interpreter_, kMaxWords) {
    for (const OptimizationLevel level : {OptimizationLevel::kNone, OptimizationLevel::kFull}) {
      Result<CompiledKernel> kernel = CompileKernel(program_, {.level = level});
      if (!kernel) {
        ADD_FAILURE() << kernel.error().message;
        continue;
      }
      kernels_.push_back(*std::move(kernel));
    }
  }

  /// Judges every row of one random block; answers how many (output, row) pairs that were.
  std::uint64_t Play(std::mt19937_64& random, const testing::Density& density,
                     std::uint32_t num_words) {
    testing::FillRandomly(random, density, Size(program_.leaves), num_words, leaves_);
    Judge(num_words);
    Begin(num_words);
    interpreter_.Evaluate(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(), num_words,
                          scratch_);
    Compare("the interpreter");
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
      Begin(num_words);
      kernels_[i].function()(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(),
                             num_words);
      Compare(i == 0 ? "machine code, not optimised" : "machine code, optimised");
    }
    return std::uint64_t{num_words} * 64 * program_.outputs.size();
  }

 private:
  void Judge(std::uint32_t num_words) {
    expected_.assign(program_.outputs.size(), std::vector<std::uint64_t>(num_words, 0));
    for (std::uint32_t row = 0; row < num_words * 64; ++row) {
      const std::vector<bool> truth =
          EvaluateRow(program_, TruthOfRow(leaves_, Size(program_.leaves), row));
      for (std::size_t i = 0; i < truth.size(); ++i) {
        expected_[i][row / 64] |= std::uint64_t{truth[i]} << (row % 64);
      }
    }
  }

  /// Dirty memory, so that what an evaluator does not write shows.
  void Begin(std::uint32_t num_words) {
    outputs_.Reset(num_words);
    std::fill_n(outputs_.any(), program_.outputs.size(), 0xAA);
    std::fill_n(outputs_.bits(), program_.outputs.size() * num_words, 0xAAAAAAAAAAAAAAAAU);
  }

  void Compare(const std::string& who) {
    for (OutputIndex i = 0; i < program_.outputs.size(); ++i) {
      const bool is_any =
          std::ranges::any_of(expected_[i], [](std::uint64_t word) { return word != 0; });
      ASSERT_EQ(outputs_.any()[i], is_any ? 1 : 0) << who << ", output " << i;
      if (!is_any) continue;
      ASSERT_TRUE(std::ranges::equal(outputs_.Words(i), expected_[i])) << who << ", output " << i;
    }
  }

  Program program_;
  LeafBitmaps leaves_;
  OutputBitmaps outputs_;
  Interpreter interpreter_;
  Interpreter::Scratch scratch_;
  std::vector<CompiledKernel> kernels_;  // not optimised, optimised
  std::vector<std::vector<std::uint64_t>> expected_;
};

constexpr testing::Density kDensities[] = {
    {.alive_leaves = 1, .set_rows = 0.5},     {.alive_leaves = 1, .set_rows = 0.01},
    {.alive_leaves = 0.3, .set_rows = 0.3},   {.alive_leaves = 0.05, .set_rows = 0.01},
    {.alive_leaves = 0.5, .set_rows = 0.001}, {.alive_leaves = 0, .set_rows = 0}};

TEST(KernelDifferential, AllEvaluatorsAgreeOnAMillionPairsOfOutputAndRow) {
  std::mt19937_64 random(20240229);
  std::uint64_t num_pairs = 0;
  for (const testing::RandomProgramOptions& options :
       {testing::RandomProgramOptions{.num_leaves = 40, .num_nodes = 500, .num_outputs = 200},
        testing::RandomProgramOptions{.num_leaves = 300,
                                      .num_nodes = 800,
                                      .num_outputs = 100,
                                      .max_depth = 3,
                                      .max_operands = 40},
        testing::RandomProgramOptions{.num_leaves = 5, .num_nodes = 60, .num_outputs = 60}}) {
    Contest contest(testing::RandomProgram(random, options));
    for (const testing::Density& density : kDensities) {
      for (const std::uint32_t num_words : {8U, 16U}) {
        num_pairs += contest.Play(random, density, num_words);
        ASSERT_FALSE(HasFatalFailure());
      }
    }
  }
  EXPECT_GE(num_pairs, 1'000'000);
}

TEST(KernelDifferential, LinkedProgramsAnswerLikeTheirParts) {
  std::mt19937_64 random(7);
  std::vector<Program> parts;
  for (int i = 0; i < 5; ++i) {
    parts.push_back(
        testing::RandomProgram(random, {.num_leaves = 10, .num_nodes = 40, .num_outputs = 10}));
  }
  const Program linked = Link(parts);
  ASSERT_TRUE(Verify(linked));

  for (int row = 0; row < 200; ++row) {
    // The parts' leaf i means the same in all of them: the term i on the one field.
    std::vector<bool> truth(10);
    for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = (random() & 1) != 0;
    std::vector<bool> linked_truth;
    for (const Leaf& leaf : linked.leaves) {
      linked_truth.push_back(truth[std::stoul(std::get<Term>(leaf.atoms[0]).value)]);
    }
    std::vector<bool> expected;
    for (const Program& part : parts) {
      const std::vector<bool> answers = EvaluateRow(part, truth);
      expected.insert(expected.end(), answers.begin(), answers.end());
    }
    ASSERT_EQ(EvaluateRow(linked, linked_truth), expected);
  }
  Contest contest(linked);
  for (const testing::Density& density : kDensities) contest.Play(random, density, 8);
}

}  // namespace
}  // namespace tripline::jit
