// Any bytes as a rule file, in each of the forms that a name's ending stands for: what is not a
// rule is said in diagnostics that can be printed.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/diagnostic.h"
#include "compiler/rule_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 3> kNames = {"rule.toml", "rules.ndjson", "rule.json"};
  if (size == 0) {
    return 0;
  }
  // The first byte chooses the form: a printable one, so that the corpus can be written by hand.
  const std::string name(kNames[data[0] % kNames.size()]);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const tripline::compiler::ReadRules read = tripline::compiler::ReadRuleFile(name, text);
  for (const tripline::Diagnostic& diagnostic : read.diagnostics) {
    tripline::Check(!diagnostic.code.empty() && !Render(diagnostic).empty(),
                    "a diagnostic has a code and can be printed");
  }
  tripline::Check(read.num_rejected == 0 || HasErrors(read.diagnostics),
                  "a rejected rule has an error that says why");
  return 0;
}
