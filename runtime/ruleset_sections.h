// The sections of a ruleset file, without a look at what they hold (docs/ruleset_format.md).
//
//   bytes -ReadSections-> sections -WriteSections-> the same bytes
//
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripline::runtime {

inline constexpr std::uint32_t kManifestKind = 1;
inline constexpr std::uint32_t kProgramKind = 2;
inline constexpr std::uint32_t kJobsKind = 3;       // only where there are any
inline constexpr std::uint32_t kSignatureKind = 4;  // not required; ruleset_signature.h
inline constexpr std::uint32_t kCacheKind = 5;      // not required; ruleset_cache.h
inline constexpr std::uint32_t kDocumentsKind = 6;  // only where there are rules

/// Flag: whoever does not know the kind must refuse the file.
inline constexpr std::uint32_t kRequired = 1;

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t flags = 0;
  std::string_view payload;  // must outlive the section
};

/// Header and table; the payloads follow in the order of the sections, and a checksum.
[[nodiscard]] std::string WriteTable(std::span<const Section> sections);

/// The whole file.
[[nodiscard]] std::string WriteSections(std::span<const Section> sections);

/// SHA-256 (hex) of the file without its checksum.
[[nodiscard]] std::string HashOf(std::span<const Section> sections);

/// The sections of a file that is whole; they look into `bytes`. Errors: kInvalid, kUnsupported.
[[nodiscard]] Result<std::vector<Section>> ReadSections(std::string_view bytes);

}  // namespace tripline::runtime
