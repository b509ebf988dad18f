// Any bytes as a ruleset file: refused with a message, or loaded as a ruleset that this build would
// have written. The bytes are tried as they are and with a checksum that fits, as nobody finds one
// by chance.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "jit/verify.h"
#include "runtime/digest.h"
#include "runtime/ruleset_file.h"

namespace {

using tripline::Check;

void Try(std::string_view bytes) {
  const auto loaded = tripline::runtime::LoadRuleset(bytes);
  if (!loaded) {
    Check(!loaded.error().message.empty(), "a refusal has a reason");
    return;
  }
  Check(tripline::jit::Verify(loaded->program).has_value(), "a loaded program is verified");
  for (const tripline::runtime::RuleSpec& rule : loaded->rules) {
    Check(!rule.query || *rule.query < loaded->program.outputs.size(), "a query is there");
  }
  const std::string saved = tripline::runtime::SaveRuleset(*loaded);
  const auto again = tripline::runtime::LoadRuleset(saved);
  Check(again && again->content_hash == loaded->content_hash, "what was loaded can be saved");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  Try(bytes);
  const tripline::runtime::Sha256Digest digest = tripline::runtime::Sha256Of(bytes);
  bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  Try(bytes);
  return 0;
}
