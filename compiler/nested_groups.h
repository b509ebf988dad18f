// NestedGroups: the braces `path: { ... }` that each condition of a query stands in, and what they
// do to its field's name. Part of TranslateToDsl. Plain values, any thread.
//
//   a:{ b:{ c:x } }    the condition's group is a.b, its field a.b.c
//
// The names are joined as Kibana joins them, as text: a value without a field asks `path.null`. A
// path that is the word null, false or an empty text adds nothing to names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/field_types.h"
#include "grammar/ast.h"

namespace tripline::compiler {

struct NestedGroup {
  grammar::Literal path;  // from the root of the document
  std::string prefix;     // what names inside begin with; empty: nothing
};

class NestedGroups {
 public:
  /// Empty if the paths together take more than `max_bytes`: each group inside repeats the paths
  /// around it.
  [[nodiscard]] static std::optional<NestedGroups> Find(const grammar::Ast& ast,
                                                        std::size_t max_bytes);

  /// The innermost group that the node stands in; null pointer if none. A group's own node stands
  /// outside of it. Lives as long as this.
  [[nodiscard]] const NestedGroup* Around(std::size_t node) const {
    return group_of_.at(node) == 0 ? nullptr : &groups_[group_of_[node] - 1];
  }

 private:
  std::vector<NestedGroup> groups_;
  std::vector<std::uint32_t> group_of_;  // by node: index into groups_ + 1, 0 if none
};

/// The field as the document's root knows it.
[[nodiscard]] grammar::Literal FullName(const grammar::Literal& field, const NestedGroup* group);

/// What is wrong with a condition on these fields in that group (or in none), in Kibana's words: a
/// sentence a field, one on each line, the last without its full stop. Empty if nothing is.
[[nodiscard]] std::string NestingMistakes(std::span<const FieldInfo* const> fields,
                                          const NestedGroup* group);

}  // namespace tripline::compiler
