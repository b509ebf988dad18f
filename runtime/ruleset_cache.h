// The cache section of a ruleset file: for one processor, what was compiled of the file's rules. A
// file may have several. docs/ruleset_format.md says when one counts.
//
//   cache   := version:u32 architecture:string cpu:string generator:string kernel:string
//              library:string features:list code:string
//              count:u32 { literals:string database:string }
//   list    := count:u32 { string }            string := size:u32 bytes
//
// Everything before `code` is the fingerprint, and may be read of any file. Code and databases are
// what their words say: only whoever trusts the file may read them.
//
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jit/emit_target.h"
#include "jit/program.h"
#include "runtime/native_cache.h"

namespace tripline::runtime {

/// Raised by every change of the grammar; a cache of another version is passed over.
inline constexpr std::uint32_t kCacheVersion = 1;

/// What a cache was made for and with.
struct CacheFingerprint {
  jit::CodeTarget target;
  std::string library;  // of the pattern databases

  friend bool operator==(const CacheFingerprint&, const CacheFingerprint&) = default;
};

struct RulesetCache {
  CacheFingerprint fingerprint;
  NativeCache native;
};

/// The fingerprint of a cache, with the sizes of what follows it.
struct CacheOutline {
  CacheFingerprint fingerprint;
  std::size_t code_bytes = 0;
  std::size_t database_bytes = 0;
};

/// Compiles for a processor by its name (jit::TargetOf). Requires a Program that Verify accepts.
/// Errors: kUsage (no such processor), kLimit (rules too large for machine code), kUnavailable.
[[nodiscard]] Result<RulesetCache> CompileCache(const jit::Program& program,
                                                const std::string& cpu);

[[nodiscard]] std::string WriteCache(const RulesetCache& cache);

/// From bytes of anybody. Errors: kInvalid, kUnsupported (another version).
[[nodiscard]] Result<CacheOutline> ReadCacheOutline(std::string_view bytes);
/// Errors: as ReadCacheOutline.
[[nodiscard]] Result<RulesetCache> ReadCache(std::string_view bytes);

/// Why a cache cannot be used in this process; empty: it can.
[[nodiscard]] std::string WhyNotHere(const CacheFingerprint& fingerprint);

}  // namespace tripline::runtime
