// Diagnostic: one mistake or remark about what an author wrote, with a stable code and a place.
//
// Codes are listed in docs/diagnostics.md; a test holds that list against the ones the rooms give.
// All mistakes of a stage are collected before it gives up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/source_text.h"

namespace tripline {

enum class Severity : std::uint8_t {
  kError,    // the rule cannot be compiled
  kWarning,  // it compiles, but probably does not mean what was meant
  kNote,     // worth counting, not worth a line of its own unless asked for
  kNotYet,   // well formed, read and kept, but this version cannot run it
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;                // stable, for example "kql.syntax"
  std::string message;             // one sentence without a full stop
  std::string hint;                // what to write instead; may be empty
  std::string file;                // SourceText::name
  LineColumn where;                // 1-based
  std::uint32_t utf16_offset = 0;  // inside the query, as Kibana counts; 0 where it has no meaning
  std::string line_text;           // the source line for the caret; may be empty
  std::uint32_t caret_begin = 0;   // byte range inside line_text
  std::uint32_t caret_end = 0;
};

using Diagnostics = std::vector<Diagnostic>;

/// A Diagnostic about `span` of `source`, with its line and caret filled in.
[[nodiscard]] Diagnostic MakeDiagnostic(const SourceText& source, Span span, Severity severity,
                                        std::string code, std::string message,
                                        std::string hint = "");

/// True if one of them is an error.
[[nodiscard]] bool HasErrors(const Diagnostics& diagnostics);

/// The word that is printed for a severity: "error", "warning", "note", "not yet".
[[nodiscard]] std::string SeverityName(Severity severity);

/// Several lines of text: severity, code, message, place, the source line with a caret, and the
/// hint.
[[nodiscard]] std::string Render(const Diagnostic& diagnostic);

}  // namespace tripline
