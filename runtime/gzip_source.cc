// The one door to zlib. A gzip file is one or more members, one after another; zero bytes after the
// last are padding (tapes and some uploaders add it), anything else there is damage.
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/byte_source.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kInputBytes = std::size_t{256} << 10U;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib's way to say "a gzip header, not its own"

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> input, std::string name)
      : input_(std::move(input)),
        name_(std::move(name)),
        buffer_(std::make_unique_for_overwrite<char[]>(kInputBytes)) {}
  ~GzipSource() override {
    if (is_started_) {
      inflateEnd(&stream_);
    }
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  [[nodiscard]] bool Start() {
    is_started_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
    return is_started_;
  }

  // What was inflated before the damage is given first, the error with the next call.
  Result<std::size_t> Read(std::span<char> into) override {
    if (failure_) {
      return std::unexpected(*failure_);
    }
    const std::size_t wanted = std::min(into.size(), std::size_t{1} << 30U);
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(wanted);
    while (stream_.avail_out == wanted) {
      if (stream_.avail_in == 0) {
        TRIPLINE_TRY(const std::size_t size, input_->Read({buffer_.get(), kInputBytes}));
        if (size == 0) {
          return End();
        }
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_.get());
        stream_.avail_in = static_cast<uInt>(size);
      }
      if (auto status = Step(); !status) {
        failure_ = std::move(status).error();
        break;
      }
    }
    if (failure_ && stream_.avail_out == wanted) {
      return std::unexpected(*failure_);
    }
    return wanted - stream_.avail_out;
  }
  bool IsReady() override { return stream_.avail_in > 0 || input_->IsReady(); }
  std::uint64_t num_bytes_taken() const override { return input_->num_bytes_taken(); }

 private:
  enum class Place : std::uint8_t { kInMember, kAfterMember, kInPadding };

  // Takes some of the input. Requires: there is some.
  Result<void> Step() {
    if (place_ != Place::kInMember && *stream_.next_in == 0) {
      place_ = Place::kInPadding;
      ++stream_.next_in;
      --stream_.avail_in;
      return {};
    }
    if (place_ == Place::kInPadding) {
      return Damaged("bytes that are neither a further gzip member nor zero padding");
    }
    if (place_ == Place::kAfterMember) {
      inflateReset(&stream_);
      place_ = Place::kInMember;
    }
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      place_ = Place::kAfterMember;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      return Damaged(stream_.msg != nullptr ? stream_.msg : "zlib refuses to go on");
    }
    return {};
  }

  Result<std::size_t> End() const {
    if (place_ == Place::kInMember) {
      return Damaged("the file ends in the middle of the stream");
    }
    return 0;
  }

  std::unexpected<Error> Damaged(const std::string& what) const {
    return Fail(ErrorCode::kInvalid, name_ + ": damaged gzip data near byte " +
                                         std::to_string(num_bytes_taken() - stream_.avail_in) +
                                         ": " + what);
  }

  std::unique_ptr<ByteSource> input_;
  std::string name_;
  std::unique_ptr<char[]> buffer_;
  z_stream stream_{};
  Place place_ = Place::kInMember;
  std::optional<Error> failure_;
  bool is_started_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> InflateGzip(std::unique_ptr<ByteSource> input,
                                                std::string name) {
  auto source = std::make_unique<GzipSource>(std::move(input), name);
  if (!source->Start()) {
    return Fail(ErrorCode::kUnavailable, name + ": zlib has no memory to inflate it");
  }
  return source;
}

}  // namespace tripline::runtime
