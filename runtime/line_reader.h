// LineReader: an event file as chunks of whole lines, in constant memory whatever the file's size.
// BlockParser (runtime/block_parser.h) parses each line as a JSON document.
//
//   TRIPLINE_TRY(LineReader lines, LineReader::Open("events.ndjson.gz"));
//   LineChunk chunk;
//   for (;;) {
//     TRIPLINE_TRY(const bool has_more, lines.Fill(&chunk));
//     if (!has_more) break;
//     while (const std::optional<Line> line = chunk.Next()) { Use(*line); }
//   }
//
// Lines end in "\n" or "\r\n"; the last one need not. Blank lines are counted but not handed out,
// and so is a byte order mark at the start. A line that is too long is handed out without its text.
// A chunk owns its bytes, so that one can be parsed while the next is read. How a file is cut into
// chunks depends on its bytes and the options alone, except where a pipe has no more for now.
//
// Thread-safety: one thread at a time, for a reader as for a chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/byte_source.h"

namespace tripline::runtime {

/// Bytes that may be read (not used) behind every line's text: vectorised parsers look ahead.
inline constexpr std::size_t kLinePadding = 64;

struct LineReaderOptions {
  /// A longer line is skipped: a chunk never grows beyond this plus block_bytes and one read. 16
  /// MiB is what log shippers cut at or below.
  std::size_t max_line_bytes = std::size_t{16} << 20U;
  /// A chunk ends with the last line that is complete when it has so many bytes.
  std::size_t block_bytes = std::size_t{1} << 20U;
  /// Or when it has so many lines, blank ones too.
  std::size_t max_lines = std::numeric_limits<std::size_t>::max();
};

struct Line {
  std::uint64_t number = 0;  // 1-based; blank and skipped lines count
  std::string_view text;     // without the line break; empty if too long
  std::uint64_t size = 0;    // bytes up to the line feed, also of a line that is too long
  bool is_too_long = false;
};

/// Lines of one file, one after another.
class LineChunk {
 public:
  /// The next line, or nothing at the chunk's end. Its text stays until the chunk is filled again.
  std::optional<Line> Next();

  /// All lines, with kLinePadding readable bytes behind them.
  [[nodiscard]] std::string_view Text() const { return {buffer_.get(), end_}; }
  /// Blank ones too, handed out or not.
  [[nodiscard]] std::uint64_t num_lines() const { return places_.size(); }
  /// Those that Next has passed, and the blank ones of them.
  [[nodiscard]] std::uint64_t num_passed() const { return next_; }
  [[nodiscard]] std::uint64_t num_blank_lines() const { return num_blank_lines_; }

 private:
  friend class LineReader;

  struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t size = 0;
    bool is_too_long = false;
  };

  void Start(std::uint64_t num_lines_before, std::size_t max_kept_bytes);
  void Append(std::span<const char> bytes);
  std::span<char> Room(std::size_t num_bytes);
  void Pad();

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t begin_ = 0;     // buffer_[begin_ .. end_) is the unfinished line
  std::size_t searched_ = 0;  // no line feed in [begin_ .. searched_)
  std::size_t end_ = 0;
  std::vector<Place> places_;
  std::uint64_t num_lines_before_ = 0;
  std::size_t next_ = 0;  // of places_
  std::uint64_t num_blank_lines_ = 0;
};

class LineReader {
 public:
  /// Errors: OpenByteSource's.
  [[nodiscard]] static Result<LineReader> Open(const std::string& path,
                                               const LineReaderOptions& options = {});
  /// Lines of `text`, which must outlive the reader. `name` is for messages.
  [[nodiscard]] static LineReader OverText(std::string_view text, std::string name,
                                           const LineReaderOptions& options = {});

  /// Puts the next lines, one at least, in the place of the chunk's; false at the end of the file.
  /// Errors: the source's (kInvalid for damage, kUnavailable), once every line before the place has
  /// been handed out; they say how far it got.
  Result<bool> Fill(LineChunk* chunk);

  /// False if Fill would have to wait for whoever writes into the pipe.
  [[nodiscard]] bool IsReady() { return is_at_end_ || failure_ || source_->IsReady(); }
  /// True if it is known that Fill will find nothing.
  [[nodiscard]] bool IsOver() const { return is_at_end_ && rest_.empty() && skipped_ == 0; }
  /// Bytes taken from the file, for a progress bar.
  [[nodiscard]] std::uint64_t num_bytes_taken() const { return source_->num_bytes_taken(); }

 private:
  LineReader(std::unique_ptr<ByteSource> source, std::string name,
             const LineReaderOptions& options);

  [[nodiscard]] bool IsFull(const LineChunk& chunk);
  void FindLines(LineChunk& chunk);
  void AddLine(LineChunk& chunk, std::size_t end, std::size_t next);
  void AddLastLine(LineChunk& chunk);
  void DropLongLine(LineChunk& chunk);
  void Read(LineChunk& chunk);
  void DropByteOrderMark(LineChunk& chunk);
  std::unexpected<Error> TakeFailure();

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  LineReaderOptions options_;
  std::vector<char> rest_;     // was read, and belongs to the next chunk
  std::uint64_t skipped_ = 0;  // bytes of the unfinished line that were dropped as it is too long
  std::uint64_t num_lines_ = 0;
  bool is_at_start_ = true;
  bool is_at_end_ = false;
  std::optional<Error> failure_;  // met, but lines before it are still to be handed out
};

}  // namespace tripline::runtime
