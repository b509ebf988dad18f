// EventFiles: a list of event files, one after another, as chunks of whole lines. BlockParser
// (runtime/block_parser.h) makes blocks of them.
//
//   EventFiles files({"a.ndjson", "b.ndjson.gz"}, options);
//   EventChunk chunk;
//   for (;;) {
//     TRIPLINE_TRY(const bool has_more, files.Next(&chunk));
//     if (!has_more) break;
//     while (const std::optional<Line> line = chunk.lines.Next()) { Use(*line); }
//   }
//
// Thread-safety: one thread at a time; each chunk may be another thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/line_reader.h"

namespace tripline::runtime {

/// Never of two files, and of at most kMaxBlockRows lines, so that it makes one block.
struct EventChunk {
  std::uint32_t file = 0;  // position in the list of files
  LineChunk lines;
};

class EventFiles {
 public:
  /// Files are opened one after another as they are reached; "-" is standard input.
  EventFiles(std::vector<std::string> paths, const LineReaderOptions& options);
  /// Reads `text`, which must outlive this object, as if it were one file.
  EventFiles(std::string_view text, const LineReaderOptions& options);

  /// Puts the next lines in the place of the chunk's, or answers false at the end of the last file.
  /// Errors: a file that cannot be opened or read on (LineReader::Fill); the next call goes on with
  /// the next file.
  Result<bool> Next(EventChunk* chunk);

  /// False if Next would have to wait for whoever writes into a pipe, as far as can be told.
  [[nodiscard]] bool IsReady();
  /// True if it is known that Next will find nothing.
  [[nodiscard]] bool IsOver() const {
    return num_opened_ == paths_.size() && (!lines_ || lines_->IsOver());
  }
  /// Bytes taken from all files, as they lie on disk.
  [[nodiscard]] std::uint64_t num_bytes_taken() const {
    return num_bytes_of_closed_ + (lines_ ? lines_->num_bytes_taken() : 0);
  }

 private:
  Result<void> OpenNextFile();
  void CloseFile();

  std::vector<std::string> paths_;
  std::optional<std::string_view> text_;  // in the place of the one file
  LineReaderOptions options_;
  std::size_t num_opened_ = 0;
  std::optional<LineReader> lines_;  // of file num_opened_ - 1
  std::uint64_t num_bytes_of_closed_ = 0;
};

}  // namespace tripline::runtime
