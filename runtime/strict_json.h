// StrictJson: JSON as events have it, made such that any JSON library reads it without loss.
//
// The event reader takes more than most libraries do. Two things are rewritten, all else stays byte
// for byte:
//   half a surrogate pair       "\ud800"                 -> "\ufffd"
//   a number that neither 64 bits nor a double can hold
//                               123456789012345678901    -> "123456789012345678901"
//
// A pure function.
#pragma once

#include <string>
#include <string_view>

namespace tripline::runtime {

/// `json` itself if there is nothing to rewrite, else a view into `buffer`. Text that is not JSON
/// comes back as some text that is not JSON.
[[nodiscard]] std::string_view StrictJson(std::string_view json, std::string& buffer);

}  // namespace tripline::runtime
