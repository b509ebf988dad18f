// The door to the file system for whole files. Event files, which may be endless, have readers of
// their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripline {

/// The whole file. Errors: kNotFound, kLimit (larger than `max_bytes`), kUnavailable.
[[nodiscard]] Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes);

/// Writes a neighbour, flushes it to disk, renames it over `path`: readers see the old file or the
/// new one.
[[nodiscard]] Result<void> WriteFileAtomically(const std::string& path, std::string_view bytes);

/// All regular files below a folder whose names end in one of `endings`, sorted by path; a file
/// given as `path` is answered as it is. Errors: kNotFound.
[[nodiscard]] Result<std::vector<std::string>> ListFiles(const std::string& path,
                                                         const std::vector<std::string>& endings);

}  // namespace tripline
