#include "runtime/match_engine.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "jit/verify.h"

namespace tripline::runtime {
namespace {

// Operands that are compiled in some 50 ms, at 0.2 ms each.
constexpr std::size_t kMaxOperandsAtOnce = 256;

}  // namespace

MatchEngine::MatchEngine(const jit::Program& program)
    : deciders_(program.fields.size()),
      num_leaves_(static_cast<std::uint32_t>(program.leaves.size())),
      num_outputs_(static_cast<std::uint32_t>(program.outputs.size())),
      interpreter_(program),
      relative_dates_(program) {}

Result<void> MatchEngine::AddDeciders(const jit::Program& program, const NativeCache* native) {
  std::vector<bool> has_leaves(program.fields.size());
  for (const jit::Leaf& leaf : program.leaves) {
    has_leaves[leaf.field] = true;
  }
  const jit::PatternLimits limits{.ready = native == nullptr ? nullptr : &native->patterns};
  for (jit::FieldIndex field = 0; field < program.fields.size(); ++field) {
    if (has_leaves[field] && program.fields[field].kind != jit::ColumnKind::kDelegated) {
      TRIPLINE_TRY(deciders_[field], jit::FieldDecider::Make(program, field, limits));
      const jit::PatternSet* const patterns = deciders_[field]->patterns();
      num_compiled_ += patterns != nullptr && patterns->was_compiled() ? 1U : 0U;
    }
  }
  return {};
}

// What does not load is made anew, as if there were no cache.
bool MatchEngine::LoadKernel(const NativeCache& native) {
  Result<jit::CompiledKernel> loaded = jit::LoadObject(native.kernel);
  if (!loaded) {
    return false;
  }
  compiled_ = *std::move(loaded);
  function_.store(compiled_->function(), std::memory_order_release);
  return true;
}

Result<std::shared_ptr<MatchEngine>> MatchEngine::Make(const jit::Program& program,
                                                       MatcherCode code,
                                                       const NativeCache* native) {
  TRIPLINE_TRY_VOID(jit::Verify(program));
  try {
    const std::shared_ptr<MatchEngine> engine(new MatchEngine(program));
    TRIPLINE_TRY_VOID(engine->AddDeciders(program, native));
    if (code == MatcherCode::kInterpreter || (native != nullptr && engine->LoadKernel(*native))) {
      return engine;
    }
    const bool is_quick = program.operands.size() <= kMaxOperandsAtOnce;
    if (code == MatcherCode::kMachineCode || is_quick) {
      const Result<void> added = engine->AddMachineCode(program);
      if (!added && code == MatcherCode::kMachineCode) {
        return std::unexpected(added.error());
      }
    }
    return engine;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory to match this many rules at once");
  }
}

Result<void> MatchEngine::AddMachineCode(const jit::Program& program, const NativeCache* native) {
  const std::lock_guard lock(compiling_);
  if (!compiled_ && (native == nullptr || !LoadKernel(*native))) {
    TRIPLINE_TRY(compiled_, jit::CompileKernel(program));
    ++num_compiled_;
    function_.store(compiled_->function(), std::memory_order_release);
  }
  return {};
}

}  // namespace tripline::runtime
