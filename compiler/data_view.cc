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
#include "jit/atoms.h"
#include "jit/program.h"

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

// Objects are no fields of a data view, nor are nested ones; but what is an object in one index and
// something else in another is listed, as a field of conflicting types.
bool IsListed(const FieldInfo& field) { return !field.IsObject() || field.IsMixed(); }

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
    return field != nullptr && IsLoaded(field) ? std::vector{AsListed(field)}
                                               : std::vector<const FieldInfo*>{};
  }
  if (name.kind != grammar::Literal::Kind::kWildcard) {
    return {};  // the words null, true and false name no field of an index
  }
  if (name.pieces != last_pieces_) {
    last_matches_ = MatchingKnown(name.pieces);
    std::erase_if(last_matches_, [&](const FieldInfo* field) { return !IsLoaded(field); });
    std::ranges::transform(last_matches_, last_matches_.begin(),
                           [&](const FieldInfo* field) { return AsListed(field); });
    last_pieces_ = name.pieces;
  }
  return last_matches_;
}

// Keys below a flattened field or an object of equal keys are no fields of an index.
const FieldInfo* DataView::FindKnown(const std::string& name) const {
  const FieldInfo* const field = FindField(catalog_, name);
  return field != nullptr && field->name == name && IsListed(*field) ? field : nullptr;
}

std::vector<const FieldInfo*> DataView::MatchingKnown(
    const std::vector<std::string>& pieces) const {
  std::vector<const FieldInfo*> fields;
  if (catalog_.mapping != nullptr) {
    fields = catalog_.mapping->Matching(pieces);
    for (const FieldInfo& field : catalog_.mapping->fields()) {
      if (field.IsObject() && IsListed(field) && jit::AtomAccepts(jit::Glob{pieces}, field.name)) {
        fields.push_back(&field);
      }
    }
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

// A nested field is told by its name's beginnings, the longest first; one that is something else in
// another index does not count.
const FieldInfo* DataView::AsListed(const FieldInfo* field) {
  const auto parent_of = [&](const std::string& path) -> const FieldInfo* {
    return path.empty() || catalog_.mapping == nullptr ? nullptr : catalog_.mapping->Find(path);
  };
  const FieldInfo* parent = parent_of(field->nested_path);
  if (parent == nullptr || !parent->IsMixed()) {
    return field;
  }
  while (parent != nullptr && parent->IsMixed()) {
    parent = parent_of(parent->nested_path);
  }
  FieldInfo& changed = changed_.try_emplace(field, *field).first->second;
  changed.nested_path = parent != nullptr ? parent->name : "";
  return &changed;
}

}  // namespace tripline::compiler
