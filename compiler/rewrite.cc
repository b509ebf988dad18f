#include "compiler/rewrite.h"

namespace tripline::compiler {

jit::Program Rewrite(const jit::Program& program) {
  return DropCoveredAtoms(MergeAlternatives(program));
}

}  // namespace tripline::compiler
