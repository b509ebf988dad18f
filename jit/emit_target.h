// CodeTarget: what machine code was made for, so that code from a file is run only where it can be.
//
//   TRIPLINE_TRY(const CodeTarget target, TargetOf("x86-64-v3"));
//   if (WhyNotHere(target).empty()) ...   // this machine has all that such code may use
//
// Pure functions of this machine and this build.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tripline::jit {

struct CodeTarget {
  std::string architecture;           // "x86_64"
  std::string cpu;                    // what LLVM calls the processor: "x86-64-v3", "znver4"
  std::vector<std::string> features;  // of that processor, as LLVM calls them; sorted
  std::string generator;              // name and version of the code generator
  std::string kernel;                 // the kernel's symbol: changes with what a kernel is

  friend bool operator==(const CodeTarget&, const CodeTarget&) = default;
};

/// What this build makes for a processor: "native" is this machine, with all that it can do.
/// Errors: kUsage (no such processor), kUnavailable (no code generator).
[[nodiscard]] Result<CodeTarget> TargetOf(const std::string& cpu);

/// Why code for this target must not run in this process; empty: it may.
[[nodiscard]] std::string WhyNotHere(const CodeTarget& target);

}  // namespace tripline::jit
