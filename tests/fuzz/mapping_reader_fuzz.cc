// Any bytes as an index mapping: refused with words, or a table in which every field is found.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "compiler/field_types.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto types = tripline::compiler::FieldTypes::FromMapping("mapping.json", text);
  if (!types) {
    tripline::Check(!types.error().message.empty(), "a refused mapping has a reason");
    return 0;
  }
  for (const tripline::compiler::FieldInfo& field : types->fields()) {
    tripline::Check(types->Find(field.name) == &field, "a field is found by its name");
    tripline::Check(!field.types.empty(), "a field has a type");
  }
  const std::string suggested = types->Suggest("proces.name");
  tripline::Check(suggested.empty() || types->Find(suggested) != nullptr, "a suggestion is known");
  return 0;
}
