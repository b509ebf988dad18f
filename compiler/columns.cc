#include "compiler/columns.h"

#include "compiler/leaf_atoms.h"

namespace tripline::compiler {

namespace {

jit::NumberForm FormOf(const FieldInfo& info) {
  switch (info.type) {
    case FieldType::kFloat:
      return jit::NumberForm::kSingle;
    case FieldType::kHalfFloat:
      return jit::NumberForm::kHalf;
    case FieldType::kScaledFloat:
      return jit::NumberForm::kScaled;
    case FieldType::kUnsignedLong:
      return jit::NumberForm::kUnsigned;
    case FieldType::kDateNanos:
      return jit::NumberForm::kNanos;
    default:
      return jit::NumberForm::kPlain;
  }
}

}  // namespace

const FieldInfo* FindField(const FieldCatalog& catalog, const std::string& name) {
  const FieldInfo* info = catalog.mapping != nullptr ? catalog.mapping->Find(name) : nullptr;
  if (info == nullptr && catalog.ecs != nullptr && !IsLeftOut(catalog, name)) {
    info = catalog.ecs->Find(name);
  }
  // A multi-field is a matter of the mapping that has the field itself: if it has none, there is
  // none.
  const bool is_multi_field = info != nullptr && info->name == name && info->source != name;
  if (is_multi_field && catalog.mapping != nullptr && catalog.mapping->Find(name) == nullptr &&
      catalog.mapping->Find(info->source) != nullptr) {
    return nullptr;
  }
  return info;
}

bool IsLeftOut(const FieldCatalog& catalog, const std::string& name) {
  return catalog.mapping != nullptr &&
         (catalog.mapping->IsDisabled(name) ||
          (catalog.mapping->Find(name) == nullptr && catalog.mapping->LeavesOut(name)));
}

jit::Field ColumnFor(const FieldInfo& info, const std::string& path) {
  jit::Field field;
  field.name = path;
  field.kind = ColumnKindOf(info.type);
  field.ignore_above = field.kind == jit::ColumnKind::kString ? info.ignore_above : 0;
  field.source = info.name == path && info.source != path ? info.source : "";
  const LeafType leaf = LeafTypeOf(info);
  if (field.kind == jit::ColumnKind::kText) {
    field.analysis = info.analysis.value_or(jit::Analysis::kStandard);
  }
  field.date_format = OwnDateFormat(info);
  field.form = FormOf(info);
  field.scale = field.form == jit::NumberForm::kScaled ? leaf.scale : 0;
  field.lowercases = field.kind == jit::ColumnKind::kString && info.lowercases;
  return field;
}

jit::Field UnknownColumn(const std::string& name) {
  jit::Field field;
  field.name = name;
  return field;
}

// The brackets keep it apart from a field whose name holds a star.
jit::Field PatternColumn(const std::string& pattern) {
  jit::Field field;
  field.name = "[" + pattern + "]";
  field.source = pattern;
  field.is_pattern = true;
  return field;
}

jit::Field DetectorField(const std::string& name, const FieldCatalog& catalog) {
  const FieldInfo* const info = FindField(catalog, name);
  if (info == nullptr || info->IsObject()) {
    return UnknownColumn(name);
  }
  // A detector shows and counts values as they are, not in the form that conditions compare.
  jit::Field field = ColumnFor(*info, name);
  if (field.form == jit::NumberForm::kScaled || field.form == jit::NumberForm::kUnsigned) {
    field.kind = jit::ColumnKind::kFloat;
  }
  field.form = jit::NumberForm::kPlain;
  field.scale = 0;
  field.analysis = jit::Analysis::kStandard;
  return field;
}

}  // namespace tripline::compiler
