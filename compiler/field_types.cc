// A sorted array and binary search: tables have a few thousand fields, and are asked once per leaf
// of a rule.
#include "compiler/field_types.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "compiler/endpoint_fields.h"

namespace tripline::compiler {
namespace {

constexpr std::uint8_t kMultiField = 1;  // its values are those of the field that it hangs on
constexpr std::uint8_t kAnyKey = 2;      // stands for all keys of an object
constexpr std::uint8_t kNotIndexed = 4;
constexpr std::uint8_t kNoDocValues = 8;

struct EcsField {
  std::string_view name;
  FieldType type;
  std::uint32_t ignore_above;
  std::uint32_t scaling_factor;
  std::uint8_t marks;
};

#include "compiler/ecs_fields.inc"

std::string_view ParentOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return name.substr(0, dot == std::string_view::npos ? 0 : dot);
}

const FieldInfo* FindExact(std::span<const FieldInfo> fields, std::string_view name) {
  const auto found = std::ranges::lower_bound(fields, name, {}, &FieldInfo::name);
  return found != fields.end() && found->name == name ? &*found : nullptr;
}

// What holds of a field if it holds in all indices, or in one.
void Join(const FieldInfo& other, FieldInfo& kept) {
  kept.is_disabled = kept.is_disabled && other.is_disabled;
  std::vector<FieldOption>& options = kept.not_followed;
  for (const FieldOption& option : other.not_followed) {
    if (std::ranges::find(options, option.name, &FieldOption::name) == options.end()) {
      options.push_back(option);
    }
  }
}

// Sorted by name; of one name the first stays and remembers the types of all.
std::vector<FieldInfo> Merged(std::vector<FieldInfo> fields) {
  std::map<std::string, FieldInfo> by_name;
  for (FieldInfo& field : fields) {
    const FieldType type = field.type;
    std::string name = field.name;
    const auto [kept, is_new] = by_name.try_emplace(std::move(name), std::move(field));
    if (!is_new) {
      Join(field, kept->second);
    }
    std::vector<FieldType>& types = kept->second.types;
    if (!std::ranges::binary_search(types, type)) {
      types.insert(std::ranges::lower_bound(types, type), type);
    }
  }
  std::vector<FieldInfo> merged;
  merged.reserve(by_name.size());
  for (auto& [name, field] : by_name) {
    merged.push_back(std::move(field));
  }
  return merged;
}

// Objects that no list of fields mentions by themselves: `process` of `process.name`.
std::vector<FieldInfo> ImpliedObjects(const std::vector<FieldInfo>& fields) {
  std::set<std::string_view> names;
  for (const FieldInfo& field : fields) {
    for (std::string_view name = ParentOf(field.name); !name.empty(); name = ParentOf(name)) {
      if (FindExact(fields, name) != nullptr || !names.insert(name).second) {
        break;  // whose own parents are there, too
      }
    }
  }
  std::vector<FieldInfo> objects;
  for (const std::string_view name : names) {
    FieldInfo object;
    object.name = object.source = name;
    object.type = FieldType::kObject;
    object.declared_type = "object";
    objects.push_back(std::move(object));
  }
  return objects;
}

bool IsAlias(const FieldInfo& field) {
  return field.type == FieldType::kUnknown && field.source != field.name;
}

void ResolveAliases(std::vector<FieldInfo>& fields) {
  for (FieldInfo& field : fields) {
    const FieldInfo* const target = IsAlias(field) ? FindExact(fields, field.source) : nullptr;
    if (target != nullptr && !IsAlias(*target)) {
      std::string name = std::move(field.name);
      field = *target;
      field.name = std::move(name);
    }
  }
}

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return LowerCase(c); });
  return lower;
}

// A name without a part in front that only the path to a document has (`_source.process.name`), or
// that was written twice; or without the name of a multi-field at its end.
std::vector<std::string_view> Shortened(std::string_view name) {
  std::vector<std::string_view> shorter;
  const std::size_t dot = name.find('.');
  if (dot != std::string_view::npos) {
    const std::string_view first = name.substr(0, dot);
    const std::string_view rest = name.substr(dot + 1);
    if (first == "_source" || first == "fields" || first == "ecs" ||
        rest.starts_with(std::string(first) + ".")) {
      shorter.push_back(rest);
    }
  }
  for (const std::string_view end : {".keyword", ".text", ".raw", ".caseless", ".value"}) {
    if (name.ends_with(end)) {
      shorter.push_back(name.substr(0, name.size() - end.size()));
    }
  }
  return shorter;
}

