// Objects of nested fields as values: the wanted fields of one object in one string of bytes, so
// that a group over nested objects is decided like any other leaf, once per distinct value.
//
//   object  := for each of the field's inner fields, in order: count:u32 { value }
//   value   := kString, kText, kAddress, kObject: size:u32 bytes
//            | kInteger, kDate, kBoolean: i64
//            | kFloat: f64
//
// The reader of events writes it (runtime/object_columns.h), ObjectHolds reads it; nothing keeps it
// longer than a dictionary lives. Bytes that are no object satisfy nothing.
//
// Free functions without state.
#pragma once

#include <string_view>

#include "jit/program.h"

namespace tripline::jit {

/// True if the object makes the match's query true. Requires: Verify accepts the match for a field
/// of objects like this.
[[nodiscard]] bool ObjectHolds(const ObjectMatch& match, std::string_view object);

}  // namespace tripline::jit
