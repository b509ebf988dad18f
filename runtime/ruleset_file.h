// The ruleset file (.trl): a compiled ruleset as portable bytes. docs/ruleset_format.md has the
// layout, an example and the reasons.
//
//   rules -Compile-> Ruleset -Save-> bytes -Load-> Ruleset
//   Ruleset -CompileCache-> caches (ruleset_cache.h) -Save-> bytes -SignRuleset-> bytes
//
// A file may come from anybody: Load believes nothing that it has not checked, and takes only what
// this build would have written. Machine code in it is passed over, unless somebody whom the caller
// trusts has signed the whole file, and it was made for this machine.
//
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/ruleset.h"
#include "runtime/ruleset_cache.h"

namespace tripline::runtime {

/// The first bytes of every ruleset file. A transfer that changes line breaks or drops the high bit
/// damages them.
inline constexpr std::string_view kRulesetMagic = "\x89TRL\r\n\x1A\n";

/// Raised by every change of the layout or of the manifest's members.
inline constexpr std::uint32_t kRulesetVersion = 5;

/// The bytes of a ruleset, and of caches for it; equal rulesets have equal bytes. Its `native` is
/// not among them. Requires at most 32 caches.
[[nodiscard]] std::string SaveRuleset(const Ruleset& ruleset,
                                      std::span<const RulesetCache> caches = {});

/// The ruleset in `bytes`. Errors: kInvalid (damaged, cut off, no ruleset file, or not as this
/// build writes it), kUnsupported (another version, or a part that this build must not pass over),
/// kLimit (jit::ProgramLimits).
[[nodiscard]] Result<Ruleset> LoadRuleset(std::string_view bytes);

struct LoadedRulesetFile {
  Ruleset ruleset;         // with `native`, if a cache counts
  std::string cache_note;  // why no cache counts, though the file has some; else empty
};

/// The same, believing those who have these public keys (base64, as SigningKey::PublicText): of a
/// file that one of them signed, the rules are verified, but not written again to compare, and a
/// cache that was made for this machine counts. Errors: as LoadRuleset.
[[nodiscard]] Result<LoadedRulesetFile> LoadRuleset(std::string_view bytes,
                                                    std::span<const std::string> trusted_keys);

/// What a file holds for one processor.
struct CacheSummary {
  CacheOutline outline;
  std::string why_not_here;  // empty: its fingerprint fits this process
};

/// The caches of a file, whoever signed it; one that cannot be read has a reason in `why_not_here`
/// alone. Errors: as LoadRuleset for the layout.
[[nodiscard]] Result<std::vector<CacheSummary>> CachesOf(std::string_view bytes);

/// The file without its caches and its signature. Errors: as LoadRuleset for the layout.
[[nodiscard]] Result<std::string> WithoutCaches(std::string_view bytes);

/// SHA-256 (hex) of what SaveRuleset writes, its checksum left out. `ruleset.content_hash` itself
/// plays no part.
[[nodiscard]] std::string ContentHash(const Ruleset& ruleset);

}  // namespace tripline::runtime
