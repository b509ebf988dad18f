// The engine: machine code for a Program. Fast twin of jit/interpreter.h, with the same face
// (jit/kernel.h) and the same answers.
//
//   Result<CompiledKernel> kernel = CompileKernel(program);
//   if (kernel) kernel->function()(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(), n);
//
// Compiling takes milliseconds for a rule, and a second or so for a thousand; it runs on a thread
// of its own with a large stack while the caller waits. Whoever cannot wait starts on the
// interpreter. All functions may be called from any thread; a CompiledKernel may run on many
// threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jit/kernel.h"
#include "jit/kernel_plan.h"
#include "jit/program.h"

namespace tripline::jit {

enum class OptimizationLevel : std::uint8_t {
  kNone,  // quickest to make; for tests and rulesets that are used once
  kFull,
};

struct CompileOptions {
  OptimizationLevel level = OptimizationLevel::kFull;
  /// "native" (this machine, with what it can do), or a name that LLVM knows: "x86-64-v3", ...
  std::string target_cpu = "native";
  /// Bits of the vectors to prefer: 128, 256 or 512. Kernels wait for memory, not for arithmetic,
  /// and 512-bit vectors slow down the rest of the host's core on many machines.
  std::uint32_t vector_bits = 256;
  PlanOptions plan{};
  /// What compiling may take, by estimate: larger Programs are refused before the generator starts.
  std::uint64_t memory_limit_bytes = std::uint64_t{2} << 30U;
};

/// Machine code in this process. Movable, not copyable; `function` lives as long as the kernel.
class CompiledKernel {
 public:
  CompiledKernel(CompiledKernel&&) noexcept;
  CompiledKernel& operator=(CompiledKernel&&) noexcept;
  ~CompiledKernel();

  [[nodiscard]] KernelFunction function() const { return function_; }

 private:
  struct Code;
  friend Result<CompiledKernel> LoadObject(std::string_view object);
  CompiledKernel(std::unique_ptr<Code> code, KernelFunction entry);

  std::unique_ptr<Code> code_;
  KernelFunction function_;
};

/// Code for this process. Errors: kInvalid (Verify says no), kLimit (too large, see
/// CompileOptions), kUsage (options), kUnavailable (the code generator gave up).
[[nodiscard]] Result<CompiledKernel> CompileKernel(const Program& program,
                                                   const CompileOptions& options = {});

/// The same code as a relocatable object (ELF), to be kept in a file. Errors: as CompileKernel.
[[nodiscard]] Result<std::string> CompileToObject(const Program& program,
                                                  const CompileOptions& options = {});

/// Code from CompileToObject. Objects are as dangerous as code: the caller must know that this one
/// came from CompileToObject for this Program, and that this machine has what its target has. Bytes
/// that are no object, or of another architecture or kernel version, are errors.
/// Errors: kInvalid, kUnavailable.
[[nodiscard]] Result<CompiledKernel> LoadObject(std::string_view object);

/// Makes the code generator meet a fatal error, where it would end the process: for tests of hosts
/// that must live on. Errors: kUnavailable, always.
[[nodiscard]] Result<void> ProvokeFatalError();

/// What CompileKernel will need at most, by estimate.
[[nodiscard]] std::uint64_t EstimateCompileMemory(const KernelPlan& plan);

}  // namespace tripline::jit
