// IR -> bytes, in memory, by the code generator alone. Optimising the IR first was measured on the
// published corpus and made things worse: three small passes took a quarter more time for code 10 %
// slower, LLVM's usual O2 pipeline three times the time for code 20 % slower. They move what the
// emitter had put behind a guard.
#include "jit/emit_object.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <memory>
#include <mutex>

#include "jit/compile_thread.h"
#include "jit/emit_llvm.h"

namespace tripline::jit {
namespace {

/// Keeps errors from the code generator's printing to stderr; takes the first one's text.
class ErrorCollector : public llvm::DiagnosticHandler {
 public:
  explicit ErrorCollector(std::string& text) : text_(text) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() != llvm::DS_Error || !text_.empty()) return true;
    llvm::raw_string_ostream stream(text_);
    llvm::DiagnosticPrinterRawOStream printer(stream);
    info.print(printer);
    return true;
  }

 private:
  std::string& text_;
};

std::string HostFeatures() {
  std::string features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (!features.empty()) features += ',';
    features += feature.second ? '+' : '-';
    features += feature.first().str();
  }
  return features;
}

Result<std::unique_ptr<llvm::TargetMachine>> MakeTargetMachine(const CompileOptions& options) {
  const std::string triple = llvm::sys::getProcessTriple();
  std::string problem;
  const llvm::Target* const target = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (target == nullptr) return Fail(ErrorCode::kUnavailable, "no code generator: " + problem);

  const bool is_native = options.target_cpu == "native";
  const std::string cpu = is_native ? llvm::sys::getHostCPUName().str() : options.target_cpu;
  // Asked before LLVM is, which would print a warning to stderr and go on.
  const std::unique_ptr<llvm::MCSubtargetInfo> known(target->createMCSubtargetInfo(triple, "", ""));
  if (known == nullptr || !known->isCPUStringValid(cpu)) {
    return Fail(ErrorCode::kUsage, "no processor is named '" + cpu +
                                       "'; try native, x86-64-v2, x86-64-v3 or x86-64-v4");
  }
  const bool is_full = options.level == OptimizationLevel::kFull;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, is_native ? HostFeatures() : "", llvm::TargetOptions(), llvm::Reloc::PIC_,
      llvm::CodeModel::Small,
      is_full ? llvm::CodeGenOptLevel::Default : llvm::CodeGenOptLevel::None));
  if (machine == nullptr) {
    return Fail(ErrorCode::kUnavailable, "no code generator for " + triple);
  }
  return machine;
}

void SetTarget(const llvm::TargetMachine& machine, std::uint32_t vector_bits,
               llvm::Module& module) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  for (llvm::Function& function : module) {
    // Together these let 512-bit values be split; without the second they are taken as wanted.
    function.addFnAttr("prefer-vector-width", std::to_string(vector_bits));
    function.addFnAttr("min-legal-vector-width", "0");
  }
}

Result<std::string> Generate(llvm::TargetMachine& machine, llvm::Module& module) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    return Fail(ErrorCode::kUnavailable,
                "the code generator cannot write objects for " + machine.getTargetTriple().str());
  }
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

void PrepareLlvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::install_fatal_error_handler(
        [](void*, const char* reason, bool) { AbandonWork(ErrorCode::kUnavailable, reason); });
    llvm::install_bad_alloc_error_handler(
        [](void*, const char* reason, bool) { AbandonWork(ErrorCode::kLimit, reason); });
  });
}

void MeetFatalError() { llvm::report_fatal_error("provoked on purpose", false); }

Result<std::string> EmitObject(const Program& program, const KernelPlan& plan,
                               const CompileOptions& options) {
  const std::uint32_t bits = options.vector_bits;
  if (bits != 128 && bits != 256 && bits != 512) {
    return Fail(ErrorCode::kUsage,
                "vectors have 128, 256 or 512 bits, not " + std::to_string(bits));
  }
  TRIPLINE_TRY(const std::unique_ptr<llvm::TargetMachine> machine, MakeTargetMachine(options));
  std::string problem;
  llvm::LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<ErrorCollector>(problem));
  context.setDiscardValueNames(true);  // names are for people; PrintLlvm shows them
  const std::unique_ptr<llvm::Module> module = EmitLlvm(program, plan, context);
  SetTarget(*machine, bits, *module);
  TRIPLINE_TRY(std::string object, Generate(*machine, *module));
  if (!problem.empty()) return Fail(ErrorCode::kUnavailable, "the code generator: " + problem);
  return object;
}

}  // namespace tripline::jit
