#include "compiler/endpoint_fields.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tripline::compiler {
namespace {

constexpr auto kWithCaseless = std::to_array<std::string_view>({
    "file.name",
    "file.path",
    "host.os.full",
    "host.os.name",
    "process.command_line",
    "process.executable",
    "process.name",
    "process.parent.command_line",
    "process.parent.executable",
    "process.parent.name",
    "process.parent.working_directory",
    "process.working_directory",
});

}  // namespace

std::vector<FieldInfo> EndpointFields() {
  std::vector<FieldInfo> fields;
  for (const std::string_view name : kWithCaseless) {
    FieldInfo field;
    field.name = std::string(name) + ".caseless";
    field.source = name;
    field.type = FieldType::kKeyword;
    field.declared_type = "keyword";
    field.ignore_above = 1024;
    field.normalizer = "lowercase";
    field.lowercases = true;
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace tripline::compiler
