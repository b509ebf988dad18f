#include "runtime/segment_plan.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

#include "runtime/row_bits.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kMaxWords = WordsFor(kMaxBlockRows);

void SortUnique(std::vector<std::uint32_t>& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
}

// Walks an output's formula: the fields of its leaves that must be read, and the leaves that will
// be given.
class LeafCollector {
 public:
  LeafCollector(const jit::Program& program, std::span<const jit::Knowledge> knowledge)
      : program_(program), knowledge_(knowledge), seen_(program.nodes.size(), 0) {}

  /// Rising. Appends the leaves that will be given to `given`, in any order.
  std::vector<jit::FieldIndex> FieldsOf(jit::OutputIndex output,
                                        std::vector<jit::LeafIndex>& given) {
    ++round_;
    std::vector<jit::FieldIndex> fields;
    std::vector<jit::NodeIndex> open = {program_.outputs[output]};
    while (!open.empty()) {
      const jit::NodeIndex at = open.back();
      open.pop_back();
      if (std::exchange(seen_[at], round_) == round_) {
        continue;
      }
      const jit::Node& node = program_.nodes[at];
      switch (node.op) {
        case jit::Op::kFalse:
        case jit::Op::kTrue:
          break;
        case jit::Op::kLeaf:
          if (knowledge_[node.first] == jit::Knowledge::kUnknown) {
            fields.push_back(program_.leaves[node.first].field);
          } else if (knowledge_[node.first] == jit::Knowledge::kKnown) {
            given.push_back(node.first);
          }
          break;
        case jit::Op::kNot:
          open.push_back(node.first);
          break;
        case jit::Op::kAnd:
        case jit::Op::kOr:
          open.insert(open.end(), program_.operands.begin() + node.first,
                      program_.operands.begin() + node.first + node.count);
          break;
      }
    }
    SortUnique(fields);
    return fields;
  }

 private:
  const jit::Program& program_;
  std::span<const jit::Knowledge> knowledge_;
  std::vector<std::uint32_t> seen_;  // by node: the round that was there last
  std::uint32_t round_ = 0;
};

}  // namespace

SegmentPlan::SegmentPlan(const jit::Program& relaxed)
    : interpreter_(relaxed),
      num_leaves_(static_cast<std::uint32_t>(relaxed.leaves.size())),
      num_outputs_(static_cast<std::uint32_t>(relaxed.outputs.size())) {
  for (const jit::NodeIndex root : relaxed.outputs) {
    is_alive_.push_back(relaxed.nodes[root].op != jit::Op::kFalse);
    num_alive_ += is_alive_.back() ? 1U : 0U;
  }
}

Result<std::shared_ptr<const SegmentPlan>> SegmentPlan::Make(
    const jit::Program& program, std::span<const jit::Knowledge> knowledge,
    std::span<const std::uint8_t> wanted) {
  if (!wanted.empty() && wanted.size() != program.outputs.size()) {
    return Fail(ErrorCode::kUsage, "a plan is told about " + std::to_string(wanted.size()) +
                                       " outputs; there are " +
                                       std::to_string(program.outputs.size()));
  }
  if (knowledge.size() != program.leaves.size()) {
    return Fail(ErrorCode::kUsage, "a plan knows something about " +
                                       std::to_string(knowledge.size()) + " leaves; there are " +
                                       std::to_string(program.leaves.size()));
  }
  try {
    const std::shared_ptr<SegmentPlan> plan(
        new SegmentPlan(jit::Relax(program, knowledge, wanted)));
    LeafCollector collector(program, knowledge);
    std::vector<std::vector<jit::FieldIndex>> fields_of(plan->num_outputs_);
    for (jit::OutputIndex output = 0; output < plan->num_outputs_; ++output) {
      if (plan->is_alive_[output]) {
        fields_of[output] = collector.FieldsOf(output, plan->given_leaves_);
        plan->columns_.insert(plan->columns_.end(), fields_of[output].begin(),
                              fields_of[output].end());
      }
    }
    SortUnique(plan->columns_);
    SortUnique(plan->given_leaves_);
    for (const std::vector<jit::FieldIndex>& fields : fields_of) {
      std::vector<std::uint32_t>& columns = plan->columns_of_.emplace_back();
      for (const jit::FieldIndex field : fields) {
        columns.push_back(static_cast<std::uint32_t>(
            std::ranges::lower_bound(plan->columns_, field) - plan->columns_.begin()));
      }
    }
    return plan;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory to plan a segment's matching");
  }
}

std::size_t SegmentPlan::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + interpreter_.memory_bytes() + is_alive_.capacity() / 8 +
                      columns_.capacity() * sizeof(columns_[0]) +
                      given_leaves_.capacity() * sizeof(given_leaves_[0]) +
                      columns_of_.capacity() * sizeof(columns_of_[0]);
  for (const std::vector<std::uint32_t>& columns : columns_of_) {
    bytes += columns.capacity() * sizeof(columns[0]);
  }
  return bytes;
}

RowFinder::RowFinder(std::uint32_t num_leaves, std::uint32_t num_outputs)
    : leaves_(num_leaves, kMaxWords), outputs_(num_outputs, kMaxWords) {}

void RowFinder::Use(std::shared_ptr<const SegmentPlan> plan) {
  plan_ = nullptr;  // until there is memory for the new one
  scratch_.emplace(plan->interpreter_, kMaxWords);
  rows_.resize(plan->columns_.size() * kMaxWords);
  is_read_.assign(plan->columns_.size(), 0);
  plan_ = std::move(plan);
}

void RowFinder::Find(std::uint32_t num_rows, std::span<const LeafRows> given,
                     std::span<const std::uint64_t> eligible) {
  num_words_ = WordsFor(num_rows);
  leaves_.Reset(num_words_);
  outputs_.Reset(num_words_);
  std::ranges::fill(is_read_, 0);
  is_any_ = false;
  for (const LeafRows& leaf : given) {
    if (IsAnyRow(leaf.rows)) {
      OrRows(leaf.rows, leaves_.Words(leaf.leaf));
    }
  }
  plan_->interpreter_.Evaluate(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(),
                               num_words_, *scratch_);
  for (jit::OutputIndex output = 0; output < plan_->num_outputs_; ++output) {
    if (!outputs_.IsAny(output)) {
      continue;
    }
    std::uint64_t* const words = outputs_.bits() + std::size_t{output} * num_words_;
    if (!KeepRows(num_rows, eligible, {words, num_words_})) {
      continue;
    }
    is_any_ = true;
    for (const std::uint32_t column : plan_->columns_of_[output]) {
      std::uint64_t* const rows = rows_.data() + std::size_t{column} * kMaxWords;
      if (std::exchange(is_read_[column], std::uint8_t{1}) == 0) {
        std::copy_n(words, num_words_, rows);
      } else {
        OrRows({words, num_words_}, rows);
      }
    }
  }
}

std::span<const std::uint64_t> RowFinder::RowsOf(std::size_t i) const {
  if (is_read_[i] == 0) {
    return {};
  }
  return std::span(rows_).subspan(i * kMaxWords, num_words_);
}

}  // namespace tripline::runtime
