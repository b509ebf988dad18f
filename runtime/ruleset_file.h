// The ruleset file (.trl): a compiled ruleset as portable bytes. docs/ruleset_format.md has the
// layout, an example and the reasons.
//
//   rules -Compile-> Ruleset -Save-> bytes -Load-> Ruleset
//
// A file may come from anybody: Load believes nothing that it has not checked, and takes only what
// this build would have written. There is no machine code in it.
//
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

/// The first bytes of every ruleset file. A transfer that changes line breaks or drops the high bit
/// damages them.
inline constexpr std::string_view kRulesetMagic = "\x89TRL\r\n\x1A\n";

/// Raised by every change of the layout or of the manifest's members.
inline constexpr std::uint32_t kRulesetVersion = 4;

/// The bytes of a ruleset; equal rulesets have equal bytes.
[[nodiscard]] std::string SaveRuleset(const Ruleset& ruleset);

/// The ruleset in `bytes`. Errors: kInvalid (damaged, cut off, no ruleset file, or not as this
/// build writes it), kUnsupported (another version, or a part that this build must not pass over),
/// kLimit (jit::ProgramLimits).
[[nodiscard]] Result<Ruleset> LoadRuleset(std::string_view bytes);

/// SHA-256 (hex) of what SaveRuleset writes, its checksum left out. `ruleset.content_hash` itself
/// plays no part.
[[nodiscard]] std::string ContentHash(const Ruleset& ruleset);

}  // namespace tripline::runtime
