// PatternDatabases: compiled databases of pattern sets, to be kept in a file and taken in the place
// of compiling. Each stands under the text of the literals that it looks for, so that one that was
// made for other patterns is never found.
//
//   PatternDatabases kept;
//   TRIPLINE_TRY_VOID(set.AddTo(&kept));                      // jit/pattern_set.h
//   TRIPLINE_TRY(auto again, PatternSet::Make(globs, {.ready = &kept}));
//
// Plain data. The library checks a database's version, platform and sum, and believes the rest:
// databases are as dangerous as code.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace tripline::jit {

/// From the text of literals (PatternSet's own form) to the library's bytes.
using PatternDatabases = std::map<std::string, std::string, std::less<>>;

/// What a database may use. A machine takes databases for less than it has.
enum class PatternPlatform : std::uint8_t { kThisMachine, kAvx2, kBaseline };

}  // namespace tripline::jit
