#include "compiler/columns.h"

#include "compiler/leaf_atoms.h"

namespace tripline::compiler {

const FieldInfo* FindField(const FieldCatalog& catalog, const std::string& name) {
  const FieldInfo* info = catalog.mapping != nullptr ? catalog.mapping->Find(name) : nullptr;
  if (info == nullptr && catalog.ecs != nullptr) {
    info = catalog.ecs->Find(name);
  }
  return info;
}

jit::Field ColumnFor(const FieldInfo& info, const std::string& path) {
  jit::Field field;
  field.name = path;
  field.kind = ColumnKindOf(info.type);
  field.ignore_above = field.kind == jit::ColumnKind::kString ? info.ignore_above : 0;
  field.source = info.name == path && info.source != path ? info.source : "";
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
  return info != nullptr && !info->IsObject() ? ColumnFor(*info, name) : UnknownColumn(name);
}

}  // namespace tripline::compiler
