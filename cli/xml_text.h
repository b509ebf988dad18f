// Any text as XML 1.0 can hold it: the JUnit report quotes events, paths and rules, none of which
// need be clean.
#pragma once

#include <string>
#include <string_view>

namespace tripline::cli {

/// `text` for an attribute in double quotes, or between tags. What XML 1.0 has no form for (most
/// control characters, U+FFFE, U+FFFF) and what is no UTF-8 becomes U+FFFD.
[[nodiscard]] std::string XmlEscaped(std::string_view text);

}  // namespace tripline::cli
