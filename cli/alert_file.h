// AlertFile: the file that `run --alerts` appends alerts to, a line each, exactly once.
//
// The state keeps how large the file was when the last alerts had arrived. What it has beyond that
// was written by a process that died before it could mark it: if it is the beginning of what is
// written next, writing goes on at the very byte. Anything else is somebody else's, and stays.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "runtime/alert.h"
#include "runtime/state_records.h"

namespace tripline::cli {

class AlertFile {
 public:
  /// Opens `path` to append; makes it if it is missing. Errors: kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<AlertFile>> Open(const std::string& path);
  ~AlertFile();
  AlertFile(const AlertFile&) = delete;
  AlertFile& operator=(const AlertFile&) = delete;

  /// Takes up where the state says that an earlier call ended. Before the first Write.
  [[nodiscard]] Result<void> GoOnFrom(const std::optional<runtime::OutputPlace>& kept);
  /// When it returns without an error, the alerts are on the disk.
  [[nodiscard]] Result<void> Write(std::span<const runtime::Alert> alerts);
  /// None where there is no size to speak of, as of a pipe.
  [[nodiscard]] std::optional<runtime::OutputPlace> place() const;

 private:
  AlertFile(std::string path, int file) : path_(std::move(path)), file_(file) {}
  [[nodiscard]] std::unexpected<Error> Failed(const std::string& doing) const;
  [[nodiscard]] Result<std::string> ReadFrom(std::uint64_t at, std::uint64_t size) const;
  [[nodiscard]] Result<void> Append(std::string_view text);

  std::string path_;
  int file_ = -1;
  bool is_regular_ = false;
  std::uint64_t size_ = 0;  // of what is known to have arrived
  std::string unmarked_;    // behind it
  bool needs_newline_ = false;
};

}  // namespace tripline::cli
