// TypedAst: a query whose names and values have met the field types. It stands between Check and
// Lower:
//
//   Ast -Check-> TypedAst -Lower-> jit::Program
//
// Every `field:value` of the query has become FieldTests, one for each field that the name stands
// for; what can be known without events (a bare `*`, a decimal on an integer field) has become a
// constant. Post-order, like the Ast.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "jit/program.h"

namespace tripline::compiler {

using TypedNodeId = std::uint32_t;

/// Some value of `field` satisfies one of `atoms`.
struct FieldTest {
  jit::Field field;
  std::vector<jit::Atom> atoms;
};

struct ConstantNode {
  bool value = false;
};
/// True if one of the tests is.
struct TestNode {
  std::vector<FieldTest> tests;
};
struct TypedNot {
  TypedNodeId operand = 0;
};
struct TypedAnd {
  std::vector<TypedNodeId> operands;
};
struct TypedOr {
  std::vector<TypedNodeId> operands;
};

/// Some object of the nested field `path` makes `operand` true by itself. The fields of the tests
/// below are those of one object: their sources are paths from it.
struct TypedNested {
  std::string path;    // from the document's root, as the query says it
  std::string source;  // from the object around it, or from the root
  TypedNodeId operand = 0;
};

using TypedNode = std::variant<ConstantNode, TestNode, TypedNot, TypedAnd, TypedOr, TypedNested>;

struct TypedAst {
  std::vector<TypedNode> nodes;  // children before parents
  TypedNodeId root = 0;
};

}  // namespace tripline::compiler