// The one field that ends in `.name` and has fewer parts than all others that do.
const FieldInfo* FindByLastParts(std::span<const FieldInfo> fields, const std::string& name) {
  const std::string ending = "." + name;
  const FieldInfo* best = nullptr;
  std::ptrdiff_t best_depth = 0;
  bool is_only = false;
  for (const FieldInfo& field : fields) {
    if (field.IsObject() || !LowerCase(field.name).ends_with(ending)) {
      continue;
    }
    const auto depth = std::ranges::count(field.name, '.');
    is_only = best == nullptr || depth < best_depth || (is_only && depth > best_depth);
    if (best == nullptr || depth < best_depth) {
      best = &field;
      best_depth = depth;
    }
  }
  return is_only ? best : nullptr;
}

// The nearest within `limit` edits, case aside.
const FieldInfo* FindByEdits(std::span<const FieldInfo> fields, const std::string& name,
                             std::size_t limit) {
  const FieldInfo* best = nullptr;
  for (const FieldInfo& field : fields) {
    const std::size_t size = field.name.size();
    const bool is_far = size > name.size() + limit || name.size() > size + limit;
    if (is_far || field.IsObject() || field.name.ends_with(".*")) {
      continue;
    }
    const std::size_t distance = EditDistance(name, LowerCase(field.name), limit);
    if (distance < limit || (distance == limit && best == nullptr)) {
      best = &field;
      limit = distance;
      if (distance == 0) {
        break;
      }
    }
  }
  return best;
}

// Whether the pieces occur in order and cover the whole name, with anything between them.
bool Matches(std::string_view name, std::span<const std::string> pieces) {
  const std::string& first = pieces.front();
  const std::string& last = pieces.back();
  if (pieces.size() == 1) {
    return name == first;
  }
  if (name.size() < first.size() + last.size() || !name.starts_with(first) ||
      !name.ends_with(last)) {
    return false;
  }
  std::string_view rest = name.substr(first.size(), name.size() - first.size() - last.size());
  for (const std::string& piece : pieces.subspan(1, pieces.size() - 2)) {
    const std::size_t at = rest.find(piece);
    if (at == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(at + piece.size());
  }
  return true;
}

}  // namespace

FieldTypes FieldTypes::FromFields(std::vector<FieldInfo> fields) {
  FieldTypes made;
  made.fields_ = Merged(std::move(fields));
  std::vector<FieldInfo> objects = ImpliedObjects(made.fields_);
  std::ranges::move(objects, std::back_inserter(made.fields_));
  std::ranges::sort(made.fields_, {}, &FieldInfo::name);
  ResolveAliases(made.fields_);
  for (FieldInfo& field : made.fields_) {
    field.nested_path = made.NestedPathOf(field.name);
    field.also_in = made.GroupsThatInclude(field.nested_path);
    if (field.types.empty()) {
      field.types = {field.type};
    }
  }
  return made;
}

FieldTypes FieldTypes::Ecs() {
  std::vector<FieldInfo> fields;
  fields.reserve(std::size(kEcsFields));
  for (const EcsField& ecs : kEcsFields) {
    FieldInfo field;
    field.name = ecs.name;
    field.type = ecs.type;
    field.declared_type = FieldTypeName(ecs.type);
    field.source = (ecs.marks & kMultiField) != 0 ? ParentOf(ecs.name) : ecs.name;
    field.ignore_above = ecs.ignore_above;
    field.scaling_factor = ecs.scaling_factor;
    field.is_indexed = (ecs.marks & kNotIndexed) == 0;
    field.has_doc_values = (ecs.marks & kNoDocValues) == 0;
    fields.push_back(std::move(field));
  }
  std::ranges::move(EndpointFields(), std::back_inserter(fields));
  return FromFields(std::move(fields));
}

