// Lower: TypedAst -> Program with one output. Nothing is decided here: each node becomes its like.
#pragma once

#include "compiler/typed_ast.h"
#include "jit/program.h"

namespace tripline::compiler {

[[nodiscard]] jit::Program Lower(const TypedAst& ast);

}  // namespace tripline::compiler
