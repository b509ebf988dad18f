// ByteSource: where the bytes of an event file come from: a file or standard input, plain or
// compressed, or text in memory. runtime/line_reader.h cuts what it gives into lines.
//
//   TRIPLINE_TRY(std::unique_ptr<ByteSource> source, OpenByteSource("events.ndjson.gz"));
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripline::runtime {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Fills the front of `into` (not empty); the number of bytes, 0 at the end. After an error the
  /// source is of no more use.
  virtual Result<std::size_t> Read(std::span<char> into) = 0;

  /// False if the next Read would have to wait for whoever writes into the pipe.
  [[nodiscard]] virtual bool IsReady() = 0;

  /// Bytes taken from the file so far, still compressed if it is compressed.
  [[nodiscard]] virtual std::uint64_t num_bytes_taken() const = 0;
};

/// The file at `path`, or standard input for "-". The first bytes tell gzip, Zstandard and plain
/// text apart; a name in .gz or .zst only demands that there is something to decompress.
/// Errors: kNotFound, kUnavailable (no permission, a folder), kInvalid (the name and the bytes
/// disagree), kUnsupported (UTF-16).
[[nodiscard]] Result<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path);

/// The bytes themselves, which must outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> SourceOverText(std::string_view text);

/// Inflates gzip, of any number of members. `name` is for messages.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> InflateGzip(std::unique_ptr<ByteSource> input,
                                                              std::string name);

/// Inflates Zstandard, of any number of frames. `name` is for messages.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> InflateZstd(std::unique_ptr<ByteSource> input,
                                                              std::string name);

}  // namespace tripline::runtime
