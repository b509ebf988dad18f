// EmitObject: a Program's kernel as the bytes of a relocatable object. jit/engine.h is its face.
#pragma once

#include <string>

#include "base/result.h"
#include "jit/engine.h"

namespace tripline::jit {

/// Prepares LLVM for this process: the native target, and handlers that turn its fatal errors on
/// compile threads into Errors. Done once, however often it is called.
void PrepareLlvm();

/// LLVM's own fatal error. Requires a compile thread, which it ends as AbandonWork does.
void MeetFatalError();

/// Machine code of `program`. Requires a compile thread (jit/compile_thread.h). Errors: kUsage
/// (unknown processor, vector width), kUnavailable.
[[nodiscard]] Result<std::string> EmitObject(const Program& program, const KernelPlan& plan,
                                             const CompileOptions& options);

}  // namespace tripline::jit
