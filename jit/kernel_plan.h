// KernelPlan: how a Program is cut into functions for the code generator. It decides what is worth
// deciding without knowing LLVM: which outputs share a function, which subexpressions are computed
// once, and what must be alive for an output to be worth looking at.
//
//   Program -PlanKernel-> KernelPlan -EmitLlvm-> module
//
// A chunk is one function. It computes its shared parts first, then one part per output, and skips
// every part whose users' guards say that no row can be true. Nodes that two chunks need are
// computed in both: the price of functions that LLVM compiles in linear time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "jit/guards.h"
#include "jit/program.h"

namespace tripline::jit {

struct PlanOptions {
  /// Outputs of one function, at most 64 (their guards are the bits of one word). A function whose
  /// outputs are all asleep costs its guards only; more than this, and one awake output makes too
  /// many others be looked at.
  std::uint32_t max_outputs = 32;
  /// Operands of one function.
  std::uint32_t max_operands = 1024;
  /// Operands of one output, which is never split: with larger ones, rules stay with the
  /// interpreter. LLVM needs quadratic time for a block of code: 0.4 s for 1,000 operands, 6 to 9 s
  /// for 4,000. The published corpus has 357 in its largest rule.
  std::uint32_t max_operands_per_output = 2048;
  /// Operands of all functions together: the published corpus has 3,835, and each takes about 0.2
  /// ms and 2 KiB to compile.
  std::uint32_t max_total_operands = 1U << 18;
};

/// Nodes computed together, in their order; leaves, constants and other parts are not among them.
struct Part {
  NodeIndex result = 0;
  std::vector<NodeIndex> nodes;
  std::uint64_t users = 0;  // bit i: needed by the chunk's output i
};

struct Chunk {
  OutputIndex first_output = 0;
  std::vector<Guard> guards;  // per output
  std::vector<Part> shared;   // each needs earlier ones at most
  std::vector<Part> outputs;  // per output
  std::uint32_t num_operands = 0;
};

struct KernelPlan {
  std::vector<Chunk> chunks;
  std::uint64_t num_operands = 0;  // of all chunks: the measure of the code's size
};

/// Requires: Verify accepts the Program. Errors: kLimit, kUsage (options out of range).
[[nodiscard]] Result<KernelPlan> PlanKernel(const Program& program,
                                            const PlanOptions& options = {});

}  // namespace tripline::jit
