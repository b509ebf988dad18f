// EmitLlvm: a Program's kernel (jit/kernel.h) as LLVM IR. Only jit/emit_object.cc and tests call
// it; users of machine code want jit/engine.h.
#pragma once

#include <memory>
#include <string>

#include "jit/kernel_plan.h"
#include "jit/program.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace tripline::jit {

/// The symbol of the kernel. Its number is the version of KernelFunction: code with another
/// signature has another name, so that it is not found instead of called.
inline constexpr const char* kKernelSymbol = "tripline_kernel_1";

/// The module, for no target in particular. Requires: `plan` was made for `program`.
[[nodiscard]] std::unique_ptr<llvm::Module> EmitLlvm(const Program& program, const KernelPlan& plan,
                                                     llvm::LLVMContext& context);

/// The module's text, with values named after fields and leaves.
[[nodiscard]] std::string PrintLlvm(const Program& program, const KernelPlan& plan);

}  // namespace tripline::jit
