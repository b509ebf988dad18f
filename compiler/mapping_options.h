// The options of a mapping's fields that change what an index finds, and that Tripline does not
// follow: they are kept in FieldInfo::not_followed, for a warning where a condition asks the field.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/document.h"
#include "compiler/field_types.h"

namespace tripline::compiler {

/// True if the member is the flag, or the text, false (true).
[[nodiscard]] bool IsOff(const Node& node, std::string_view key);
[[nodiscard]] bool IsOn(const Node& node, std::string_view key);

/// False if the object lacks a `type` that a search engine asks for.
[[nodiscard]] bool IsField(const Node& node);

/// The options of `node` itself; `field` has its type and flags already.
[[nodiscard]] std::vector<FieldOption> OptionsNotFollowed(const Node& node, const FieldInfo& field);

/// Which fields are copied to which ("copy_to").
class CopyTargets {
 public:
  void Add(const Node& node, const std::string& source);
  /// Notes at each target, and its multi-fields, where its values come from.
  void Mark(std::vector<FieldInfo>& fields) const;

 private:
  std::map<std::string, std::set<std::string>> sources_;  // by target
};

}  // namespace tripline::compiler
