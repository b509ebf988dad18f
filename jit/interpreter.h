// Interpreter: evaluates a Program block by block without generated code. It is the slow twin of
// jit/engine.h, and what runs until machine code is ready or where there is none.
//
//   const Interpreter interpreter(program);          // once
//   Interpreter::Scratch scratch(interpreter, max_words);   // one per thread
//   interpreter.Evaluate(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(), num_words,
//                        scratch);
//
// The interpreter keeps nothing of the Program alive and is constant once made: any number of
// threads may evaluate, each with a Scratch of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "jit/block_bits.h"
#include "jit/kernel.h"
#include "jit/program.h"

namespace tripline::jit {

class Interpreter {
 public:
  /// Requires: Verify accepts the Program.
  explicit Interpreter(const Program& program);

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// Memory for one evaluation at a time.
  class Scratch {
   public:
    /// For blocks of at most `max_words` words. Errors: throws std::bad_alloc.
    Scratch(const Interpreter& interpreter, std::uint32_t max_words);

   private:
    friend class Interpreter;
    std::uint32_t max_words_;
    AlignedWords ones_;                          // the bitmap of "every row"
    AlignedWords slots_;                         // num_slots_ bitmaps of max_words
    std::vector<const std::uint64_t*> results_;  // per step; null is "no row"
    // Between evaluations no bit of these is set.
    std::vector<std::uint64_t> is_needed_;  // bit per step: by an output that may have a row
    std::vector<std::uint64_t> is_awake_;   // bit per delivery: its output may have a row
    std::vector<std::uint32_t> to_visit_;   // steps whose operands are not yet looked at
  };

  /// As KernelFunction says. Requires num_words <= the scratch's max_words.
  void Evaluate(const std::uint64_t* const* leaf_bits, const std::uint8_t* leaf_any,
                std::uint64_t* output_bits, std::uint8_t* output_any, std::uint32_t num_words,
                Scratch& scratch) const noexcept;

 private:
  /// What an operand is: a leaf or the result of an earlier step.
  struct Operand {
    bool is_leaf = false;
    std::uint32_t index = 0;
  };
  /// A node that has something to compute: constant, not, and, or.
  struct Step {
    Op op = Op::kFalse;
    std::uint32_t first = 0;  // into operands_
    std::uint32_t count = 0;
    std::uint32_t slot = 0;  // where the result goes; free again after the last step that reads it
  };
  /// Output `output` is done once the first `num_steps` steps are.
  struct Delivery {
    std::uint32_t num_steps = 0;
    OutputIndex output = 0;
    Operand result;
    std::uint32_t first_guard_leaf = 0;  // into guard_leaves_
    std::uint32_t num_guard_leaves = 0;  // 0: it is always awake
  };
  /// A leaf of a guard's clause (jit/guards.h), and whether it is the clause's last.
  struct GuardLeaf {
    LeafIndex leaf = 0;
    bool ends_clause = false;
  };

  std::vector<Operand> AddSteps(const Program& program);
  void AddDeliveries(const Program& program, const std::vector<Operand>& operand_of);
  void AddWakers(std::size_t num_leaves);
  void AssignSlots();
  [[nodiscard]] std::span<const GuardLeaf> RarestClause(
      const Delivery& delivery, std::span<const std::uint32_t> num_guards) const;
  bool MayMatch(const Delivery& delivery, const std::uint8_t* leaf_any) const noexcept;
  void Wake(const std::uint8_t* leaf_any, Scratch& scratch) const noexcept;
  void Need(std::uint32_t step, Scratch& scratch) const noexcept;
  /// An operand's bitmap, or null if no row is in it.
  static const std::uint64_t* Value(const Operand& operand, const std::uint64_t* const* leaf_bits,
                                    const std::uint8_t* leaf_any, const Scratch& scratch) noexcept;
  const std::uint64_t* RunStep(const Step& step, const std::uint64_t* const* leaf_bits,
                               const std::uint8_t* leaf_any, std::uint32_t num_words,
                               const Scratch& scratch) const noexcept;

  std::uint32_t num_outputs_ = 0;
  std::vector<Step> steps_;
  std::vector<Operand> operands_;
  std::vector<Delivery> deliveries_;           // by num_steps
  std::vector<std::uint32_t> first_delivery_;  // by number of steps done; one more at the end
  std::vector<GuardLeaf> guard_leaves_;
  std::vector<std::uint32_t> unguarded_;  // deliveries
  // The deliveries that leaf l wakes: woken_[first_woken_[l] .. first_woken_[l + 1]).
  std::vector<std::uint32_t> first_woken_;
  std::vector<std::uint32_t> woken_;
  std::uint32_t num_slots_ = 0;
};

}  // namespace tripline::jit
