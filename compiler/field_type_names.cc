// The words of mappings for types, both ways.
#include <map>

#include "compiler/field_types.h"

namespace tripline::compiler {

std::string FieldTypeName(FieldType type) {
  switch (type) {
    case FieldType::kKeyword:
      return "keyword";
    case FieldType::kConstantKeyword:
      return "constant_keyword";
    case FieldType::kWildcard:
      return "wildcard";
    case FieldType::kText:
      return "text";
    case FieldType::kMatchOnlyText:
      return "match_only_text";
    case FieldType::kFlattened:
      return "flattened";
    case FieldType::kIp:
      return "ip";
    case FieldType::kByte:
      return "byte";
    case FieldType::kShort:
      return "short";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kLong:
      return "long";
    case FieldType::kUnsignedLong:
      return "unsigned_long";
    case FieldType::kHalfFloat:
      return "half_float";
    case FieldType::kFloat:
      return "float";
    case FieldType::kDouble:
      return "double";
    case FieldType::kScaledFloat:
      return "scaled_float";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kDate:
      return "date";
    case FieldType::kDateNanos:
      return "date_nanos";
    case FieldType::kBinary:
      return "binary";
    case FieldType::kRange:
      return "range";
    case FieldType::kGeoPoint:
      return "geo_point";
    case FieldType::kGeoShape:
      return "geo_shape";
    case FieldType::kObject:
      return "object";
    case FieldType::kNested:
      return "nested";
    case FieldType::kOther:
      return "other";
    case FieldType::kUnknown:
      return "unknown";
  }
  return "unknown";
}

FieldType FieldTypeNamed(std::string_view word) {
  static const std::map<std::string_view, FieldType> kTypes = {
      {"annotated_text", FieldType::kText},
      {"binary", FieldType::kBinary},
      {"boolean", FieldType::kBoolean},
      {"byte", FieldType::kByte},
      {"constant_keyword", FieldType::kConstantKeyword},
      {"date", FieldType::kDate},
      {"date_nanos", FieldType::kDateNanos},
      {"date_range", FieldType::kRange},
      {"double", FieldType::kDouble},
      {"double_range", FieldType::kRange},
      {"flat_object", FieldType::kFlattened},
      {"flattened", FieldType::kFlattened},
      {"float", FieldType::kFloat},
      {"float_range", FieldType::kRange},
      {"geo_point", FieldType::kGeoPoint},
      {"geo_shape", FieldType::kGeoShape},
      {"half_float", FieldType::kHalfFloat},
      {"integer", FieldType::kInteger},
      {"integer_range", FieldType::kRange},
      {"ip", FieldType::kIp},
      {"ip_range", FieldType::kRange},
      {"keyword", FieldType::kKeyword},
      {"long", FieldType::kLong},
      {"long_range", FieldType::kRange},
      {"match_only_text", FieldType::kMatchOnlyText},
      {"nested", FieldType::kNested},
      {"object", FieldType::kObject},
      {"passthrough", FieldType::kObject},
      {"scaled_float", FieldType::kScaledFloat},
      {"search_as_you_type", FieldType::kText},
      {"short", FieldType::kShort},
      {"text", FieldType::kText},
      {"token_count", FieldType::kInteger},
      {"unsigned_long", FieldType::kUnsignedLong},
      {"wildcard", FieldType::kWildcard},
  };
  const auto found = kTypes.find(word);
  return found == kTypes.end() ? FieldType::kOther : found->second;
}

}  // namespace tripline::compiler
