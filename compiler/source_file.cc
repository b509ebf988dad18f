// TextOf walks the raw spelling of a string beside its decoded text. Both languages share the walk:
// a JSON string is a TOML basic string with the additional escape `\/` and surrogate pairs. The
// walk trusts nobody: if the spelling does not give the text, the text keeps its origin and no
// anchors.
#include "compiler/source_file.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace tripline::compiler {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t Utf8Size(std::uint32_t code_point) {
  if (code_point < 0x80U) {
    return 1;
  }
  if (code_point < 0x800U) {
    return 2;
  }
  return code_point < 0x10000U ? 3 : 4;
}

std::uint32_t HexValue(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value = value * 16 + (digit & 0xFU);
  }
  return value;
}

// How many bytes an escape takes in the file, and how many in the text.
struct EscapeSize {
  std::size_t raw;
  std::size_t decoded;
};

EscapeSize SizeOfEscape(std::string_view raw) {
  const char letter = raw.size() > 1 ? raw[1] : '\0';
  if (letter == 'U') {
    return {10, Utf8Size(HexValue(raw.substr(2, 8)))};
  }
  if (letter != 'u') {
    return {2, 1};
  }
  const std::uint32_t unit = HexValue(raw.substr(2, 4));
  if (unit >= 0xD800U && unit < 0xDC00U) {
    return {12, 4};  // a surrogate pair is spelled as two escapes
  }
  return {6, Utf8Size(unit)};
}

// Length of the opening delimiter, with the line break that belongs to it.
std::size_t OpeningSize(std::string_view raw, bool is_multi_line) {
  if (!is_multi_line) {
    return 1;
  }
  const std::string_view rest = raw.substr(3);
  return rest.starts_with("\r\n") ? 5 : (rest.starts_with('\n') ? 4 : 3);
}

// End of a line continuation that begins at `i` (a backslash), or nothing if it is none.
std::optional<std::size_t> ContinuationEnd(std::string_view raw, std::size_t i) {
  const std::size_t end = raw.find_first_not_of(" \t\r\n", i + 1);
  const std::string_view blanks = raw.substr(i + 1, end == raw.npos ? end : end - i - 1);
  if (blanks.find('\n') == std::string_view::npos) {
    return std::nullopt;
  }
  return i + 1 + blanks.size();
}

void Advance(LineColumn& at, std::string_view raw) {
  for (const char c : raw) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if (!IsContinuation(c)) {
      ++at.column;
    }
  }
}

