// A named processor has the features that LLVM lists for it; "native" has those that the machine
// itself reports. Code may use all of them, so all of them must be here; but for instructions that
// a code generator does not choose by itself, which virtual machines often hide.
#include "jit/emit_target.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/TargetParser/X86TargetParser.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "jit/emit_llvm.h"

namespace tripline::jit {
namespace {

std::string Here() {
  return llvm::Triple(llvm::sys::getProcessTriple())
      .getArchName(llvm::Triple(llvm::sys::getProcessTriple()).getArch())
      .str();
}

/// Sorted: what programs ask for by name, and what every 64-bit x86 processor has.
constexpr std::array<std::string_view, 30> kNotChosen = {
    "64bit",    "cldemote",  "clflushopt", "clwb",    "clzero",   "enqcmd",
    "fsgsbase", "invpcid",   "movdir64b",  "movdiri", "mwaitx",   "pconfig",
    "pku",      "prefetchi", "prfchw",     "ptwrite", "rdpid",    "rdpru",
    "rdrnd",    "rdseed",    "serialize",  "sgx",     "shstk",    "uintr",
    "waitpkg",  "wbnoinvd",  "x87",        "xsavec",  "xsaveopt", "xsaves"};
static_assert(std::ranges::is_sorted(kNotChosen));

bool IsChosen(std::string_view feature) { return !std::ranges::binary_search(kNotChosen, feature); }

std::vector<std::string> HostFeatures() {
  std::vector<std::string> features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (feature.second && IsChosen(feature.first())) features.push_back(feature.first().str());
  }
  return features;
}

Result<std::vector<std::string>> NamedFeatures(const std::string& cpu) {
  if (llvm::X86::parseArchX86(cpu, /*Only64Bit=*/true) == llvm::X86::CK_None) {
    return Fail(ErrorCode::kUsage, "no processor is named '" + cpu +
                                       "'; try native, x86-64-v2, x86-64-v3 or x86-64-v4");
  }
  llvm::SmallVector<llvm::StringRef> names;
  llvm::X86::getFeaturesForCPU(cpu, names);
  std::vector<std::string> features;
  for (const llvm::StringRef name : names) {
    if (IsChosen(name)) features.push_back(name.str());
  }
  return features;
}

}  // namespace

Result<CodeTarget> TargetOf(const std::string& cpu) {
  CodeTarget target{.architecture = Here(),
                    .cpu = cpu,
                    .features = {},
                    .generator = "LLVM " LLVM_VERSION_STRING,
                    .kernel = kKernelSymbol};
  if (cpu == "native") {
    target.cpu = llvm::sys::getHostCPUName().str();
    target.features = HostFeatures();
  } else if (target.architecture == "x86_64") {
    TRIPLINE_TRY(target.features, NamedFeatures(cpu));
  } else {
    return Fail(ErrorCode::kUsage,
                "machine code can be made for x86-64 processors by name; here it is `native`");
  }
  std::ranges::sort(target.features);
  return target;
}

std::string WhyNotHere(const CodeTarget& target) {
  if (target.architecture != Here()) {
    return "it is for " + target.architecture + ", and this is " + Here();
  }
  if (target.kernel != kKernelSymbol || target.generator != "LLVM " LLVM_VERSION_STRING) {
    return "it was made by another build (" + target.generator + ", " + target.kernel + ")";
  }
  std::vector<std::string> here = HostFeatures();
  std::ranges::sort(here);
  for (const std::string& feature : target.features) {
    if (!std::ranges::binary_search(here, feature)) {
      return "it is for the processor " + target.cpu + ", and this one lacks " + feature;
    }
  }
  return {};
}

}  // namespace tripline::jit
