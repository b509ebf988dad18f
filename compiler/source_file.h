// SourceFile: a whole file's text with its lines indexed, and Findings: the diagnostics about it.
//
// A SourceFile looks at text that must outlive it. Findings keep at most kMaxFindings errors and as
// many warnings, so that a hostile file cannot fill the memory with complaints about itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "compiler/document.h"

namespace tripline::compiler {

/// Rule documents and mappings are small; the public corpus as one NDJSON takes 6 MB.
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaxFindings = 1000;

class SourceFile {
 public:
  /// Requires fewer than 2^32 bytes.
  SourceFile(std::string name, std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] LineColumn Locate(std::size_t offset) const;
  /// The other way round. Requires a place that Locate could give, or one past the end.
  [[nodiscard]] std::uint32_t OffsetOf(LineColumn place) const;
  [[nodiscard]] Diagnostic Diagnose(Span span, Severity severity, std::string code,
                                    std::string message, std::string hint) const;
  /// The string that `node` holds, with its way back into the file: exact from its first byte to
  /// its last, escapes, line continuations and CRLF line ends included.
  [[nodiscard]] SourceText TextOf(const Node& node) const;

 private:
  [[nodiscard]] std::size_t LineOf(std::size_t offset) const;
  [[nodiscard]] std::size_t CodePointsBefore(std::size_t offset) const;

  static constexpr std::size_t kStride = 256;
  std::string name_;
  std::string_view text_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<std::uint32_t> code_points_;  // before each multiple of kStride bytes
};

class Findings {
 public:
  /// Appends to `out`; both must outlive it.
  Findings(const SourceFile& file, Diagnostics& out) : file_(file), out_(out) {}

  void Error(Span span, std::string code, std::string message, std::string hint = "");
  void Warning(Span span, std::string code, std::string message, std::string hint = "");
  /// Well formed, but this version cannot evaluate it.
  void NotYet(Span span, std::string code, std::string message, std::string hint = "");
  /// All errors so far, the ones that were not kept included.
  [[nodiscard]] std::size_t num_errors() const { return num_errors_; }
  [[nodiscard]] const SourceFile& file() const { return file_; }

 private:
  const SourceFile& file_;
  Diagnostics& out_;
  std::size_t num_errors_ = 0;
  std::size_t num_warnings_ = 0;  // those that are not yet evaluated among them
};

/// Foreign text as a message may show it: in quotes, printable, cut to a readable length.
[[nodiscard]] std::string Shown(std::string_view text);

}  // namespace tripline::compiler
