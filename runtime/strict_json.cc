// One pass over the text. Most events need no change, so pieces are copied only from the first
// change on.
#include "runtime/strict_json.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tripline::runtime {
namespace {

// Every number of so many significant decimal digits survives the way through a double.
constexpr std::size_t kDoubleDigits = 17;
constexpr std::size_t kEscapeSize = 6;  // \uXXXX

bool IsNumberPart(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

template <class T>
bool Holds(std::string_view number) {
  T value{};
  const char* const end = number.data() + number.size();
  const auto [at, failure] = std::from_chars(number.data(), end, value);
  return failure == std::errc() && at == end;
}

std::size_t SignificantDigits(std::string_view number) {
  std::size_t num_digits = 0;
  for (const char c : number.substr(0, number.find_first_of("eE"))) {
    const bool is_digit = c >= '0' && c <= '9';
    num_digits += is_digit && (c != '0' || num_digits > 0) ? 1 : 0;
  }
  return num_digits;
}

bool IsHeldExactly(std::string_view number) {
  if (number.find_first_of(".eE") == number.npos) {
    return Holds<std::int64_t>(number) || Holds<std::uint64_t>(number);
  }
  return SignificantDigits(number) <= kDoubleDigits && Holds<double>(number);
}

// The UTF-16 unit of an escape \uXXXX at `at`.
std::optional<std::uint32_t> UnitAt(std::string_view json, std::size_t at) {
  if (json.substr(at, 2) != "\\u" || json.size() < at + kEscapeSize) {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  const char* const digits = json.data() + at + 2;
  const auto [end, failure] = std::from_chars(digits, digits + 4, unit, 16);
  return failure == std::errc() && end == digits + 4 ? std::optional(unit) : std::nullopt;
}

class Rewriter {
 public:
  Rewriter(std::string_view json, std::string& buffer) : json_(json), buffer_(buffer) {
    buffer_.clear();
  }

  std::string_view Run() {
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '"') {
        String();
      } else if (c == '-' || (c >= '0' && c <= '9')) {
        Number();
      } else {
        ++at_;
      }
    }
    if (num_taken_ == 0) {
      return json_;
    }
    buffer_.append(json_.substr(num_taken_));
    return buffer_;
  }

 private:
  void Number() {
    const std::size_t begin = at_;
    while (at_ < json_.size() && IsNumberPart(json_[at_])) {
      ++at_;
    }
    const std::string_view number = json_.substr(begin, at_ - begin);
    if (!IsHeldExactly(number)) {
      Replace(begin, number.size(), "\"" + std::string(number) + "\"");
    }
  }

  void String() {
    for (++at_; at_ < json_.size() && json_[at_] != '"';) {
      if (json_[at_] != '\\') {
        ++at_;
      } else if (const auto unit = UnitAt(json_, at_); unit && *unit >= 0xD800 && *unit < 0xE000) {
        Surrogate(*unit);
      } else {
        at_ += 2;
      }
    }
    ++at_;
  }

  void Surrogate(std::uint32_t unit) {
    const std::optional<std::uint32_t> next = UnitAt(json_, at_ + kEscapeSize);
    if (unit < 0xDC00 && next && *next >= 0xDC00 && *next < 0xE000) {
      at_ += 2 * kEscapeSize;
      return;
    }
    Replace(at_, kEscapeSize, "\\ufffd");
    at_ += kEscapeSize;
  }

  void Replace(std::size_t begin, std::size_t size, std::string_view with) {
    buffer_.append(json_.substr(num_taken_, begin - num_taken_)).append(with);
    num_taken_ = begin + size;
  }

  std::string_view json_;
  std::string& buffer_;
  std::size_t at_ = 0;
  std::size_t num_taken_ = 0;  // what of json_ has gone to the buffer
};

}  // namespace

std::string_view StrictJson(std::string_view json, std::string& buffer) {
  return Rewriter(json, buffer).Run();
}

}  // namespace tripline::runtime
