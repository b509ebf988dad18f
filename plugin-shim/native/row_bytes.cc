#include "plugin-shim/native/row_bytes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace tripline::shim {
namespace {

class OutWriter {
 public:
  explicit OutWriter(std::span<std::byte> out) : out_(out) {}

  void Number(std::uint32_t number) { Append(&number, sizeof(number)); }
  void NumberAt(std::size_t at, std::uint32_t number) {
    if (at + sizeof(number) <= out_.size()) {
      std::memcpy(out_.data() + at, &number, sizeof(number));
    }
  }
  /// A number, how many rows there are, and the rows.
  void Rows(std::uint32_t number, std::span<const std::uint64_t> rows) {
    std::uint32_t num_rows = 0;
    for (const std::uint64_t word : rows) {
      num_rows += static_cast<std::uint32_t>(std::popcount(word));
    }
    Number(number);
    Number(num_rows);
    Append(rows.data(), rows.size_bytes());
  }

  /// The bytes written, or what would have been needed.
  Result<std::size_t> Finish() const {
    if (at_ > out_.size()) {
      return Fail(ErrorCode::kLimit, "the answer takes " + std::to_string(at_) +
                                         " bytes; the buffer has " + std::to_string(out_.size()));
    }
    return at_;
  }

 private:
  void Append(const void* bytes, std::size_t size) {
    if (at_ <= out_.size() && size <= out_.size() - at_) {
      std::memcpy(out_.data() + at_, bytes, size);
    }
    at_ += size;
  }

  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

std::unexpected<Error> WrongChunk(const std::string& what) {
  return Fail(ErrorCode::kInvalid, "a chunk of a dictionary: " + what);
}

}  // namespace

Result<ValueChunk> ReadValueChunk(std::span<const std::byte> bytes) {
  constexpr std::size_t kWidth = sizeof(std::uint32_t);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kWidth != 0) {
    return WrongChunk("it is not aligned to 4 bytes");
  }
  const std::size_t num_numbers = bytes.size() / kWidth;
  const std::span numbers(reinterpret_cast<const std::uint32_t*>(bytes.data()), num_numbers);
  if (num_numbers < 2 || numbers[0] > num_numbers - 2) {
    return WrongChunk("its " + std::to_string(bytes.size()) +
                      " bytes do not hold the ends of its values");
  }
  const ValueChunk chunk{
      .ends = numbers.subspan(1, std::size_t{numbers[0]} + 1),
      .text = {reinterpret_cast<const char*>(bytes.data()) + kWidth * (std::size_t{numbers[0]} + 2),
               bytes.size() - kWidth * (std::size_t{numbers[0]} + 2)}};
  if (chunk.ends.front() != 0 || !std::ranges::is_sorted(chunk.ends) ||
      chunk.ends.back() > chunk.text.size()) {
    return WrongChunk("the ends of its values do not rise from 0 to at most its size");
  }
  return chunk;
}

Result<std::size_t> WriteNeededRows(const runtime::SegmentPlan& plan,
                                    const runtime::RowFinder& finder, std::uint32_t num_words,
                                    std::span<std::byte> out) {
  OutWriter writer(out);
  std::uint32_t num_columns = 0;
  writer.Number(0);
  writer.Number(finder.is_any() ? 1 : 0);
  for (std::size_t i = 0; i < plan.columns().size(); ++i) {
    const std::span<const std::uint64_t> rows = finder.RowsOf(i);
    if (!rows.empty()) {
      writer.Rows(plan.columns()[i], rows.first(num_words));
      ++num_columns;
    }
  }
  writer.NumberAt(0, num_columns);
  return writer.Finish();
}

Result<std::size_t> WriteVerdicts(const runtime::Matcher& matcher, std::uint32_t num_outputs,
                                  std::uint32_t num_words, std::span<std::byte> out) {
  OutWriter writer(out);
  std::uint32_t num_found = 0;
  writer.Number(0);
  writer.Number(0);
  for (std::uint32_t output = 0; output < num_outputs; ++output) {
    if (matcher.AnyOf(output)) {
      writer.Rows(output, matcher.RowsOf(output).first(num_words));
      ++num_found;
    }
  }
  writer.NumberAt(0, num_found);
  return writer.Finish();
}

}  // namespace tripline::shim
