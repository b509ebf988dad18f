// The one door to libzstd, whose streaming interface goes over frame borders by itself.
//
// A call that meets damage gives none of the blocks that it decoded before. So each call sees no
// more input than the library asked for, which is one block: only the damaged one is lost.
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/byte_source.h"

namespace tripline::runtime {
namespace {

class ZstdSource final : public ByteSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> input, std::string name)
      : input_(std::move(input)),
        name_(std::move(name)),
        stream_(ZSTD_createDStream(), &ZSTD_freeDStream),
        buffer_(std::make_unique_for_overwrite<char[]>(ZSTD_DStreamInSize())) {}

  [[nodiscard]] bool HasMemory() const { return stream_ != nullptr; }

  // The library may hold output back when `into` was full, so it is asked again before more input
  // is fetched.
  Result<std::size_t> Read(std::span<char> into) override {
    ZSTD_outBuffer out{.dst = into.data(), .size = into.size(), .pos = 0};
    for (;;) {
      const std::size_t limit = std::min(size_, at_ + std::max<std::size_t>(hint_, 1));
      ZSTD_inBuffer in{.src = buffer_.get(), .size = limit, .pos = at_};
      const std::size_t status = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(status) != 0) {
        return Refused(status);
      }
      // Without any progress the answer is only a hint about the next frame's header.
      if (out.pos > 0 || in.pos > at_) {
        is_in_frame_ = status != 0;
      }
      hint_ = status;
      at_ = in.pos;
      if (out.pos > 0) {
        return out.pos;
      }
      if (at_ == size_) {
        TRIPLINE_TRY(size_, input_->Read({buffer_.get(), ZSTD_DStreamInSize()}));
        at_ = 0;
        if (size_ == 0) {
          return End();
        }
      }
    }
  }
  bool IsReady() override { return at_ < size_ || input_->IsReady(); }
  std::uint64_t num_bytes_taken() const override { return input_->num_bytes_taken(); }

 private:
  Result<std::size_t> End() const {
    if (is_in_frame_) {
      return Damaged("the file ends in the middle of the stream");
    }
    return 0;
  }

  std::unexpected<Error> Refused(std::size_t status) const {
    if (ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge) {
      return Fail(ErrorCode::kUnsupported,
                  name_ +
                      ": needs a window of more than 128 MiB to decompress; compress it again "
                      "without --long or --ultra");
    }
    return Damaged(ZSTD_getErrorName(status));
  }

  std::unexpected<Error> Damaged(const std::string& what) const {
    return Fail(ErrorCode::kInvalid, name_ + ": damaged Zstandard data near byte " +
                                         std::to_string(num_bytes_taken() - (size_ - at_)) + ": " +
                                         what);
  }

  std::unique_ptr<ByteSource> input_;
  std::string name_;
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
  std::unique_ptr<char[]> buffer_;
  std::size_t at_ = 0;  // buffer_[at_ .. size_) is not yet decompressed
  std::size_t size_ = 0;
  std::size_t hint_ = 0;  // how much input the library wants to see next
  bool is_in_frame_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> InflateZstd(std::unique_ptr<ByteSource> input,
                                                std::string name) {
  auto source = std::make_unique<ZstdSource>(std::move(input), name);
  if (!source->HasMemory()) {
    return Fail(ErrorCode::kUnavailable, name + ": libzstd has no memory to inflate it");
  }
  return source;
}

}  // namespace tripline::runtime
