// ConditionOn: what a condition on one field becomes, whatever it is written in: KQL (Check), query
// DSL and exception entries (TypedBuilder).
//
//   name, value -> which columns of an event, which atoms -> TestNode, or a constant
//
// A pure function; the remarks are without a place, which the caller knows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/columns.h"
#include "compiler/leaf_atoms.h"
#include "compiler/typed_ast.h"

namespace tripline::compiler {

/// The atoms of the condition on a type.
using MeaningOn = std::function<LeafMeaning(const LeafType&)>;

/// What a field of nested objects means outside a group for them: Kibana refuses such KQL, a search
/// engine that gets it as DSL finds nothing.
enum class NestedOutside : std::uint8_t { kIsRefused, kNeverMatches };

struct FieldCondition {
  TypedNode node = ConstantNode{false};
  std::vector<LeafProblem> about_name;   // doubts about the field
  std::vector<LeafProblem> about_value;  // a value that is none of the field's
};

/// `path` is the field's whole name, without stars; `group` the nested objects that the condition
/// is about, or empty. Inside a group the node's columns stand inside the object.
[[nodiscard]] FieldCondition ConditionOn(const FieldCatalog& catalog, const std::string& path,
                                         const std::string& group, NestedOutside outside,
                                         const MeaningOn& meaning_on);

/// Makes the tests' columns those of one object of the nested field `group`; tests on what does not
/// stand inside are left out. No tests: a constant.
[[nodiscard]] TypedNode MovedInto(const std::string& group, TestNode tests);

}  // namespace tripline::compiler
