// MatchEngine: what all matchers of one ruleset share: the deciders of its fields, and its formulas
// as an interpreter and, when they are ready, as machine code. Making it is what costs; a Matcher
// on top of it is one thread's memory.
//
//   TRIPLINE_TRY(auto engine, MatchEngine::Make(program, MatcherCode::kInterpreter));
//   TRIPLINE_TRY(auto matcher, Matcher::Make(engine));       // one per thread
//   TRIPLINE_TRY_VOID(engine->AddMachineCode(program));      // later, from any thread
//
// Thread-safety: any number of threads may look; AddMachineCode may run beside them, and matchers
// take the code from their next block on.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "jit/engine.h"
#include "jit/field_decider.h"
#include "jit/interpreter.h"
#include "jit/program.h"
#include "runtime/matcher.h"
#include "runtime/native_cache.h"
#include "runtime/relative_dates.h"

namespace tripline::runtime {

class MatchEngine {
 public:
  /// `program` and `native` are only looked at. With `native`, which must be of this Program, there
  /// is machine code at once unless `code` says kInterpreter, and databases are not compiled again;
  /// null, or what cannot be loaded, is as if it were not there.
  /// Errors: kInvalid (Verify says no), kLimit, kUnsupported (a CPU that Hyperscan does not know),
  /// and with kMachineCode those of jit::CompileKernel.
  [[nodiscard]] static Result<std::shared_ptr<MatchEngine>> Make(
      const jit::Program& program, MatcherCode code, const NativeCache* native = nullptr);

  /// Requires the Program that the engine was made of, and `native` as in Make: its code is taken
  /// if it can be loaded, or else made. A second call does nothing. Errors: those of
  /// jit::CompileKernel; the interpreter stays.
  [[nodiscard]] Result<void> AddMachineCode(const jit::Program& program,
                                            const NativeCache* native = nullptr);
  /// Null as long as there is no machine code.
  [[nodiscard]] jit::KernelFunction kernel() const noexcept {
    return function_.load(std::memory_order_acquire);
  }
  [[nodiscard]] const jit::Interpreter& interpreter() const { return interpreter_; }

  /// Null for fields without leaves and for delegated ones.
  [[nodiscard]] const jit::FieldDecider* DeciderOf(jit::FieldIndex field) const {
    return deciders_[field] ? &*deciders_[field] : nullptr;
  }
  /// The leaves that deciders leave out, as they need a clock.
  [[nodiscard]] const RelativeDates& relative_dates() const { return relative_dates_; }
  [[nodiscard]] std::uint32_t num_fields() const {
    return static_cast<std::uint32_t>(deciders_.size());
  }
  [[nodiscard]] std::uint32_t num_leaves() const { return num_leaves_; }
  [[nodiscard]] std::uint32_t num_outputs() const { return num_outputs_; }
  /// Kernels and pattern databases that were compiled for this engine, here and now.
  [[nodiscard]] std::uint32_t num_compiled() const { return num_compiled_; }

 private:
  explicit MatchEngine(const jit::Program& program);
  Result<void> AddDeciders(const jit::Program& program, const NativeCache* native);
  [[nodiscard]] bool LoadKernel(const NativeCache& native);

  std::vector<std::optional<jit::FieldDecider>> deciders_;  // by field
  std::uint32_t num_leaves_;
  std::uint32_t num_outputs_;
  jit::Interpreter interpreter_;
  RelativeDates relative_dates_;
  std::mutex compiling_;
  std::optional<jit::CompiledKernel> compiled_;
  std::atomic<jit::KernelFunction> function_{nullptr};
  std::atomic<std::uint32_t> num_compiled_{0};
};

}  // namespace tripline::runtime
