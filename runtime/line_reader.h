// LineReader: an event file as lines, in constant memory whatever the file's size. The event reader
// (runtime/json_events.h) parses each line as a JSON document.
//
//   TRIPLINE_TRY(LineReader lines, LineReader::Open("events.ndjson.gz"));
//   for (;;) {
//     TRIPLINE_TRY(const bool has_more, lines.Fill());
//     if (!has_more) break;
//     while (const std::optional<Line> line = lines.Next()) { Use(*line); }
//   }
//
// Lines end in "\n" or "\r\n"; the last one need not. Blank lines are counted but not handed out,
// and so is a byte order mark at the start. A line that is too long is handed out without its text.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/byte_source.h"

namespace tripline::runtime {

/// Bytes that may be read (not used) behind every line's text: vectorised parsers look ahead.
inline constexpr std::size_t kLinePadding = 64;

struct LineReaderOptions {
  /// A longer line is skipped: the buffer never grows beyond this plus block_bytes. 16 MiB is what
  /// log shippers cut at or below.
  std::size_t max_line_bytes = std::size_t{16} << 20U;
  /// How much one Fill reads at most; it decides how many lines are in memory at once.
  std::size_t block_bytes = std::size_t{4} << 20U;
};

struct Line {
  std::uint64_t number = 0;  // 1-based; blank and skipped lines count
  std::string_view text;     // without the line break; empty if too long
  std::uint64_t size = 0;    // bytes up to the line feed, also of a line that is too long
  bool is_too_long = false;
};

class LineReader {
 public:
  /// Errors: OpenByteSource's.
  [[nodiscard]] static Result<LineReader> Open(const std::string& path,
                                               const LineReaderOptions& options = {});
  /// Lines of `text`, which must outlive the reader. `name` is for messages.
  [[nodiscard]] static LineReader OverText(std::string_view text, std::string name,
                                           const LineReaderOptions& options = {});

  /// The next line in memory, or nothing if Fill has to fetch more. Its text stays until Fill.
  std::optional<Line> Next();

  /// Drops the lines that were handed out and reads on; false at the end of the file. Requires:
  /// Next found nothing. Errors: the source's (kInvalid for damage, kUnavailable), once every line
  /// before the place has been handed out; they say how far it got.
  Result<bool> Fill();

  [[nodiscard]] std::uint64_t num_lines() const { return num_lines_; }
  [[nodiscard]] std::uint64_t num_blank_lines() const { return num_blank_lines_; }
  /// Bytes taken from the file, for a progress bar.
  [[nodiscard]] std::uint64_t num_bytes_taken() const { return source_->num_bytes_taken(); }

 private:
  LineReader(std::unique_ptr<ByteSource> source, std::string name,
             const LineReaderOptions& options);

  void MakeRoom();
  Result<bool> ReadBlock();
  void DropByteOrderMark();
  std::optional<Line> TakeLine(const char* line_end, std::size_t next);
  std::optional<Line> TakeRest();

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  LineReaderOptions options_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t begin_ = 0;     // buffer_[begin_ .. end_) is not handed out
  std::size_t searched_ = 0;  // no line feed in [begin_ .. searched_)
  std::size_t end_ = 0;
  std::uint64_t skipped_ = 0;  // bytes of the present line that were dropped as it is too long
  std::uint64_t num_lines_ = 0;
  std::uint64_t num_blank_lines_ = 0;
  bool is_at_start_ = true;
  bool is_at_end_ = false;
  std::optional<Error> failure_;  // met, but lines before it are still to be handed out
};

}  // namespace tripline::runtime
