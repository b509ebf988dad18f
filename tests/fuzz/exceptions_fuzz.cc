// Any bytes as an export of exception lists: what is not one is said in diagnostics that can be
// printed; every list becomes a Program that Verify accepts.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/diagnostic.h"
#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/rule_reader.h"
#include "jit/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto ecs = tripline::compiler::FieldTypes::Ecs();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tripline::compiler::ReadRules read = tripline::compiler::ReadRuleFile("exceptions.ndjson", text);
  tripline::compiler::ValueLists none;
  const auto lists = tripline::compiler::ExceptionLists::Make(read.asides, {nullptr, &ecs}, none,
                                                              read.diagnostics);
  for (const tripline::Diagnostic& diagnostic : read.diagnostics) {
    tripline::Check(!diagnostic.code.empty() && !Render(diagnostic).empty(),
                    "a diagnostic has a code and can be printed");
  }
  for (const auto& list : lists.lists()) {
    tripline::Check(tripline::jit::Verify(list.program).has_value(), "a list is a good Program");
    tripline::Check(lists.Find(list.name) == &list, "a list is found by its name");
  }
  return 0;
}
