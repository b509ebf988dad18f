// The Program's nodes become steps once: leaves and the order of outputs are resolved, and each
// step gets a slot of scratch that is free again after the last step that reads it, so that a
// block's working set stays in the first-level cache. Per block, guards tell which outputs may have
// a row, one backward loop marks the steps that they need, and one forward loop runs those; a null
// result stands for "no row", and most steps end there without touching a word.
#include "jit/interpreter.h"

#include <algorithm>
#include <utility>

#include "jit/guards.h"

namespace tripline::jit {
namespace {

/// The words of a slice as one value that both compilers hold in registers, however many of the
/// machine's vectors that takes (with a loop over words g++ 12 does not).
using Slice [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;
static_assert(sizeof(Slice) == kSliceWords * sizeof(std::uint64_t));

/// Whether a bit is set; looks no further than the first slice that has one.
bool HasBit(const std::uint64_t* words, std::uint32_t num_words) noexcept {
  for (std::uint32_t at = 0; at < num_words; at += kSliceWords) {
    std::uint64_t slice = 0;
    for (std::uint32_t w = 0; w < kSliceWords; ++w) slice |= words[at + w];
    if (slice != 0) return true;
  }
  return false;
}

/// dst = combine(a, b) for all words. `dst` may be `a` or `b`.
template <class Combine>
void CombineInto(std::uint64_t* dst, const std::uint64_t* a, const std::uint64_t* b,
                 std::uint32_t num_words, Combine combine) noexcept {
  for (std::uint32_t at = 0; at < num_words; at += kSliceWords) {
    Slice x = *reinterpret_cast<const Slice*>(a + at);
    combine(x, *reinterpret_cast<const Slice*>(b + at));
    *reinterpret_cast<Slice*>(dst + at) = x;
  }
}

constexpr auto kBoth = [](Slice& a, const Slice& b) { a &= b; };
constexpr auto kEither = [](Slice& a, const Slice& b) { a |= b; };
constexpr auto kNeither = [](Slice& a, const Slice& b) { a = ~(a | b); };

}  // namespace

Interpreter::Interpreter(const Program& program) {
  AddDeliveries(program, AddSteps(program));
  AssignSlots();
}

std::size_t Interpreter::memory_bytes() const noexcept {
  return steps_.capacity() * sizeof(Step) + operands_.capacity() * sizeof(Operand) +
         deliveries_.capacity() * sizeof(Delivery) + guard_leaves_.capacity() * sizeof(GuardLeaf);
}

std::vector<Interpreter::Operand> Interpreter::AddSteps(const Program& program) {
  std::vector<Operand> operand_of;  // per node
  operand_of.reserve(program.nodes.size());
  for (const Node& node : program.nodes) {
    if (node.op == Op::kLeaf) {
      operand_of.push_back({.is_leaf = true, .index = node.first});
      continue;
    }
    Step step{.op = node.op, .first = static_cast<std::uint32_t>(operands_.size())};
    if (node.op == Op::kNot) operands_.push_back(operand_of[node.first]);
    for (std::uint32_t i = 0; i < node.count; ++i) {
      operands_.push_back(operand_of[program.operands[node.first + i]]);
    }
    step.count = static_cast<std::uint32_t>(operands_.size()) - step.first;
    operand_of.push_back({.is_leaf = false, .index = static_cast<std::uint32_t>(steps_.size())});
    steps_.push_back(step);
  }
  return operand_of;
}

void Interpreter::AddDeliveries(const Program& program, const std::vector<Operand>& operand_of) {
  const std::vector<Guard> guards = FindGuards(program);
  for (OutputIndex output = 0; output < program.outputs.size(); ++output) {
    const Operand result = operand_of[program.outputs[output]];
    const auto first = static_cast<std::uint32_t>(guard_leaves_.size());
    for (const std::vector<LeafIndex>& clause : guards[program.outputs[output]].clauses) {
      for (const LeafIndex leaf : clause) guard_leaves_.push_back({.leaf = leaf});
      guard_leaves_.back().ends_clause = true;
    }
    deliveries_.push_back(
        {.num_steps = result.is_leaf ? 0 : result.index + 1,
         .output = output,
         .result = result,
         .first_guard_leaf = first,
         .num_guard_leaves = static_cast<std::uint32_t>(guard_leaves_.size()) - first});
  }
  std::ranges::sort(deliveries_, {}, [](const Delivery& delivery) {
    return std::pair(delivery.num_steps, delivery.output);
  });
}

void Interpreter::AssignSlots() {
  std::vector<std::uint32_t> last_reader(steps_.size());
  for (std::uint32_t i = 0; i < steps_.size(); ++i) {
    last_reader[i] = i;
    for (std::uint32_t j = 0; j < steps_[i].count; ++j) {
      const Operand& operand = operands_[steps_[i].first + j];
      if (!operand.is_leaf) last_reader[operand.index] = i;
    }
  }
  std::vector<std::uint32_t> free_slots;
  for (std::uint32_t i = 0; i < steps_.size(); ++i) {
    if (free_slots.empty()) free_slots.push_back(num_slots_++);
    steps_[i].slot = free_slots.back();
    free_slots.pop_back();
    if (last_reader[i] == i) free_slots.push_back(steps_[i].slot);
    for (std::uint32_t j = 0; j < steps_[i].count; ++j) {
      const Operand& operand = operands_[steps_[i].first + j];
      if (operand.is_leaf || last_reader[operand.index] != i) continue;
      free_slots.push_back(steps_[operand.index].slot);
      last_reader[operand.index] = static_cast<std::uint32_t>(steps_.size());  // freed once
    }
  }
}

Interpreter::Scratch::Scratch(const Interpreter& interpreter, std::uint32_t max_words)
    : max_words_(max_words),
      ones_(max_words),
      slots_(std::size_t{interpreter.num_slots_} * max_words),
      results_(interpreter.steps_.size()),
      is_needed_(interpreter.steps_.size()),
      is_awake_(interpreter.deliveries_.size()) {
  std::fill_n(ones_.data(), max_words, ~std::uint64_t{0});
}

bool Interpreter::MayMatch(const Delivery& delivery, const std::uint8_t* leaf_any) const noexcept {
  std::uint8_t any = 0;
  for (std::uint32_t i = 0; i < delivery.num_guard_leaves; ++i) {
    const GuardLeaf& guard = guard_leaves_[delivery.first_guard_leaf + i];
    any = static_cast<std::uint8_t>(any | leaf_any[guard.leaf]);
    if (!guard.ends_clause) continue;
    if (any == 0) return false;
    any = 0;
  }
  return true;
}

void Interpreter::FindNeeded(const std::uint8_t* leaf_any, Scratch& scratch) const noexcept {
  std::ranges::fill(scratch.is_needed_, 0);
  for (std::size_t i = 0; i < deliveries_.size(); ++i) {
    scratch.is_awake_[i] = MayMatch(deliveries_[i], leaf_any) ? 1 : 0;
    const Operand& result = deliveries_[i].result;
    if (scratch.is_awake_[i] != 0 && !result.is_leaf) scratch.is_needed_[result.index] = 1;
  }
  for (std::size_t i = steps_.size(); i-- > 0;) {  // what needs a step stands behind it
    if (scratch.is_needed_[i] == 0) continue;
    for (std::uint32_t j = 0; j < steps_[i].count; ++j) {
      const Operand& operand = operands_[steps_[i].first + j];
      if (!operand.is_leaf) scratch.is_needed_[operand.index] = 1;
    }
  }
}

void Interpreter::Evaluate(const std::uint64_t* const* leaf_bits, const std::uint8_t* leaf_any,
                           std::uint64_t* output_bits, std::uint8_t* output_any,
                           std::uint32_t num_words, Scratch& scratch) const noexcept {
  FindNeeded(leaf_any, scratch);
  std::fill_n(output_any, deliveries_.size(), 0);
  std::size_t next = 0;
  const auto deliver = [&](std::uint32_t num_steps) {
    for (; next < deliveries_.size() && deliveries_[next].num_steps <= num_steps; ++next) {
      if (scratch.is_awake_[next] == 0) continue;
      const Delivery& delivery = deliveries_[next];
      const std::uint64_t* const bits = Value(delivery.result, leaf_bits, leaf_any, scratch);
      if (bits == nullptr || !HasBit(bits, num_words)) continue;
      std::copy_n(bits, num_words, output_bits + std::size_t{delivery.output} * num_words);
      output_any[delivery.output] = 1;
    }
  };
  deliver(0);
  for (std::uint32_t i = 0; i < steps_.size(); ++i) {
    if (scratch.is_needed_[i] == 0) continue;
    scratch.results_[i] = RunStep(steps_[i], leaf_bits, leaf_any, num_words, scratch);
    deliver(i + 1);
  }
}

const std::uint64_t* Interpreter::Value(const Operand& operand,
                                        const std::uint64_t* const* leaf_bits,
                                        const std::uint8_t* leaf_any,
                                        const Scratch& scratch) noexcept {
  if (!operand.is_leaf) return scratch.results_[operand.index];
  return leaf_any[operand.index] != 0 ? leaf_bits[operand.index] : nullptr;
}

const std::uint64_t* Interpreter::RunStep(const Step& step, const std::uint64_t* const* leaf_bits,
                                          const std::uint8_t* leaf_any, std::uint32_t num_words,
                                          const Scratch& scratch) const noexcept {
  const auto value = [&](std::uint32_t i) {
    return Value(operands_[step.first + i], leaf_bits, leaf_any, scratch);
  };
  std::uint64_t* const to = scratch.slots_.data() + std::size_t{step.slot} * scratch.max_words_;
  switch (step.op) {
    case Op::kFalse:
    case Op::kLeaf:  // has no step
      return nullptr;
    case Op::kTrue:
      return scratch.ones_.data();
    case Op::kNot: {
      const std::uint64_t* const bits = value(0);
      if (bits == nullptr) return scratch.ones_.data();
      CombineInto(to, bits, bits, num_words, kNeither);
      return to;
    }
    case Op::kAnd: {
      for (std::uint32_t i = 0; i < step.count; ++i) {
        if (value(i) == nullptr) return nullptr;
      }
      const std::uint64_t* bits = value(0);
      for (std::uint32_t i = 1; i < step.count; ++i) {
        CombineInto(to, bits, value(i), num_words, kBoth);
        if (!HasBit(to, num_words)) return nullptr;
        bits = to;
      }
      return bits;
    }
    case Op::kOr: {
      const std::uint64_t* bits = nullptr;
      for (std::uint32_t i = 0; i < step.count; ++i) {
        const std::uint64_t* const other = value(i);
        if (other == nullptr) continue;
        CombineInto(to, bits == nullptr ? other : bits, other, num_words, kEither);
        bits = to;
      }
      return bits;
    }
  }
  return nullptr;
}

}  // namespace tripline::jit
