// Diagnostics as JSON, for programs that read them: `tripline check --format json` and the answers
// of a cluster say the same.
//
// A pure function.
#pragma once

#include <string>

#include "base/diagnostic.h"

namespace tripline::compiler {

/// A JSON array of {"severity", "code", "message", "hint", "file", "line", "column", "offset",
/// "line_text"}, one line. Bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string DiagnosticsToJson(const Diagnostics& diagnostics);

}  // namespace tripline::compiler
