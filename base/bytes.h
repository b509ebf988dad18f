// ByteWriter and ByteReader: little-endian fields of the project's own binary formats.
//
// The reader never reads past its end: a short or contradictory input is an error value that says
// at which byte.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace tripline {

static_assert(std::endian::native == std::endian::little, "formats are written little-endian");

class ByteWriter {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  void Number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  /// A 32-bit length, then the bytes. Requires fewer than 2^32 bytes.
  void String(std::string_view text);

  /// Bytes as they are.
  void Append(std::string_view bytes) { bytes_.append(bytes); }

  /// Makes room for `size` more bytes, so that many small ones do not move what is there.
  void Reserve(std::size_t size) { bytes_.reserve(bytes_.size() + size); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ByteReader {
 public:
  /// `bytes` must outlive the reader; `what` names the format in messages.
  ByteReader(std::string_view bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  Result<T> Number() {
    TRIPLINE_TRY(const std::string_view raw, Take(sizeof(T)));
    T value;
    std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  /// A 32-bit length, then that many bytes, as a view into the input.
  Result<std::string_view> String();
  /// A 32-bit count of elements that each take at least `min_bytes_each`: refused if the rest is
  /// too short, so that a hostile count never allocates.
  Result<std::uint32_t> Count(std::size_t min_bytes_each);
  /// The next `size` bytes.
  Result<std::string_view> Take(std::size_t size);
  [[nodiscard]] bool AtEnd() const { return at_ == bytes_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::size_t num_left() const { return bytes_.size() - at_; }
  [[nodiscard]] std::unexpected<Error> Damaged(std::string_view expected) const;

 private:
  std::string_view bytes_;
  std::string_view what_;
  std::size_t at_ = 0;
};

}  // namespace tripline
