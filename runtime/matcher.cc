#include "runtime/matcher.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "jit/block_bits.h"
#include "jit/engine.h"
#include "jit/interpreter.h"
#include "jit/verify.h"
#include "runtime/field_matcher.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kMaxWords = WordsFor(kMaxBlockRows);
// Operands that are compiled in some 50 ms, at 0.2 ms each.
constexpr std::size_t kMaxOperandsAtOnce = 256;

class BlockMatcher final : public Matcher {
 public:
  explicit BlockMatcher(const jit::Program& program)
      : leaves_(static_cast<std::uint32_t>(program.leaves.size()), kMaxWords),
        outputs_(static_cast<std::uint32_t>(program.outputs.size()), kMaxWords),
        num_outputs_(program.outputs.size()),
        leaves_of_field_(program.fields.size()) {
    for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
      leaves_of_field_[program.leaves[leaf].field].push_back(leaf);
    }
  }

  Result<void> Prepare(const jit::Program& program, const MatcherOptions& options) {
    for (jit::FieldIndex field = 0; field < program.fields.size(); ++field) {
      const bool is_decided = program.fields[field].kind != jit::ColumnKind::kDelegated &&
                              !leaves_of_field_[field].empty();
      if (is_decided) {
        TRIPLINE_TRY(FieldMatcher matcher, FieldMatcher::Make(program, field));
        fields_.push_back({field, std::move(matcher)});
      } else if (!leaves_of_field_[field].empty()) {
        delegated_.push_back(field);
      }
    }
    const bool is_quick = program.operands.size() <= kMaxOperandsAtOnce;
    if (options.code == MatcherCode::kMachineCode ||
        (options.code == MatcherCode::kAuto && is_quick)) {
      auto kernel = jit::CompileKernel(program);
      if (!kernel && options.code == MatcherCode::kMachineCode) {
        return std::unexpected(std::move(kernel).error());
      }
      if (kernel) {
        kernel_ = *std::move(kernel);
      }
    }
    if (!kernel_) {
      interpreter_.emplace(program);
      scratch_.emplace(*interpreter_, kMaxWords);
    }
    return {};
  }

  void Match(const Batch& batch) override {
    const std::uint32_t num_words = WordsFor(batch.num_rows);
    leaves_.Reset(num_words);
    outputs_.Reset(num_words);
    for (auto& [field, matcher] : fields_) {
      matcher.Match(batch.columns[field], batch.num_rows, leaves_);
    }
    for (const jit::FieldIndex field : delegated_) {
      TakeDelegated(batch.columns[field], leaves_of_field_[field], num_words);
    }
    if (kernel_) {
      kernel_->function()(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(),
                          num_words);
    } else {
      interpreter_->Evaluate(leaves_.bits(), leaves_.any(), outputs_.bits(), outputs_.any(),
                             num_words, *scratch_);
    }
    MaskTail(batch.num_rows, num_words);
  }

  [[nodiscard]] bool AnyOf(jit::OutputIndex output) const override {
    return outputs_.IsAny(output);
  }
  [[nodiscard]] std::span<const std::uint64_t> RowsOf(jit::OutputIndex output) const override {
    return outputs_.Words(output);
  }
  [[nodiscard]] std::uint64_t num_uncached() const override {
    std::uint64_t sum = 0;
    for (const auto& [field, matcher] : fields_) {
      sum += matcher.num_uncached();
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t num_undecided() const override {
    std::uint64_t sum = 0;
    for (const auto& [field, matcher] : fields_) {
      sum += matcher.num_undecided();
    }
    return sum;
  }

 private:
  struct DecidedField {
    jit::FieldIndex field;
    FieldMatcher matcher;
  };

  void TakeDelegated(const Column& column, const std::vector<jit::LeafIndex>& leaves,
                     std::uint32_t num_words) {
    if (column.is_empty) {
      return;
    }
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const auto bitmap = column.delegated.subspan(i * num_words, num_words);
      std::ranges::copy(bitmap, leaves_.Words(leaves[i]));
    }
  }

  // The kernel computes rows behind the last one like all others, and a kNot makes them true.
  void MaskTail(std::uint32_t num_rows, std::uint32_t num_words) {
    if (num_rows == num_words * 64) {
      return;
    }
    const std::uint32_t first_word = num_rows / 64;
    for (std::size_t output = 0; output < num_outputs_; ++output) {
      if (outputs_.any()[output] == 0) {
        continue;
      }
      std::uint64_t* const words = outputs_.bits() + output * num_words;
      words[first_word] &= (std::uint64_t{1} << (num_rows % 64)) - 1;
      std::fill(words + first_word + 1, words + num_words, 0U);
      const bool is_any =
          std::any_of(words, words + first_word + 1, [](std::uint64_t word) { return word != 0; });
      outputs_.any()[output] = is_any ? 1 : 0;
    }
  }

  jit::LeafBitmaps leaves_;
  jit::OutputBitmaps outputs_;
  std::size_t num_outputs_;
  std::vector<std::vector<jit::LeafIndex>> leaves_of_field_;
  std::vector<DecidedField> fields_;
  std::vector<jit::FieldIndex> delegated_;
  std::optional<jit::CompiledKernel> kernel_;
  std::optional<jit::Interpreter> interpreter_;
  std::optional<jit::Interpreter::Scratch> scratch_;
};

}  // namespace

Result<std::unique_ptr<Matcher>> Matcher::Make(const jit::Program& program,
                                               const MatcherOptions& options) {
  TRIPLINE_TRY_VOID(jit::Verify(program));
  try {
    auto matcher = std::make_unique<BlockMatcher>(program);
    TRIPLINE_TRY_VOID(matcher->Prepare(program, options));
    return matcher;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory to match this many rules at once");
  }
}

}  // namespace tripline::runtime
