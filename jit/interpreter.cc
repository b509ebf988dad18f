// The Program's nodes become steps once: leaves and the order of outputs are resolved, and each
// step gets a slot of scratch that is free again after the last step that reads it, so that a
// block's working set stays in the first-level cache.
//
// Per block the cost follows the leaves that are alive, not the rules: each guard has one clause
// whose leaves wake it, the one that the fewest guards share, so that a sleeping rule is not even
// asked. What woke and passes its whole guard marks the steps that it needs, and one forward loop
// runs those; a null result stands for "no row", and most steps end there without touching a word.
#include "jit/interpreter.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "jit/guards.h"

namespace tripline::jit {
namespace {

/// The words of a slice as one value that both compilers hold in registers, however many of the
/// machine's vectors that takes (with a loop over words g++ 12 does not).
using Slice [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = std::uint64_t;
static_assert(sizeof(Slice) == kSliceWords * sizeof(std::uint64_t));

constexpr std::uint32_t kBits = 64;

std::size_t WordsOf(std::size_t num_bits) { return (num_bits + kBits - 1) / kBits; }

/// Sets the bit; false if it was set.
bool Mark(std::vector<std::uint64_t>& bits, std::uint32_t i) noexcept {
  const std::uint64_t bit = std::uint64_t{1} << (i % kBits);
  const bool is_new = (bits[i / kBits] & bit) == 0;
  bits[i / kBits] |= bit;
  return is_new;
}

bool IsMarked(const std::vector<std::uint64_t>& bits, std::uint32_t i) noexcept {
  return ((bits[i / kBits] >> (i % kBits)) & 1U) != 0;
}

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

Interpreter::Interpreter(const Program& program)
    : num_outputs_(static_cast<std::uint32_t>(program.outputs.size())) {
  AddDeliveries(program, AddSteps(program));
  AddWakers(program.leaves.size());
  AssignSlots();
}

std::size_t Interpreter::memory_bytes() const noexcept {
  return steps_.capacity() * sizeof(Step) + operands_.capacity() * sizeof(Operand) +
         deliveries_.capacity() * sizeof(Delivery) + guard_leaves_.capacity() * sizeof(GuardLeaf) +
         (first_delivery_.capacity() + unguarded_.capacity() + first_woken_.capacity() +
          woken_.capacity()) *
             sizeof(std::uint32_t);
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
    if (guards[program.outputs[output]].is_never) continue;
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
  first_delivery_.assign(steps_.size() + 2, 0);
  for (const Delivery& delivery : deliveries_) ++first_delivery_[delivery.num_steps + 1];
  std::partial_sum(first_delivery_.begin(), first_delivery_.end(), first_delivery_.begin());
}

void Interpreter::AddWakers(std::size_t num_leaves) {
  std::vector<std::uint32_t> num_guards(num_leaves);  // that name the leaf
  for (const GuardLeaf& guard : guard_leaves_) ++num_guards[guard.leaf];
  std::vector<std::pair<LeafIndex, std::uint32_t>> wakers;
  for (std::uint32_t i = 0; i < deliveries_.size(); ++i) {
    if (deliveries_[i].num_guard_leaves == 0) unguarded_.push_back(i);
    for (const GuardLeaf& guard : RarestClause(deliveries_[i], num_guards)) {
      wakers.emplace_back(guard.leaf, i);
    }
  }
  std::ranges::sort(wakers);
  first_woken_.assign(num_leaves + 1, 0);
  for (const auto& [leaf, delivery] : wakers) {
    ++first_woken_[leaf + 1];
    woken_.push_back(delivery);
  }
  std::partial_sum(first_woken_.begin(), first_woken_.end(), first_woken_.begin());
}

/// The clause whose leaves the fewest guards name; empty if there is none.
std::span<const Interpreter::GuardLeaf> Interpreter::RarestClause(
    const Delivery& delivery, std::span<const std::uint32_t> num_guards) const {
  const auto all =
      std::span(guard_leaves_).subspan(delivery.first_guard_leaf, delivery.num_guard_leaves);
  std::span<const GuardLeaf> rarest;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t count = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    count += num_guards[all[i].leaf];
    if (!all[i].ends_clause) continue;
    if (count < least) {
      least = count;
      rarest = all.subspan(begin, i + 1 - begin);
    }
    count = 0;
    begin = i + 1;
  }
  return rarest;
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
      is_needed_(WordsOf(interpreter.steps_.size())),
      is_awake_(WordsOf(interpreter.deliveries_.size())) {
  to_visit_.reserve(interpreter.steps_.size());
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

/// Marks the step and all that it needs. A step is marked before it is put on the list, which so
/// never holds more than there are.
void Interpreter::Need(std::uint32_t step, Scratch& scratch) const noexcept {
  if (!Mark(scratch.is_needed_, step)) return;
  scratch.to_visit_.push_back(step);
  while (!scratch.to_visit_.empty()) {
    const Step& visited = steps_[scratch.to_visit_.back()];
    scratch.to_visit_.pop_back();
    for (std::uint32_t i = 0; i < visited.count; ++i) {
      const Operand& operand = operands_[visited.first + i];
      if (!operand.is_leaf && Mark(scratch.is_needed_, operand.index)) {
        scratch.to_visit_.push_back(operand.index);
      }
    }
  }
}

void Interpreter::Wake(const std::uint8_t* leaf_any, Scratch& scratch) const noexcept {
  const auto wake = [&](std::uint32_t i) {
    if (!Mark(scratch.is_awake_, i)) return;
    if (!deliveries_[i].result.is_leaf) Need(deliveries_[i].result.index, scratch);
  };
  for (const std::uint32_t i : unguarded_) wake(i);
  const std::size_t num_leaves = first_woken_.size() - 1;
  ForEachFilled(leaf_any, num_leaves, [&](std::size_t leaf) {
    for (std::uint32_t at = first_woken_[leaf]; at < first_woken_[leaf + 1]; ++at) {
      const std::uint32_t i = woken_[at];
      if (!IsMarked(scratch.is_awake_, i) && MayMatch(deliveries_[i], leaf_any)) wake(i);
    }
  });
}

void Interpreter::Evaluate(const std::uint64_t* const* leaf_bits, const std::uint8_t* leaf_any,
                           std::uint64_t* output_bits, std::uint8_t* output_any,
                           std::uint32_t num_words, Scratch& scratch) const noexcept {
  std::fill_n(output_any, num_outputs_, 0);
  Wake(leaf_any, scratch);
  const auto deliver = [&](std::uint32_t num_steps) {
    for (std::uint32_t i = first_delivery_[num_steps]; i < first_delivery_[num_steps + 1]; ++i) {
      if (!IsMarked(scratch.is_awake_, i)) continue;
      const Delivery& delivery = deliveries_[i];
      const std::uint64_t* const bits = Value(delivery.result, leaf_bits, leaf_any, scratch);
      if (bits == nullptr || !HasBit(bits, num_words)) continue;
      std::copy_n(bits, num_words, output_bits + std::size_t{delivery.output} * num_words);
      output_any[delivery.output] = 1;
    }
  };
  deliver(0);
  for (std::uint32_t word = 0; word < scratch.is_needed_.size(); ++word) {
    for (std::uint64_t& bits = scratch.is_needed_[word]; bits != 0; bits &= bits - 1) {
      const auto i = word * kBits + static_cast<std::uint32_t>(std::countr_zero(bits));
      scratch.results_[i] = RunStep(steps_[i], leaf_bits, leaf_any, num_words, scratch);
      deliver(i + 1);
    }
  }
  std::ranges::fill(scratch.is_awake_, 0U);
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
