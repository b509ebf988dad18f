// One loop from the root to the leaves: a node hands its group on to its operands, a NestedNode a
// new one.
#include "compiler/nested_groups.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/field_types.h"
#include "compiler/leaf_atoms.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using Kind = grammar::Literal::Kind;

bool AddsNothing(const Literal& path) {
  return path.kind == Kind::kNull || (path.kind == Kind::kBoolean && !path.boolean) ||
         (path.kind == Kind::kString && path.text.empty());
}

NestedGroup GroupAt(const Literal& path, const NestedGroup* around) {
  NestedGroup group{FullName(path, around), ""};
  if (group.path.kind == Kind::kWildcard) {  // a path is text, its stars too
    group.path.text = LiteralText(group.path);
    group.path.kind = Kind::kString;
    group.path.pieces.clear();
  }
  if (!AddsNothing(group.path)) {
    group.prefix = LiteralText(group.path);
  }
  return group;
}

// Requires that the field's own path is another one, or that the group around adds no path; the
// field is then nested nowhere, and the reference says so in JavaScript's words.
std::string Mistake(const FieldInfo& field, const std::string& asked) {
  if (field.nested_path.empty() && asked.empty()) {
    return "Nested field " + field.name +
           " is being queried with the incorrect nested path. The correct path is undefined";
  }
  if (field.nested_path.empty()) {
    return field.name + " is not a nested field but is in nested group \"" + asked +
           "\" in the KQL expression";
  }
  if (asked.empty()) {
    return field.name + " is a nested field, but is not in a nested group in the KQL expression";
  }
  return "Nested field " + field.name +
         " is being queried with the incorrect nested path. The correct path is " +
         field.nested_path;
}

}  // namespace

std::optional<NestedGroups> NestedGroups::Find(const grammar::Ast& ast, std::size_t max_bytes) {
  NestedGroups found;
  found.group_of_.resize(ast.nodes.size(), 0);
  std::size_t num_bytes = 0;
  const auto hand_on = [&](const std::vector<grammar::NodeId>& operands, std::uint32_t group) {
    for (const grammar::NodeId operand : operands) {
      found.group_of_.at(operand) = group;
    }
  };
  for (std::size_t id = ast.nodes.size(); id-- > 0;) {
    const std::uint32_t here = found.group_of_[id];
    if (const auto* const nested = std::get_if<grammar::NestedNode>(&ast.nodes[id].data)) {
      const NestedGroup* const around = found.Around(id);
      num_bytes +=
          LiteralText(nested->path).size() + (around != nullptr ? around->prefix.size() : 0);
      if (num_bytes > max_bytes) {
        return std::nullopt;
      }
      NestedGroup group = GroupAt(nested->path, around);
      found.groups_.push_back(std::move(group));
      hand_on({nested->child}, static_cast<std::uint32_t>(found.groups_.size()));
      continue;
    }
    std::visit(Overloaded{
                   [&](const grammar::OrNode& n) { hand_on(n.operands, here); },
                   [&](const grammar::AndNode& n) { hand_on(n.operands, here); },
                   [&](const grammar::NotNode& n) { hand_on({n.operand}, here); },
                   [](const auto& /*leaf*/) {},
               },
               ast.nodes[id].data);
  }
  return found;
}

Literal FullName(const Literal& field, const NestedGroup* group) {
  if (group == nullptr || group->prefix.empty()) {
    return field;
  }
  Literal full = field;
  if (full.kind == Kind::kWildcard) {
    full.pieces.at(0).insert(0, group->prefix + ".");
  } else {
    full.text = group->prefix + "." + LiteralText(field);
    full.kind = Kind::kString;
  }
  return full;
}

std::string NestingMistakes(std::span<const FieldInfo* const> fields, const NestedGroup* group) {
  const std::string asked = group != nullptr ? group->prefix : "";
  const bool is_group_without_path = group != nullptr && asked.empty();
  std::string mistakes;
  for (const FieldInfo* const field : fields) {
    if (field->nested_path != asked || is_group_without_path) {
      mistakes += (mistakes.empty() ? "" : ".\n") + Mistake(*field, asked);
    }
  }
  return mistakes;
}

}  // namespace tripline::compiler
