// Plain sources, and the choice among them and the decompressors by the first four bytes.
#include "runtime/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tripline::runtime {
namespace {

constexpr std::size_t kMagicBytes = 4;

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : rest_(text) {}

  Result<std::size_t> Read(std::span<char> into) override {
    const std::size_t size = std::min(into.size(), rest_.size());
    std::copy_n(rest_.data(), size, into.data());
    rest_.remove_prefix(size);
    num_bytes_taken_ += size;
    return size;
  }
  bool IsReady() override { return true; }
  std::uint64_t num_bytes_taken() const override { return num_bytes_taken_; }

 private:
  std::string_view rest_;
  std::uint64_t num_bytes_taken_ = 0;
};

// Owns its descriptor unless it is standard input's.
class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int descriptor, std::string name, bool is_regular)
      : descriptor_(descriptor), name_(std::move(name)), is_regular_(is_regular) {}
  ~DescriptorSource() override {
    if (descriptor_ != STDIN_FILENO) {
      close(descriptor_);
    }
  }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;

  // The first bytes, which Read gives again; fewer than kMagicBytes if there are no more.
  Result<std::string_view> Peek() {
    while (num_peeked_ < kMagicBytes) {
      TRIPLINE_TRY(const std::size_t size, ReadDescriptor(std::span(peeked_).subspan(num_peeked_)));
      if (size == 0) {
        break;
      }
      num_peeked_ += size;
    }
    return std::string_view(peeked_.data(), num_peeked_);
  }

  Result<std::size_t> Read(std::span<char> into) override {
    if (given_ < num_peeked_) {
      const std::size_t size = std::min(into.size(), num_peeked_ - given_);
      std::copy_n(peeked_.data() + given_, size, into.data());
      given_ += size;
      return size;
    }
    return ReadDescriptor(into);
  }

  bool IsReady() override {
    if (is_regular_ || given_ < num_peeked_) {
      return true;
    }
    pollfd question{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return poll(&question, 1, 0) != 0;
  }
  std::uint64_t num_bytes_taken() const override { return num_bytes_taken_; }

 private:
  Result<std::size_t> ReadDescriptor(std::span<char> into) {
    for (;;) {
      const ssize_t size = read(descriptor_, into.data(), into.size());
      if (size >= 0) {
        num_bytes_taken_ += static_cast<std::uint64_t>(size);
        return static_cast<std::size_t>(size);
      }
      if (errno != EINTR) {
        return Fail(ErrorCode::kUnavailable, name_ + ": cannot be read after " +
                                                 std::to_string(num_bytes_taken_) +
                                                 " bytes: " + std::strerror(errno));
      }
    }
  }

  int descriptor_;
  std::string name_;
  bool is_regular_;
  std::array<char, kMagicBytes> peeked_{};
  std::size_t num_peeked_ = 0;
  std::size_t given_ = 0;
  std::uint64_t num_bytes_taken_ = 0;
};

Result<std::unique_ptr<DescriptorSource>> OpenDescriptor(const std::string& path) {
  if (path == "-") {
    return std::make_unique<DescriptorSource>(STDIN_FILENO, "standard input", false);
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return Fail(code, path + ": cannot be opened: " + std::strerror(errno));
  }
  struct stat facts{};
  const bool is_known = fstat(descriptor, &facts) == 0;
  auto source =
      std::make_unique<DescriptorSource>(descriptor, path, is_known && S_ISREG(facts.st_mode));
  if (is_known && S_ISDIR(facts.st_mode)) {
    return Fail(ErrorCode::kUnavailable,
                path + ": is a folder, expected a file of events (one JSON document a line)");
  }
  return source;
}

bool StartsAsGzip(std::string_view magic) { return magic.starts_with("\x1F\x8B"); }

// Zstandard's own frames, and the skippable ones that may stand before them.
bool StartsAsZstd(std::string_view magic) {
  return magic == "\x28\xB5\x2F\xFD" ||
         (magic.size() == kMagicBytes && (static_cast<unsigned char>(magic[0]) >> 4U) == 5U &&
          magic.substr(1) == "\x2A\x4D\x18");
}

bool StartsAsUtf16(std::string_view magic) {
  return magic.starts_with("\xFF\xFE") || magic.starts_with("\xFE\xFF");
}

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path) {
  TRIPLINE_TRY(std::unique_ptr<DescriptorSource> source, OpenDescriptor(path));
  TRIPLINE_TRY(const std::string_view magic, source->Peek());
  if (StartsAsGzip(magic)) {
    return InflateGzip(std::move(source), path);
  }
  if (StartsAsZstd(magic)) {
    return InflateZstd(std::move(source), path);
  }
  if (path.ends_with(".gz") || path.ends_with(".zst")) {
    return Fail(ErrorCode::kInvalid,
                path + (magic.empty() ? ": is empty" : ": does not begin like a compressed file") +
                    ", though its name says that it is compressed; fetch it again, or rename it "
                    "if it is plain text");
  }
  if (StartsAsUtf16(magic)) {
    return Fail(ErrorCode::kUnsupported,
                path +
                    ": is UTF-16 text, expected UTF-8; convert it with `iconv -f UTF-16 -t "
                    "UTF-8`");
  }
  return source;
}

std::unique_ptr<ByteSource> SourceOverText(std::string_view text) {
  return std::make_unique<TextSource>(text);
}

}  // namespace tripline::runtime
