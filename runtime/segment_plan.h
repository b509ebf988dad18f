// SegmentPlan: how a ruleset is matched over events that a search index holds. An index gives some
// leaves as bitmaps of rows for little money (their terms' postings), while a column costs per row
// that is read. So the cheap leaves come first, and columns are read for the rows that some rule
// can still match:
//
//   SegmentPlan  which leaves are given, which are read from columns, which no row can have
//   RowFinder    a block's given leaves -> per field the rows whose values are needed
//   Matcher      the given leaves and those rows' values -> the rules' rows
//
// A plan is immutable and serves any number of threads; a RowFinder is one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "jit/block_bits.h"
#include "jit/interpreter.h"
#include "jit/program.h"
#include "jit/relax.h"
#include "runtime/batch.h"

namespace tripline::runtime {

class SegmentPlan {
 public:
  /// `knowledge` has an entry per leaf: kKnown leaves will be given with each block, kUnknown ones
  /// are read from their columns. `wanted` has a byte per output, zero for those that nobody asks
  /// for; empty: all are. `program` is only looked at. Errors: kUsage (another number of entries),
  /// kLimit (no memory). Requires: Verify accepts the Program.
  [[nodiscard]] static Result<std::shared_ptr<const SegmentPlan>> Make(
      const jit::Program& program, std::span<const jit::Knowledge> knowledge,
      std::span<const std::uint8_t> wanted = {});

  /// False if no row of the segment can make the output true, or nobody asks for it.
  [[nodiscard]] bool IsAlive(jit::OutputIndex output) const { return is_alive_[output]; }
  [[nodiscard]] std::uint32_t num_alive() const { return num_alive_; }
  /// The fields of which some output that is alive has leaves to read, rising.
  [[nodiscard]] std::span<const jit::FieldIndex> columns() const { return columns_; }
  /// The kKnown leaves that some output that is alive has, rising: the others need not be given.
  [[nodiscard]] std::span<const jit::LeafIndex> given_leaves() const { return given_leaves_; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  friend class RowFinder;
  explicit SegmentPlan(const jit::Program& relaxed);

  jit::Interpreter interpreter_;
  std::uint32_t num_leaves_;
  std::uint32_t num_outputs_;
  std::vector<bool> is_alive_;
  std::uint32_t num_alive_ = 0;
  std::vector<jit::FieldIndex> columns_;
  std::vector<jit::LeafIndex> given_leaves_;
  /// Per output: places in columns_.
  std::vector<std::vector<std::uint32_t>> columns_of_;
};

class RowFinder {
 public:
  /// For plans of one Program. Errors: throws std::bad_alloc.
  RowFinder(std::uint32_t num_leaves, std::uint32_t num_outputs);

  /// The plan of the blocks to come. Errors: throws std::bad_alloc. Requires a plan of the Program.
  void Use(std::shared_ptr<const SegmentPlan> plan);
  /// Null before the first Use.
  [[nodiscard]] const SegmentPlan* plan() const { return plan_.get(); }

  /// Finds the rows of a block that may matter. `given` has the rows of kKnown leaves (what is not
  /// there is false); `eligible` are the rows that count, none: all of them. Requires a plan,
  /// bitmaps of WordsFor(num_rows) words, leaves that exist and at most kMaxBlockRows rows.
  void Find(std::uint32_t num_rows, std::span<const LeafRows> given,
            std::span<const std::uint64_t> eligible);

  /// The rows whose values of plan.columns()[i] are needed; empty: none.
  [[nodiscard]] std::span<const std::uint64_t> RowsOf(std::size_t i) const;
  /// True if any rule may match any row.
  [[nodiscard]] bool is_any() const { return is_any_; }

 private:
  std::shared_ptr<const SegmentPlan> plan_;
  jit::LeafBitmaps leaves_;
  jit::OutputBitmaps outputs_;
  std::optional<jit::Interpreter::Scratch> scratch_;
  std::vector<std::uint64_t> rows_;    // per column of the plan
  std::vector<std::uint8_t> is_read_;  // per column of the plan
  std::uint32_t num_words_ = 0;
  bool is_any_ = false;
};

}  // namespace tripline::runtime
