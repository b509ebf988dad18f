#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tripline {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> SystemFailure(const std::string& what, const std::string& path) {
  const int number = errno;
  const ErrorCode code = number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return Fail(code, what + " " + path + ": " + std::generic_category().message(number));
}

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<void> WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return SystemFailure("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// A device or a pipe is written to; a rename would put a file in its place.
Result<void> WriteInPlace(const std::string& path, std::string_view bytes) {
  const OpenFile file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return SystemFailure("cannot write", path);
  }
  return WriteAll(file.get(), bytes, path);
}

bool EndsInOneOf(const std::string& name, const std::vector<std::string>& endings) {
  return std::ranges::any_of(endings,
                             [&name](const std::string& ending) { return name.ends_with(ending); });
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::uint64_t max_bytes) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return SystemFailure("cannot open", path);
  }
  std::string bytes;
  constexpr std::size_t kStep = std::size_t{1} << 16U;
  struct stat about{};
  if (::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode)) {
    // What the file says of its size is believed no further than room goes.
    bytes.reserve(std::min(static_cast<std::uint64_t>(about.st_size), max_bytes) + kStep);
  }
  for (;;) {
    const std::size_t before = bytes.size();
    ssize_t got = 0;
    bytes.resize_and_overwrite(before + kStep, [&](char* data, std::size_t) {
      got = ::read(file.get(), data + before, kStep);
      return before + static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    });
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return SystemFailure("cannot read", path);
    }
    if (bytes.size() > max_bytes) {
      return Fail(ErrorCode::kLimit,
                  path + " is larger than the limit of " + std::to_string(max_bytes) + " bytes");
    }
    if (got == 0) {
      return bytes;
    }
  }
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view bytes) {
  std::error_code ignored;
  const fs::file_status target = fs::status(path, ignored);
  if (fs::exists(target) && !fs::is_regular_file(target)) {
    return WriteInPlace(path, bytes);
  }
  const std::string neighbour = path + ".part-" + std::to_string(::getpid());
  {
    const OpenFile file(::open(neighbour.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) {
      return SystemFailure("cannot write", neighbour);
    }
    Result<void> written = WriteAll(file.get(), bytes, neighbour);
    if (written && ::fsync(file.get()) != 0) {
      written = SystemFailure("cannot flush", neighbour);
    }
    if (!written) {
      ::unlink(neighbour.c_str());
      return written;
    }
  }
  if (::rename(neighbour.c_str(), path.c_str()) != 0) {
    auto failure = SystemFailure("cannot rename a finished file to", path);
    ::unlink(neighbour.c_str());
    return failure;
  }
  return {};
}

Result<std::vector<std::string>> ListFiles(const std::string& path,
                                           const std::vector<std::string>& endings) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!fs::exists(status)) {
    return Fail(ErrorCode::kNotFound, "no such file or folder: " + path);
  }
  if (!fs::is_directory(status)) {
    return std::vector<std::string>{path};
  }
  std::vector<std::string> files;
  fs::recursive_directory_iterator entry(path, problem);
  if (problem) {
    return Fail(ErrorCode::kUnavailable, "cannot list " + path + ": " + problem.message());
  }
  for (; entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (problem) {
      return Fail(ErrorCode::kUnavailable, "cannot list below " + path + ": " + problem.message());
    }
    std::error_code ignored;
    if (entry->is_regular_file(ignored) &&
        EndsInOneOf(entry->path().filename().string(), endings)) {
      files.push_back(entry->path().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace tripline
