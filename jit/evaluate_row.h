// EvaluateRow: one row at a time, one node at a time, nothing clever: the judge of the block-wise
// interpreter and of the machine code.
#pragma once

#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// The truth of every output, given the truth of every leaf for one row. Requires: Verify accepts
/// the Program, and leaf_truth has one entry per leaf.
[[nodiscard]] std::vector<bool> EvaluateRow(const Program& program,
                                            const std::vector<bool>& leaf_truth);

}  // namespace tripline::jit
