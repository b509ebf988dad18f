// EndpointFields: fields that are not of ECS, but of the index templates that Elastic's endpoint
// agent brings, and that many rules ask for: `<field>.caseless`, a keyword in lower case. Part of
// FieldTypes::Ecs.
#pragma once

#include <vector>

#include "compiler/field_types.h"

namespace tripline::compiler {

[[nodiscard]] std::vector<FieldInfo> EndpointFields();

}  // namespace tripline::compiler