std::string_view FieldTypes::EcsVersion() { return kEcsVersion; }

const FieldInfo* FieldTypes::Find(std::string_view name) const {
  if (const FieldInfo* const exact = FindExact(fields_, name)) {
    return exact;
  }
  for (std::string_view parent = ParentOf(name); !parent.empty(); parent = ParentOf(parent)) {
    const FieldInfo* const field = FindExact(fields_, parent);
    if (field != nullptr && field->type == FieldType::kFlattened) {
      return field;
    }
    if (const FieldInfo* const any_key = FindExact(fields_, std::string(parent) + ".*")) {
      return any_key;
    }
  }
  return nullptr;
}

FieldTypes FieldTypes::OfClosedIndex(std::vector<FieldInfo> fields) {
  FieldTypes types = FromFields(std::move(fields));
  types.is_closed_ = true;
  return types;
}

bool FieldTypes::IsDisabled(std::string_view name) const {
  for (; !name.empty(); name = ParentOf(name)) {
    const FieldInfo* const field = FindExact(fields_, name);
    if (field != nullptr && field->is_disabled) {
      return true;
    }
  }
  return false;
}

bool FieldTypes::LeavesOut(std::string_view name) const {
  for (std::size_t dot = name.rfind('.'); dot != name.npos; dot = name.rfind('.')) {
    name = name.substr(0, dot);
    const FieldInfo* const object = Find(name);
    if (object != nullptr && object->name == name && !object->dynamic.empty()) {
      return object->dynamic == "false" || object->dynamic == "strict";
    }
  }
  return is_closed_;
}

std::string_view FieldTypes::NestedPathOf(std::string_view name) const {
  for (std::string_view parent = ParentOf(name); !parent.empty(); parent = ParentOf(parent)) {
    const FieldInfo* const field = FindExact(fields_, parent);
    if (field != nullptr && field->type == FieldType::kNested) {
      return field->name;
    }
  }
  return {};
}

// The values of a nested object go to the group around it, and on from there; or at once outside.
std::vector<std::string> FieldTypes::GroupsThatInclude(std::string_view nested_path) const {
  std::vector<std::string> groups;
  bool goes_to_root = false;
  while (const FieldInfo* const nested = FindExact(fields_, nested_path)) {
    goes_to_root = goes_to_root || nested->goes_to_root;
    nested_path = NestedPathOf(nested_path);
    if (!nested->goes_to_parent) {
      break;
    }
    groups.emplace_back(nested_path);
  }
  if (goes_to_root && (groups.empty() || !groups.back().empty())) {
    groups.emplace_back();
  }
  return groups;
}

std::vector<const FieldInfo*> FieldTypes::Matching(std::span<const std::string> pieces) const {
  std::vector<const FieldInfo*> matching;
  if (pieces.empty()) {
    return matching;
  }
  const std::string& prefix = pieces.front();
  for (auto field = std::ranges::lower_bound(fields_, prefix, {}, &FieldInfo::name);
       field != fields_.end() && field->name.starts_with(prefix); ++field) {
    if (!field->IsObject() && !field->name.ends_with(".*") && Matches(field->name, pieces)) {
      matching.push_back(&*field);
    }
  }
  return matching;
}

std::string FieldTypes::Suggest(std::string_view name) const {
  constexpr std::size_t kMaxName = 200;
  if (name.empty() || name.size() > kMaxName) {
    return "";
  }
  for (const std::string_view shorter : Shortened(name)) {
    const FieldInfo* const field = FindExact(fields_, shorter);
    if (field != nullptr && !field->IsObject()) {
      return field->name;
    }
  }
  const std::string lower = LowerCase(name);
  constexpr std::size_t kShort = 8;  // two slips in a short name could mean anything
  const FieldInfo* near = FindByEdits(fields_, lower, 1);
  if (near == nullptr) {
    near = FindByLastParts(fields_, lower);
  }
  if (near == nullptr && lower.size() >= kShort) {
    near = FindByEdits(fields_, lower, 2);
  }
  return near == nullptr ? "" : near->name;
}

}  // namespace tripline::compiler
