// Random Programs and random leaf bitmaps for tests and benchmarks that compare evaluators.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "jit/block_bits.h"
#include "jit/program.h"

namespace tripline::testing {

struct RandomProgramOptions {
  std::uint32_t num_leaves = 100;
  std::uint32_t num_nodes = 1000;
  std::uint32_t num_outputs = 100;
  std::uint32_t max_depth = 6;
  std::uint32_t max_operands = 5;
};

/// A Program that Verify accepts and no builder simplified: constants, repeated operands, double
/// negation and shared nodes all occur.
inline jit::Program RandomProgram(std::mt19937_64& random, const RandomProgramOptions& options) {
  const auto below = [&random](std::size_t end) {
    return static_cast<std::uint32_t>(
        std::uniform_int_distribution<std::size_t>(0, end - 1)(random));
  };
  jit::Program program;
  program.fields.push_back({.name = "field"});
  for (std::uint32_t i = 0; i < options.num_leaves; ++i) {
    program.leaves.push_back({.field = 0, .atoms = {jit::Term{std::to_string(i)}}});
  }
  std::vector<std::uint32_t> depths;
  std::vector<jit::NodeIndex> shallow;  // nodes that may be operands
  for (std::uint32_t i = 0; i < options.num_nodes; ++i) {
    jit::Node node;
    std::uint32_t depth = 0;
    const std::uint32_t choice = shallow.empty() ? below(8) : below(20);
    if (choice == 0) {
      node.op = below(2) == 0 ? jit::Op::kFalse : jit::Op::kTrue;
    } else if (choice < 8) {
      node = {.op = jit::Op::kLeaf, .first = below(options.num_leaves)};
    } else if (choice < 11) {
      node = {.op = jit::Op::kNot, .first = shallow[below(shallow.size())]};
      depth = depths[node.first] + 1;
    } else {
      node.op = choice < 16 ? jit::Op::kAnd : jit::Op::kOr;
      node.first = static_cast<std::uint32_t>(program.operands.size());
      node.count = 2 + below(options.max_operands - 1);
      for (std::uint32_t j = 0; j < node.count; ++j) {
        program.operands.push_back(shallow[below(shallow.size())]);
        depth = std::max(depth, depths[program.operands.back()] + 1);
      }
    }
    program.nodes.push_back(node);
    depths.push_back(depth);
    if (depth < options.max_depth) shallow.push_back(i);
  }
  for (std::uint32_t i = 0; i < options.num_outputs; ++i) {
    program.outputs.push_back(below(program.nodes.size()));
  }
  return program;
}

/// How full random leaf bitmaps are.
struct Density {
  double alive_leaves = 1;  // share of leaves with any bit
  double set_rows = 0.5;    // share of rows that are set in a leaf that is alive
};

/// Starts a block of `num_words` words and sets random bits.
inline void FillRandomly(std::mt19937_64& random, const Density& density, std::uint32_t num_leaves,
                         std::uint32_t num_words, jit::LeafBitmaps& leaves) {
  std::bernoulli_distribution is_alive(density.alive_leaves);
  std::bernoulli_distribution is_set(density.set_rows);
  leaves.Reset(num_words);
  for (jit::LeafIndex leaf = 0; leaf < num_leaves; ++leaf) {
    if (!is_alive(random)) continue;
    for (std::uint32_t row = 0; row < num_words * 64; ++row) {
      if (is_set(random)) leaves.Set(leaf, row);
    }
  }
}

}  // namespace tripline::testing
