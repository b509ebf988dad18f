// Any bytes as the filters of a rule: refused with words, or part of a Program that Verify accepts.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/diagnostic.h"
#include "compiler/field_types.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/rule.h"
#include "compiler/rule_filters.h"
#include "compiler/typed_builder.h"
#include "jit/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto ecs = tripline::compiler::FieldTypes::Ecs();
  tripline::compiler::Rule rule;
  rule.filters = std::string(reinterpret_cast<const char*>(data), size);
  tripline::Diagnostics said;
  tripline::compiler::CheckedFilters filters =
      tripline::compiler::CheckFilters(rule, rule.filters, "filters", {nullptr, &ecs}, said);
  for (const tripline::Diagnostic& diagnostic : said) {
    tripline::Check(!diagnostic.code.empty() && !Render(diagnostic).empty(),
                    "a diagnostic has a code and can be printed");
  }
  if (filters.is_complete) {
    const auto program = tripline::compiler::Rewrite(tripline::compiler::Lower(
        JoinTrees(std::move(filters.required), std::move(filters.excluded))));
    tripline::Check(tripline::jit::Verify(program).has_value(), "filters are a good Program");
  }
  return 0;
}
