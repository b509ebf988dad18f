#include "compiler/mapping_options.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "base/text.h"
#include "compiler/leaf_atoms.h"
#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

bool IsFlag(const Node& node, std::string_view key, bool value) {
  const Node* const found = node.Find(key);
  if (found == nullptr) {
    return false;
  }
  const bool* const flag = std::get_if<bool>(&found->value);
  const std::string* const text = found->AsString();
  return (flag != nullptr && *flag == value) ||
         (text != nullptr && *text == (value ? "true" : "false"));
}

bool IsNumber(FieldType type) {
  const jit::ColumnKind kind = ColumnKindOf(type);
  return kind == jit::ColumnKind::kInteger || kind == jit::ColumnKind::kFloat;
}

// As the mapping has it; empty for null, and for what is no single value.
std::string ValueShown(const Node& node) {
  if (const std::string* const text = node.AsString()) {
    return Shown(*text);
  }
  if (const bool* const flag = std::get_if<bool>(&node.value)) {
    return *flag ? "true" : "false";
  }
  if (const auto* const whole = std::get_if<std::int64_t>(&node.value)) {
    return std::to_string(*whole);
  }
  return std::holds_alternative<double>(node.value) ? "a number" : "";
}

}  // namespace

bool IsOff(const Node& node, std::string_view key) { return IsFlag(node, key, false); }
bool IsOn(const Node& node, std::string_view key) { return IsFlag(node, key, true); }

bool IsField(const Node& node) {
  constexpr auto kIsOfObjects = [](const Member& member) {
    return member.key == "enabled" || member.key == "dynamic" || member.key == "subobjects";
  };
  return node.Find("type") != nullptr || node.Find("properties") != nullptr ||
         std::ranges::all_of(*node.AsObject(), kIsOfObjects);
}

std::vector<FieldOption> OptionsNotFollowed(const Node& node, const FieldInfo& field) {
  std::vector<FieldOption> options;
  if (const Node* const stand_in = node.Find("null_value")) {
    if (const std::string value = ValueShown(*stand_in); !value.empty()) {
      options.push_back(
          {"null_value", "an event's null is no value here; the index takes it for " + value});
    }
  }
  // Text has no other way to be searched.
  const bool is_text = ColumnKindOf(field.type) == jit::ColumnKind::kText;
  if (IsOff(node, "index") && (is_text || IsOff(node, "doc_values"))) {
    options.push_back({is_text ? "index" : "index` and `doc_values",
                       "here its values are searched; the index refuses to, or finds nothing"});
  }
  if (IsOff(node, "coerce") && IsNumber(field.type)) {
    options.push_back({"coerce",
                       "numbers in quotes, and fractions of whole numbers, are values here; the "
                       "index takes in no event that has them"});
  }
  if (node.Find("script") != nullptr) {
    options.push_back({"script",
                       "the index computes the values; here they are those that the event has "
                       "under that name"});
  }
  return options;
}

void CopyTargets::Add(const Node& node, const std::string& source) {
  const Node* const found = node.Find("copy_to");
  if (found == nullptr) {
    return;
  }
  if (const std::string* const single = found->AsString()) {
    sources_[*single].insert(source);
  } else if (const auto* const targets = std::get_if<Node::Array>(&found->value)) {
    for (const Node& target : *targets) {
      if (target.AsString() != nullptr) {
        sources_[*target.AsString()].insert(source);
      }
    }
  }
}

void CopyTargets::Mark(std::vector<FieldInfo>& fields) const {
  constexpr std::size_t kMaxNamed = 3;
  for (FieldInfo& field : fields) {
    const bool is_alias = field.declared_type == "alias";
    const auto found = is_alias ? sources_.end() : sources_.find(field.source);
    if (found == sources_.end()) {
      continue;
    }
    std::string names;
    std::size_t num_named = 0;
    for (const std::string& source : found->second) {
      if (num_named++ < kMaxNamed) {
        names += (names.empty() ? "`" : ", `") + source + "`";
      }
    }
    names += found->second.size() > kMaxNamed ? " and more" : "";
    field.not_followed.push_back({"copy_to", "the index has the values of " + names +
                                                 " in it, too; an event's own are asked here"});
  }
}

}  // namespace tripline::compiler
