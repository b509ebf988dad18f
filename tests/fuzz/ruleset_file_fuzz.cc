// Any bytes as a ruleset file: refused with a message, or loaded as a ruleset that this build would
// have written. The bytes are tried as they are and with a checksum that fits, as nobody finds one
// by chance. Caches are looked at as inspect does, and read as if somebody trusted had signed them;
// only nothing in them is run.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "jit/verify.h"
#include "runtime/digest.h"
#include "runtime/ruleset_cache.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_sections.h"
#include "runtime/ruleset_signature.h"

namespace {

using tripline::Check;

void Try(std::string_view bytes) {
  const auto caches = tripline::runtime::CachesOf(bytes);
  Check(caches || !caches.error().message.empty(), "a refusal has a reason");
  const auto signature = tripline::runtime::SignatureOf(bytes);
  Check(signature || !signature.error().message.empty(), "a refusal has a reason");
  if (const auto sections = tripline::runtime::ReadSections(bytes)) {
    for (const tripline::runtime::Section& section : *sections) {
      const auto cache = tripline::runtime::ReadCache(section.payload);
      Check(!cache || tripline::runtime::WriteCache(*cache).size() <= section.payload.size(),
            "a cache is no larger than what it was read from");
    }
  }
  const auto bare = tripline::runtime::WithoutCaches(bytes);
  const auto loaded = tripline::runtime::LoadRuleset(bytes);
  if (!loaded) {
    Check(!loaded.error().message.empty(), "a refusal has a reason");
    return;
  }
  Check(tripline::jit::Verify(loaded->program).has_value(), "a loaded program is verified");
  for (const tripline::runtime::RuleSpec& rule : loaded->rules) {
    Check(!rule.query || *rule.query < loaded->program.outputs.size(), "a query is there");
  }
  const auto without = tripline::runtime::LoadRuleset(*bare);
  Check(without && without->content_hash == loaded->content_hash, "caches are no part of it");
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
