// Lower: TypedAst -> Program with one output. Nothing is decided here: each node becomes its like,
// and a group over nested objects one leaf, whose atom holds the group's own Program.
#pragma once

#include "base/time.h"
#include "compiler/typed_ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// `run_interval`: how often the query runs, for dates around `now`; zero if that is not known.
[[nodiscard]] jit::Program Lower(const TypedAst& ast, Milliseconds run_interval = {});

}  // namespace tripline::compiler
