#include "runtime/matcher.h"

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include "jit/block_bits.h"
#include "jit/field_decider.h"
#include "jit/interpreter.h"
#include "jit/kernel.h"
#include "runtime/field_matcher.h"
#include "runtime/match_engine.h"
#include "runtime/row_bits.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kMaxWords = WordsFor(kMaxBlockRows);

class BlockMatcher final : public Matcher {
 public:
  explicit BlockMatcher(std::shared_ptr<const MatchEngine> engine)
      : engine_(std::move(engine)),
        leaves_(engine_->num_leaves(), kMaxWords),
        outputs_(engine_->num_outputs(), kMaxWords),
        scratch_(engine_->interpreter(), kMaxWords) {}

  Result<void> Prepare() {
    for (jit::FieldIndex field = 0; field < engine_->num_fields(); ++field) {
      if (const jit::FieldDecider* const decider = engine_->DeciderOf(field)) {
        TRIPLINE_TRY_VOID(decider->Fit(field_scratch_.decide));
        field_of_.push_back(field);
        fields_.emplace_back(*decider);
      }
    }
    return {};
  }

  using Matcher::Match;
  void Match(const Batch& batch, const RowClock& clock) override {
    const std::uint32_t num_words = WordsFor(batch.num_rows);
    leaves_.Reset(num_words);
    outputs_.Reset(num_words);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (const Column& column = batch.columns[field_of_[i]]; !column.is_empty) {
        fields_[i].Match(column, batch.num_rows, field_scratch_, leaves_);
      }
    }
    engine_->relative_dates().Match(batch, clock, leaves_);
    for (const LeafRows& given : batch.given) {
      Take(given);
    }
    if (const jit::KernelFunction kernel = engine_->kernel()) {
      kernel(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(), num_words);
    } else {
      engine_->interpreter().Evaluate(leaves_.bits(), leaves_.any(), outputs_.bits(),
                                      outputs_.any(), num_words, scratch_);
    }
    KeepEligible(batch, num_words);
  }

  [[nodiscard]] bool AnyOf(jit::OutputIndex output) const override {
    return outputs_.IsAny(output);
  }
  [[nodiscard]] std::span<const std::uint64_t> RowsOf(jit::OutputIndex output) const override {
    return outputs_.Words(output);
  }
  [[nodiscard]] std::uint64_t num_uncached() const override {
    std::uint64_t sum = 0;
    for (const FieldMatcher& matcher : fields_) {
      sum += matcher.num_uncached();
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t num_undecided() const override {
    std::uint64_t sum = 0;
    for (const FieldMatcher& matcher : fields_) {
      sum += matcher.num_undecided();
    }
    return sum;
  }

 private:
  void Take(const LeafRows& given) {
    if (IsAnyRow(given.rows)) {
      OrRows(given.rows, leaves_.Words(given.leaf));
    }
  }

  // The kernel computes rows behind the last one like all others, and a kNot makes them true.
  void KeepEligible(const Batch& batch, std::uint32_t num_words) {
    if (batch.eligible.empty() && batch.num_rows == num_words * 64) {
      return;
    }
    outputs_.ForEachAny([&](jit::OutputIndex output) {
      std::uint64_t* const words = outputs_.bits() + std::size_t{output} * num_words;
      const bool is_any = KeepRows(batch.num_rows, batch.eligible, {words, num_words});
      outputs_.any()[output] = is_any ? 1 : 0;
    });
  }

  std::shared_ptr<const MatchEngine> engine_;
  jit::LeafBitmaps leaves_;
  jit::OutputBitmaps outputs_;
  jit::Interpreter::Scratch scratch_;
  FieldScratch field_scratch_;
  std::vector<jit::FieldIndex> field_of_;  // by place in fields_
  std::vector<FieldMatcher> fields_;
};

}  // namespace

Result<std::unique_ptr<Matcher>> Matcher::Make(std::shared_ptr<const MatchEngine> engine) {
  try {
    auto matcher = std::make_unique<BlockMatcher>(std::move(engine));
    TRIPLINE_TRY_VOID(matcher->Prepare());
    return matcher;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory for one more matcher");
  }
}

Result<std::unique_ptr<Matcher>> Matcher::Make(const jit::Program& program,
                                               const MatcherOptions& options) {
  TRIPLINE_TRY(const std::shared_ptr<MatchEngine> engine,
               MatchEngine::Make(program, options.code, options.native));
  return Make(engine);
}

}  // namespace tripline::runtime
