#include "base/diagnostic.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace tripline {
namespace {

constexpr std::size_t kMaxShownColumns = 120;

// A long source line is cut to a window around the caret, at code point boundaries.
struct Window {
  std::size_t begin;
  std::size_t end;
};

Window WindowAround(std::string_view line, std::size_t caret) {
  if (line.size() <= kMaxShownColumns) {
    return {0, line.size()};
  }
  std::size_t begin = caret > kMaxShownColumns / 2 ? caret - kMaxShownColumns / 2 : 0;
  begin = std::min(begin, line.size());
  std::size_t end = std::min(line.size(), begin + kMaxShownColumns);
  const auto is_inside_code_point = [line](std::size_t at) {
    return at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U;
  };
  while (begin > 0 && is_inside_code_point(begin)) {
    --begin;
  }
  while (end < line.size() && is_inside_code_point(end)) {
    ++end;
  }
  return {begin, end};
}

}  // namespace

Diagnostic MakeDiagnostic(const SourceText& source, Span span, Severity severity, std::string code,
                          std::string message, std::string hint) {
  Diagnostic made;
  made.severity = severity;
  made.code = std::move(code);
  made.message = std::move(message);
  made.hint = std::move(hint);
  made.file = source.name;
  made.where = source.Locate(span.begin);
  const std::size_t begin = std::min<std::size_t>(span.begin, source.text.size());
  made.utf16_offset =
      static_cast<std::uint32_t>(Utf16Length(std::string_view(source.text).substr(0, begin)));
  const std::size_t line_start = source.LineStart(begin);
  const std::string_view line = source.LineAt(begin);
  const std::size_t caret = begin - line_start;
  const Window window = WindowAround(line, caret);
  made.line_text = PrintableUtf8(line.substr(window.begin, window.end - window.begin),
                                 &made.caret_begin, caret - window.begin, &made.caret_end,
                                 std::clamp<std::size_t>(span.end, begin, line_start + window.end) -
                                     line_start - window.begin);
  return made;
}

bool HasErrors(const Diagnostics& diagnostics) {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::string SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
    case Severity::kNotYet:
      return "not yet";
  }
  return "error";
}

std::string Render(const Diagnostic& d) {
  std::string text = SeverityName(d.severity) + "[" + d.code + "]: " + d.message + "\n";
  text += " --> " + d.file + ":" + std::to_string(d.where.line) + ":" +
          std::to_string(d.where.column) + "\n";
  if (!d.line_text.empty()) {
    const std::string_view line = d.line_text;
    const std::size_t lead = CodePointCount(line.substr(0, d.caret_begin));
    const std::size_t marked =
        CodePointCount(line.substr(d.caret_begin, d.caret_end - d.caret_begin));
    text += "  | " + d.line_text + "\n";
    text +=
        "  | " + std::string(lead, ' ') + std::string(std::max<std::size_t>(marked, 1), '^') + "\n";
  }
  if (!d.hint.empty()) {
    text += "  = " + d.hint + "\n";
  }
  return text;
}

}  // namespace tripline
