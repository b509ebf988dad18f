#include "cli/alert_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "cli/talk.h"

namespace tripline::cli {
namespace {

// More than a handful of alerts can be; what is larger was not left by a process that died.
constexpr std::uint64_t kMaxUnmarked = std::uint64_t{1} << 30U;

}  // namespace

std::unexpected<Error> AlertFile::Failed(const std::string& doing) const {
  return Fail(ErrorCode::kUnavailable,
              "cannot " + doing + " '" + path_ + "' (--alerts): " + std::strerror(errno) +
                  "; with --state nothing is lost: the next call goes on where this one ended");
}

Result<std::unique_ptr<AlertFile>> AlertFile::Open(const std::string& path) {
  std::error_code failure;
  const std::string whole = std::filesystem::weakly_canonical(path, failure).string();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  std::unique_ptr<AlertFile> alerts(new AlertFile(failure ? path : whole, file));
  struct stat status{};
  if (file < 0 || ::fstat(file, &status) != 0) {
    return alerts->Failed("open");
  }
  alerts->is_regular_ = S_ISREG(status.st_mode);
  alerts->size_ = alerts->is_regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (alerts->size_ > 0) {
    TRIPLINE_TRY(const std::string last, alerts->ReadFrom(alerts->size_ - 1, 1));
    alerts->needs_newline_ = !last.ends_with('\n');
  }
  return alerts;
}

AlertFile::~AlertFile() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Result<std::string> AlertFile::ReadFrom(std::uint64_t at, std::uint64_t size) const {
  std::string text(size, '\0');
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t count =
        ::pread(file_, text.data() + done, size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return Failed("read");
    }
    done += static_cast<std::uint64_t>(count);
  }
  return text;
}

Result<void> AlertFile::GoOnFrom(const std::optional<runtime::OutputPlace>& kept) {
  if (!is_regular_ || !kept || kept->path != path_) {
    return {};
  }
  if (kept->size > size_) {
    Say("'" + path_ +
        "' is shorter than when alerts were last written to it; writing goes on at "
        "its end");
    return {};
  }
  if (size_ - kept->size <= kMaxUnmarked) {
    TRIPLINE_TRY(unmarked_, ReadFrom(kept->size, size_ - kept->size));
    size_ = kept->size;
  }
  return {};
}

Result<void> AlertFile::Append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file_, text.data(), text.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return Failed("write to");
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> AlertFile::Write(std::span<const runtime::Alert> alerts) {
  std::string lines;
  for (const runtime::Alert& alert : alerts) {
    lines += alert.json + "\n";
  }
  std::string_view rest = lines;
  if (!unmarked_.empty() && (rest.starts_with(unmarked_) || unmarked_.starts_with(rest))) {
    const std::size_t known = std::min(unmarked_.size(), rest.size());
    rest.remove_prefix(known);
    unmarked_.erase(0, known);
    needs_newline_ = false;
  } else if (!unmarked_.empty()) {
    Say("'" + path_ + "' holds " + Grouped(unmarked_.size()) +
        " bytes that are not of alerts of this state; writing goes on behind them");
    size_ += unmarked_.size();
    unmarked_.clear();
  }
  if (needs_newline_) {
    TRIPLINE_TRY_VOID(Append("\n"));
    size_ += 1;
    needs_newline_ = false;
  }
  TRIPLINE_TRY_VOID(Append(rest));
  size_ += lines.size();
  if (is_regular_ && ::fsync(file_) != 0) {
    return Failed("write to");
  }
  return {};
}

std::optional<runtime::OutputPlace> AlertFile::place() const {
  return is_regular_ ? std::optional(runtime::OutputPlace{.path = path_, .size = size_})
                     : std::nullopt;
}

}  // namespace tripline::cli
