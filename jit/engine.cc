// Every way to machine code goes through one object file: CompileKernel is CompileToObject and
// LoadObject. So what is cached in a file is what was tested in memory.
//
// Loading links the object into this process with ORC's JITLink. The object may refer to nothing
// outside of itself: no symbols of the process are offered to it.
#include "jit/engine.h"

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/TargetParser/Host.h>

#include <optional>
#include <utility>

#include "base/check.h"
#include "jit/compile_thread.h"
#include "jit/emit_llvm.h"
#include "jit/emit_object.h"
#include "jit/verify.h"

namespace tripline::jit {

struct CompiledKernel::Code {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

CompiledKernel::CompiledKernel(std::unique_ptr<Code> code, KernelFunction entry)
    : code_(std::move(code)), function_(entry) {}
CompiledKernel::CompiledKernel(CompiledKernel&&) noexcept = default;
CompiledKernel& CompiledKernel::operator=(CompiledKernel&&) noexcept = default;
CompiledKernel::~CompiledKernel() = default;

namespace {

using llvm::orc::ExecutionSession;
using llvm::orc::LLJIT;

std::unexpected<Error> NotLoaded(llvm::Error error, const std::string& reported) {
  std::string text = llvm::toString(std::move(error));
  if (!reported.empty()) text += " (" + reported + ")";
  return Fail(ErrorCode::kInvalid, "the machine code cannot be loaded: " + text);
}

llvm::Expected<std::unique_ptr<LLJIT>> MakeJit() {
  return llvm::orc::LLJITBuilder()
      .setLinkProcessSymbolsByDefault(false)
      .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
      .setObjectLinkingLayerCreator(
          [](ExecutionSession& session,
             const llvm::Triple&) -> llvm::Expected<std::unique_ptr<llvm::orc::ObjectLayer>> {
            return std::make_unique<llvm::orc::ObjectLinkingLayer>(session);
          })
      .create();
}

/// JITLink would link an object for any architecture that it knows.
llvm::Error CheckArchitecture(llvm::MemoryBufferRef buffer) {
  auto object = llvm::object::ObjectFile::createObjectFile(buffer);
  if (!object) return object.takeError();
  const llvm::Triple here(llvm::sys::getProcessTriple());
  const llvm::Triple there = (*object)->makeTriple();
  if (there.getArch() == here.getArch() && (*object)->isELF()) return llvm::Error::success();
  return llvm::createStringError("it is for " + there.str() + ", and this is " + here.str());
}

/// Links the object; answers where the kernel is. On a compile thread.
Result<KernelFunction> Link(std::string_view object, std::unique_ptr<LLJIT>& jit) {
  std::string reported;
  llvm::Expected<std::unique_ptr<LLJIT>> made = MakeJit();
  if (!made) return NotLoaded(made.takeError(), reported);
  jit = std::move(*made);
  jit->getExecutionSession().setErrorReporter(
      [&reported](llvm::Error error) { reported += llvm::toString(std::move(error)); });
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy({object.data(), object.size()}, "kernel");
  if (llvm::Error error = CheckArchitecture(*buffer)) {
    return NotLoaded(std::move(error), reported);
  }
  if (llvm::Error error = jit->addObjectFile(std::move(buffer))) {
    return NotLoaded(std::move(error), reported);
  }
  llvm::Expected<llvm::orc::ExecutorAddr> address = jit->lookup(kKernelSymbol);
  if (!address) return NotLoaded(address.takeError(), reported);
  jit->getExecutionSession().setErrorReporter([](llvm::Error error) {  // `reported` ends here
    llvm::consumeError(std::move(error));
  });
  return address->toPtr<KernelFunction>();
}

}  // namespace

std::uint64_t EstimateCompileMemory(const KernelPlan& plan) {
  // Measured: 2 KiB an operand beyond the 50 MiB that LLVM itself takes; doubled for safety.
  constexpr std::uint64_t kFixed = std::uint64_t{50} << 20U;
  constexpr std::uint64_t kPerOperand = 4096;
  constexpr std::uint64_t kPerChunk = std::uint64_t{64} << 10U;
  return kFixed + plan.num_operands * kPerOperand + plan.chunks.size() * kPerChunk;
}

Result<std::string> CompileToObject(const Program& program, const CompileOptions& options) {
  TRIPLINE_TRY_VOID(Verify(program));
  TRIPLINE_TRY(const KernelPlan plan, PlanKernel(program, options.plan));
  const std::uint64_t estimate = EstimateCompileMemory(plan);
  if (estimate > options.memory_limit_bytes) {
    return Fail(ErrorCode::kLimit, "making machine code for these rules may need " +
                                       std::to_string(estimate >> 20U) + " MiB, more than the " +
                                       std::to_string(options.memory_limit_bytes >> 20U) +
                                       " MiB allowed: they run on the interpreter");
  }
  PrepareLlvm();
  std::string object;
  TRIPLINE_TRY_VOID(RunOnCompileThread([&]() -> Result<void> {
    TRIPLINE_TRY(object, EmitObject(program, plan, options));
    return {};
  }));
  return object;
}

Result<CompiledKernel> LoadObject(std::string_view object) {
  PrepareLlvm();
  auto code = std::make_unique<CompiledKernel::Code>();
  KernelFunction function = nullptr;
  TRIPLINE_TRY_VOID(RunOnCompileThread([&]() -> Result<void> {
    TRIPLINE_TRY(function, Link(object, code->jit));
    return {};
  }));
  return CompiledKernel(std::move(code), function);
}

Result<CompiledKernel> CompileKernel(const Program& program, const CompileOptions& options) {
  TRIPLINE_TRY(const std::string object, CompileToObject(program, options));
  return LoadObject(object);
}

Result<void> ProvokeFatalError() {
  PrepareLlvm();
  return RunOnCompileThread([]() -> Result<void> {
    MeetFatalError();
    return {};
  });
}

}  // namespace tripline::jit