// The anchors of `text`, whose spelling is `raw` between its delimiters; nothing if they disagree.
std::optional<std::vector<SourceAnchor>> AnchorsOf(std::string_view raw, std::string_view text,
                                                   LineColumn at, bool is_multi_line) {
  std::vector<SourceAnchor> anchors;
  std::size_t decoded = 0;
  for (std::size_t i = 0; i < raw.size();) {
    std::size_t step = 1;
    if (raw[i] == '\\') {
      const auto continued = is_multi_line ? ContinuationEnd(raw, i) : std::nullopt;
      const EscapeSize size =
          continued ? EscapeSize{*continued - i, 0} : SizeOfEscape(raw.substr(i));
      step = std::min(size.raw, raw.size() - i);
      decoded += size.decoded;
      Advance(at, raw.substr(i, step));
      anchors.push_back({static_cast<std::uint32_t>(decoded), at});
    } else if (raw.substr(i).starts_with("\r\n")) {
      Advance(at, raw.substr(i, step));  // the text has the line feed alone
    } else if (decoded < text.size() && raw[i] == text[decoded]) {
      ++decoded;
      Advance(at, raw.substr(i, step));
    } else {
      return std::nullopt;
    }
    i += step;
  }
  return decoded == text.size() ? std::optional(std::move(anchors)) : std::nullopt;
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string_view text)
    : name_(std::move(name)), text_(text), line_starts_{0} {
  for (std::size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
    line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
  std::size_t count = 0;
  for (std::size_t i = 0; i < text_.size(); i += kStride) {
    code_points_.push_back(static_cast<std::uint32_t>(count));
    count += CodePointCount(text_.substr(i, kStride));
  }
  code_points_.push_back(static_cast<std::uint32_t>(count));
}

std::size_t SourceFile::CodePointsBefore(std::size_t offset) const {
  const std::size_t block = offset / kStride;
  return code_points_[block] +
         CodePointCount(text_.substr(block * kStride, offset - block * kStride));
}

std::size_t SourceFile::LineOf(std::size_t offset) const {
  const auto next = std::ranges::upper_bound(line_starts_, offset);
  return static_cast<std::size_t>(next - line_starts_.begin()) - 1;
}

LineColumn SourceFile::Locate(std::size_t offset) const {
  const std::size_t end = std::min(offset, text_.size());
  const std::size_t line = LineOf(end);
  const std::size_t column = CodePointsBefore(end) - CodePointsBefore(line_starts_[line]) + 1;
  return {static_cast<std::uint32_t>(line + 1), static_cast<std::uint32_t>(column)};
}

std::uint32_t SourceFile::OffsetOf(LineColumn place) const {
  const std::size_t line = std::clamp<std::size_t>(place.line, 1, line_starts_.size()) - 1;
  const std::size_t start = line_starts_[line];
  const std::size_t target = CodePointsBefore(start) + std::max(place.column, 1U) - 1;
  const auto next_block = std::ranges::upper_bound(code_points_, target);
  const auto block = static_cast<std::size_t>(next_block - code_points_.begin()) - 1;
  std::size_t count = code_points_[block];
  std::size_t at = block * kStride;
  for (; at < text_.size(); ++at) {
    const bool is_first_byte = !IsContinuation(text_[at]);
    if (is_first_byte && count == target) {
      break;
    }
    count += is_first_byte ? 1U : 0U;
  }
  return static_cast<std::uint32_t>(std::min(at, text_.size()));
}

Diagnostic SourceFile::Diagnose(Span span, Severity severity, std::string code, std::string message,
                                std::string hint) const {
  const std::size_t begin = std::min<std::size_t>(span.begin, text_.size());
  const std::size_t line = LineOf(begin);
  std::size_t start = line_starts_[line];
  std::size_t end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  // A file may be one line of many megabytes: only what can be shown of it is looked at.
  constexpr std::size_t kMaxContext = 1024;
  if (begin - start > kMaxContext) {
    start = begin - kMaxContext;
    while (IsContinuation(text_[start])) {
      ++start;
    }
  }
  end = std::min(end, begin + kMaxContext);
  const SourceText shown{name_, std::string(text_.substr(start, end - start)), Locate(start)};
  const auto in_line = [&](std::size_t offset) {
    return static_cast<std::uint32_t>(std::clamp(offset, start, end) - start);
  };
  Diagnostic made = MakeDiagnostic(shown, {in_line(begin), in_line(span.end)}, severity,
                                   std::move(code), std::move(message), std::move(hint));
  made.utf16_offset = 0;
  return made;
}

SourceText SourceFile::TextOf(const Node& node) const {
  SourceText made{name_, *node.AsString(), Locate(node.span.begin)};
  std::string_view raw =
      text_.substr(node.span.begin, node.span.end - std::min(node.span.begin, node.span.end));
  if (raw.size() < 2 || (raw[0] != '"' && raw[0] != '\'') || raw.back() != raw[0]) {
    return made;
  }
  const bool is_multi_line = raw.size() >= 6 && raw[1] == raw[0] && raw[2] == raw[0];
  const std::size_t opening = OpeningSize(raw, is_multi_line);
  Advance(made.origin, raw.substr(0, opening));
  const bool is_basic = raw[0] == '"';
  raw = raw.substr(opening);
  raw.remove_suffix(is_multi_line ? 3 : 1);
  if (is_basic) {
    made.anchors = AnchorsOf(raw, made.text, made.origin, is_multi_line).value_or(made.anchors);
  }
  return made;
}

void Findings::Error(Span span, std::string code, std::string message, std::string hint) {
  if (++num_errors_ <= kMaxFindings) {
    out_.push_back(file_.Diagnose(span, Severity::kError, std::move(code), std::move(message),
                                  std::move(hint)));
  } else if (num_errors_ == kMaxFindings + 1) {
    out_.push_back(file_.Diagnose(span, Severity::kError, "rule.too_many",
                                  "the file has more errors, which are not listed",
                                  "mend the ones above first"));
  }
}

void Findings::Warning(Span span, std::string code, std::string message, std::string hint) {
  if (++num_warnings_ <= kMaxFindings) {
    out_.push_back(file_.Diagnose(span, Severity::kWarning, std::move(code), std::move(message),
                                  std::move(hint)));
  } else if (num_warnings_ == kMaxFindings + 1) {
    out_.push_back(file_.Diagnose(span, Severity::kWarning, "rule.too_many",
                                  "the file has more warnings, which are not listed",
                                  "mend the ones above first"));
  }
}

void Findings::NotYet(Span span, std::string code, std::string message, std::string hint) {
  if (++num_warnings_ <= kMaxFindings) {
    out_.push_back(file_.Diagnose(span, Severity::kNotYet, std::move(code), std::move(message),
                                  std::move(hint)));
  }
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 60;
  std::size_t size = std::min(text.size(), kMaxShown);
  while (size > 0 && size < text.size() && IsContinuation(text[size])) {
    --size;
  }
  std::uint32_t unused_begin = 0;
  std::uint32_t unused_end = 0;
  return "`" + PrintableUtf8(text.substr(0, size), &unused_begin, 0, &unused_end, 0) +
         (size < text.size() ? "...`" : "`");
}

}  // namespace tripline::compiler
