// FieldTypes: what each field of an index is: keyword, address, date ... Check asks it what a leaf
// of a query can mean. Two sources: the Elastic Common Schema, compiled in, and an index mapping or
// template that the user gives.
//
// The ECS table is compiler/ecs_fields.inc, written by scripts/generate_ecs_fields.py (its head
// says how). Immutable once made; any number of threads may look. Pointers live as long as the
// table.
//
//   const FieldTypes ecs = FieldTypes::Ecs();
//   ecs.Find("source.ip")->type          // kIp
//   ecs.Suggest("proces.name")           // "process.name"
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/program.h"

namespace tripline::compiler {

enum class FieldType : std::uint8_t {
  kKeyword,
  kConstantKeyword,
  kWildcard,
  kText,
  kMatchOnlyText,
  kFlattened,  // flat_object in OpenSearch; its keys too
  kIp,
  kByte,
  kShort,
  kInteger,
  kLong,
  kUnsignedLong,
  kHalfFloat,
  kFloat,
  kDouble,
  kScaledFloat,
  kBoolean,
  kDate,
  kDateNanos,
  kBinary,
  kRange,  // ip_range, date_range, long_range ...
  kGeoPoint,
  kGeoShape,
  kObject,  // has fields below it and no value of its own
  kNested,  // the same, and its objects are documents of their own
  kOther,   // a type that is not listed here; FieldInfo::declared_type names it
  kUnknown,
};

/// The word in mappings: "constant_keyword".
[[nodiscard]] std::string FieldTypeName(FieldType type);
/// The type that the word in mappings means, an alias for another word included; kOther if none.
[[nodiscard]] FieldType FieldTypeNamed(std::string_view word);

/// A mapping option that changes what an index finds, and that is not followed here.
struct FieldOption {
  std::string name;    // "null_value"
  std::string effect;  // what differs, a clause
};

struct FieldInfo {
  std::string name;  // full dotted path
  FieldType type = FieldType::kUnknown;
  std::string declared_type;  // as the mapping has it, "flat_object"; an alias has its target's
  std::string source;         // where an event has the values: `name`, a multi-field's parent,
                              // an alias's target
  std::string nested_path;    // innermost nested field around it; empty: none
  std::uint32_t ignore_above = 0;  // longer values (in UTF-16 units) are not indexed; 0: no bound
  bool lowercases = false;         // a keyword's normalizer lower-cases, and does nothing else
  std::string normalizer;
  bool has_known_normalizer = true;
  std::string analyzer;         // of text, as the mapping names it; empty: the index's default
  std::string search_analyzer;  // empty: as for values
  std::optional<jit::Analysis> analysis = jit::Analysis::kStandard;  // of values; none: not known
  std::optional<jit::Analysis> search_analysis = jit::Analysis::kStandard;  // of queries
  std::string date_format;  // empty: strict_date_optional_time||epoch_millis
  double scaling_factor = 0;
  std::string constant;              // a constant_keyword's value; empty: not known
  bool is_indexed = true;            // "index": false
  bool has_doc_values = true;        // "doc_values": false
  bool is_disabled = false;          // it, or an object around it, is "enabled": false
  bool goes_to_parent = false;       // nested with "include_in_parent"
  bool goes_to_root = false;         // nested with "include_in_root"
  std::vector<std::string> also_in;  // other groups that have its values; "": outside all
  std::vector<FieldOption> not_followed;
  std::string dynamic;           // of an object: its "dynamic"; empty: as the object around it
  std::vector<FieldType> types;  // in all indices of one mapping answer, sorted; usually one

  /// True if the values are searched in that group, too; "" is outside all.
  [[nodiscard]] bool IsAlsoIn(std::string_view group) const {
    return std::ranges::find(also_in, group) != also_in.end();
  }
  /// True if indices of the same answer disagree; `type` is then the first one's.
  [[nodiscard]] bool IsMixed() const { return types.size() > 1; }
  /// An object has no value that a query could ask for.
  [[nodiscard]] bool IsObject() const {
    return type == FieldType::kObject || type == FieldType::kNested;
  }
};

class FieldTypes {
 public:
  /// The compiled-in schema; its multi-fields are those of Elastic's index templates, the
  /// endpoint's `.caseless` ones among them.
  [[nodiscard]] static FieldTypes Ecs();
  [[nodiscard]] static std::string_view EcsVersion();

  /// A table of these fields, in any order. Fields of one name are merged (the first decides, all
  /// types are kept), objects around fields are added, aliases get the type of their target, and
  /// nested paths are found out. An alias is a field of unknown type whose source is another field;
  /// a field named "<object>.*" stands for all keys of that object.
  [[nodiscard]] static FieldTypes FromFields(std::vector<FieldInfo> fields);
  /// The same of an index that takes in no other fields ("dynamic": false or strict).
  [[nodiscard]] static FieldTypes OfClosedIndex(std::vector<FieldInfo> fields);

  /// Reads an index mapping, the answer of GET index (several indices are merged), an index or
  /// component template, or the answer that lists them. Errors: kInvalid (with name:line:column),
  /// kLimit.
  [[nodiscard]] static Result<FieldTypes> FromMapping(const std::string& name,
                                                      std::string_view text);

  /// The field of that name. A key below a flattened field is that field; a key below an object
  /// whose keys all have one type (ECS's `labels`) is `<object>.*`. Null pointer if unknown.
  [[nodiscard]] const FieldInfo* Find(std::string_view name) const;

  /// True if values of a field that is not in the table are not searched: the index, or the object
  /// around it, takes in no other fields.
  [[nodiscard]] bool LeavesOut(std::string_view name) const;

  /// True if the field, or an object around it, is "enabled": false: its values are not searched.
  [[nodiscard]] bool IsDisabled(std::string_view name) const;

  /// The innermost nested field around `name`, known or not; empty if none.
  [[nodiscard]] std::string_view NestedPathOf(std::string_view name) const;

  /// The fields with a value (no objects) whose whole name matches: literal pieces with a star
  /// between each two, a star crosses dots. Sorted by name.
  [[nodiscard]] std::vector<const FieldInfo*> Matching(std::span<const std::string> pieces) const;

  /// The known field that was probably meant: other case, a slip of the keyboard, a missing or
  /// superfluous first or last part. Empty if none is near.
  [[nodiscard]] std::string Suggest(std::string_view name) const;

  /// All fields, objects included, sorted by name.
  [[nodiscard]] std::span<const FieldInfo> fields() const { return fields_; }

 private:
  [[nodiscard]] std::vector<std::string> GroupsThatInclude(std::string_view nested_path) const;

  std::vector<FieldInfo> fields_;
  bool is_closed_ = false;
};

}  // namespace tripline::compiler
