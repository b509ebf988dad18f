// The names that are loaded: those of conditions outside all groups, and the paths of outermost
// groups. A name is loaded as a pattern, so that `"a*"`, a literal star for the condition itself,
// loads every field that begins with an a.
#include "compiler/data_view.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "compiler/check.h"
#include "compiler/field_types.h"
#include "compiler/leaf_atoms.h"
#include "compiler/nested_groups.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

bool IsKeyword(FieldType type) {
  return type == FieldType::kKeyword || type == FieldType::kConstantKeyword ||
         type == FieldType::kWildcard;
}

bool IsDate(FieldType type) { return type == FieldType::kDate || type == FieldType::kDateNanos; }

std::vector<std::string> SplitAtStars(std::string_view text) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    if (c == '*') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

}  // namespace

TypeFamily FamilyOf(const FieldInfo& field) {
  const std::vector<FieldType> one = {field.type};
  const std::vector<FieldType>& types = field.types.empty() ? one : field.types;
  if (std::ranges::all_of(types, IsKeyword)) {
    return TypeFamily::kKeyword;
  }
  return std::ranges::all_of(types, IsDate) ? TypeFamily::kDate : TypeFamily::kOther;
}

DataView::DataView(const grammar::Ast& ast, const NestedGroups& groups, const FieldCatalog& catalog)
    : catalog_(catalog), has_groups_(std::ranges::any_of(ast.nodes, [](const grammar::Node& node) {
        return std::holds_alternative<grammar::NestedNode>(node.data);
      })) {
  for (std::size_t id = 0; has_groups_ && id < ast.nodes.size(); ++id) {
    if (groups.Around(id) != nullptr) {
      continue;
    }
    std::visit(Overloaded{
                   [&](const grammar::IsNode& n) { Load(n.field); },
                   [&](const grammar::RangeNode& n) { Load(n.field); },
                   [&](const grammar::NestedNode& n) { Load(n.path); },
                   [](const auto& /*group*/) {},
               },
               ast.nodes[id].data);
  }
}

std::vector<const FieldInfo*> DataView::Fields(const grammar::Literal& name) {
  if (name.kind == grammar::Literal::Kind::kString) {
    const FieldInfo* const field = FindKnown(name.text);
    return field != nullptr && IsLoaded(field) ? std::vector{field}
                                               : std::vector<const FieldInfo*>{};
  }
  if (name.kind != grammar::Literal::Kind::kWildcard) {
    return {};  // the words null, true and false name no field of an index
  }
  if (name.pieces != last_pieces_) {
    last_matches_ = MatchingKnown(name.pieces);
    std::erase_if(last_matches_, [&](const FieldInfo* field) { return !IsLoaded(field); });
    last_pieces_ = name.pieces;
  }
  return last_matches_;
}

// Keys below a flattened field or an object of equal keys are no fields of an index.
const FieldInfo* DataView::FindKnown(const std::string& name) const {
  for (const FieldTypes* const table : {catalog_.mapping, catalog_.ecs}) {
    const FieldInfo* const field = table != nullptr ? table->Find(name) : nullptr;
    if (field != nullptr) {
      return field->name == name && !field->IsObject() ? field : nullptr;
    }
  }
  return nullptr;
}

std::vector<const FieldInfo*> DataView::MatchingKnown(
    const std::vector<std::string>& pieces) const {
  std::vector<const FieldInfo*> fields;
  if (catalog_.mapping != nullptr) {
    fields = catalog_.mapping->Matching(pieces);
  }
  if (catalog_.ecs != nullptr) {
    for (const FieldInfo* const field : catalog_.ecs->Matching(pieces)) {
      if (FindKnown(field->name) == field) {
        fields.push_back(field);
      }
    }
  }
  std::ranges::sort(fields, {}, &FieldInfo::name);
  return fields;
}

void DataView::Load(const grammar::Literal& name) {
  if (name.kind == grammar::Literal::Kind::kNull) {
    return;
  }
  const std::string text = LiteralText(name);
  if (!text.contains('*')) {
    if (const FieldInfo* const field = FindKnown(text)) {
      loaded_.insert(field);
    }
    return;
  }
  const std::vector<const FieldInfo*> fields = MatchingKnown(SplitAtStars(text));
  loaded_.insert(fields.begin(), fields.end());
}

bool DataView::IsLoaded(const FieldInfo* field) const {
  return !has_groups_ || loaded_.contains(field);
}

}  // namespace tripline::compiler
