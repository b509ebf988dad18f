#include "base/bytes.h"

#include <limits>

#include "base/check.h"

namespace tripline {

void ByteWriter::String(std::string_view text) {
  Check(text.size() <= std::numeric_limits<std::uint32_t>::max(),
        "a string field is shorter than 4 GiB");
  Number(static_cast<std::uint32_t>(text.size()));
  bytes_.append(text);
}

Result<std::string_view> ByteReader::String() {
  TRIPLINE_TRY(const auto size, Number<std::uint32_t>());
  return Take(size);
}

Result<std::uint32_t> ByteReader::Count(std::size_t min_bytes_each) {
  TRIPLINE_TRY(const auto count, Number<std::uint32_t>());
  if (count > (bytes_.size() - at_) / (min_bytes_each == 0 ? 1 : min_bytes_each)) {
    return Damaged("a count that fits the rest of the bytes");
  }
  return count;
}

Result<std::string_view> ByteReader::Take(std::size_t size) {
  if (size > bytes_.size() - at_) {
    return Damaged(std::to_string(size) + " more bytes");
  }
  const std::string_view taken = bytes_.substr(at_, size);
  at_ += size;
  return taken;
}

std::unexpected<Error> ByteReader::Damaged(std::string_view expected) const {
  return Fail(ErrorCode::kInvalid,
              std::string(what_) + " is damaged at byte " + std::to_string(at_) + " of " +
                  std::to_string(bytes_.size()) + ": expected " + std::string(expected));
}

}  // namespace tripline
