// NativeCache: what was compiled for a Program before it came here: the kernel's machine code and
// the databases of its pattern sets. With it a MatchEngine calls no compiler.
//
// As dangerous as code, because it is code: whoever makes one must know where it comes from
// (ruleset_file.h asks for a trusted signature). Immutable once made, and shared.
#pragma once

#include <string>

#include "jit/pattern_databases.h"

namespace tripline::runtime {

struct NativeCache {
  std::string kernel;  // jit::CompileToObject of the Program, for a target that this machine has
  jit::PatternDatabases patterns;
};

}  // namespace tripline::runtime
