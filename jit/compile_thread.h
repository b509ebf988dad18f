// A place where the code generator may fail: a thread of its own, with a stack that its deep
// recursions need and that the host's threads may not have.
//
// LLVM ends the process when it meets what it calls a fatal error. Its handler (installed by
// jit/emit_object.cc) calls AbandonWork, which leaves the work where it stands and makes it an
// Error instead. What the work held by then is lost, memory above all: a price for a host that
// lives on, and paid only when a limit that is checked beforehand was not enough.
//
// What this cannot catch: memory that the system promised and does not have, a crash inside LLVM, a
// bad_alloc thrown inside a function that LLVM declared noexcept.
#pragma once

#include <functional>

#include "base/result.h"

namespace tripline::jit {

/// Runs `work` on a new thread and waits for it. Errors: those of `work`; kLimit if memory ran out;
/// kUnavailable if no thread could be made or the work was abandoned. Throws what `work` throws.
[[nodiscard]] Result<void> RunOnCompileThread(const std::function<Result<void>()>& work);

/// Does not return on a compile thread: its work ends as the Error `code`, with `why` in the
/// message. Returns at once on any other thread.
void AbandonWork(ErrorCode code, const char* why) noexcept;

}  // namespace tripline::jit
