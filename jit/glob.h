// Glob, one pattern against one value: the slow twin of jit/pattern_set.h and the judge of every
// faster way to match globs.
//
// Bytes are compared exactly; a star crosses everything. With ignores_case the 26 ASCII letters are
// folded and nothing else, as OpenSearch's case_insensitive does. With has_question a '?' is one
// well-formed UTF-8 sequence: in broken text a stray byte is matched by a star or by itself, never
// by '?'.
//
//   GlobMatches(Glob{{"C:\\", ".exe"}}, "C:\\a\\b.exe")   true
#pragma once

#include <cstdint>
#include <string_view>

#include "jit/program.h"

namespace tripline::jit {

/// True if the glob matches the whole value. A glob without pieces matches nothing. Time: linear in
/// the value's size for literal pieces; with ignores_case or has_question value times piece at
/// worst.
[[nodiscard]] bool GlobMatches(const Glob& glob, std::string_view value);

/// What a glob asks of a value in simpler words, where there are such.
enum class GlobShape : std::uint8_t {
  kExact,       // the value is the literal
  kPrefix,      // the value begins with the literal
  kSuffix,      // the value ends with the literal
  kContains,    // the literal occurs in the value
  kEverything,  // nothing
  kGeneral,     // several literals, folded case or a '?'
};

[[nodiscard]] GlobShape Classify(const Glob& glob);

/// The literal of an exact, prefix, suffix or contains glob, looking into `glob`; empty for the
/// other shapes.
[[nodiscard]] std::string_view LiteralOf(const Glob& glob);

}  // namespace tripline::jit
