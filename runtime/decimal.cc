// A text is split into sign, digits and the place of the point; both readings work on that split.
#include "runtime/decimal.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tripline::runtime {
namespace {

// The number is 0.d1 d2 d3 ... times 10 to the power of `point`, where the digits are those of
// `whole` and then those of `fraction`.
struct Decimal {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t point = 0;

  [[nodiscard]] std::size_t num_digits() const { return whole.size() + fraction.size(); }
  [[nodiscard]] unsigned digit(std::size_t at) const {
    const char c = at < whole.size() ? whole[at] : fraction[at - whole.size()];
    return static_cast<unsigned>(c - '0');
  }
  // Position of the first digit that is not zero, or num_digits().
  [[nodiscard]] std::size_t FirstDigit() const {
    std::size_t at = 0;
    while (at < num_digits() && digit(at) == 0) {
      ++at;
    }
    return at;
  }
};

// Far beyond every exponent that matters, far below overflow when a text's length is added.
constexpr std::int64_t kLargestExponent = std::int64_t{1} << 40U;

std::string_view TakeDigits(std::string_view* text) {
  const std::size_t end = text->find_first_not_of("0123456789");
  const std::string_view digits = text->substr(0, end);
  text->remove_prefix(digits.size());
  return digits;
}

bool TakeSign(std::string_view* text) {
  const bool is_negative = text->starts_with('-');
  if (is_negative || text->starts_with('+')) {
    text->remove_prefix(1);
  }
  return is_negative;
}

std::optional<std::int64_t> TakeExponent(std::string_view* text) {
  text->remove_prefix(1);
  const bool is_negative = TakeSign(text);
  const std::string_view digits = TakeDigits(text);
  if (digits.empty()) {
    return std::nullopt;
  }
  std::int64_t exponent = 0;
  for (const char digit : digits) {
    exponent = std::min(exponent * 10 + (digit - '0'), kLargestExponent);
  }
  return is_negative ? -exponent : exponent;
}

std::optional<Decimal> Split(std::string_view text) {
  Decimal decimal;
  decimal.is_negative = TakeSign(&text);
  decimal.whole = TakeDigits(&text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimal.fraction = TakeDigits(&text);
  }
  if (decimal.num_digits() == 0) {
    return std::nullopt;
  }
  decimal.point = static_cast<std::int64_t>(decimal.whole.size());
  if (text.starts_with('e') || text.starts_with('E')) {
    const std::optional<std::int64_t> exponent = TakeExponent(&text);
    if (!exponent) {
      return std::nullopt;
    }
    decimal.point += *exponent;
  }
  if (!text.empty()) {
    return std::nullopt;
  }
  return decimal;
}

}  // namespace

std::optional<double> ParseDecimal(std::string_view text) {
  const std::optional<Decimal> decimal = Split(text);
  if (!decimal) {
    return std::nullopt;
  }
  if (text.front() == '+') {
    text.remove_prefix(1);
  }
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc()) {
    return value;
  }
  const auto first = static_cast<std::int64_t>(decimal->FirstDigit());
  if (decimal->point > first) {
    return std::nullopt;
  }
  return decimal->is_negative ? -0.0 : 0.0;
}

std::optional<std::int64_t> TruncateDecimal(std::string_view text) {
  constexpr std::int64_t kMostDigits = 19;
  const std::optional<Decimal> decimal = Split(text);
  if (!decimal) {
    return std::nullopt;
  }
  const std::size_t first = decimal->FirstDigit();
  const std::int64_t num_digits = decimal->point - static_cast<std::int64_t>(first);
  if (first == decimal->num_digits() || num_digits <= 0) {
    return 0;
  }
  if (num_digits > kMostDigits) {
    return std::nullopt;
  }
  std::uint64_t size = 0;  // 19 digits always fit
  for (std::size_t at = first; at < first + static_cast<std::size_t>(num_digits); ++at) {
    size = size * 10 + (at < decimal->num_digits() ? decimal->digit(at) : 0);
  }
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (size > kLargest + (decimal->is_negative ? 1U : 0U)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(decimal->is_negative ? std::uint64_t{0} - size : size);
}

std::optional<std::int64_t> Truncate(double value) {
  constexpr double kBound = 9223372036854775808.0;  // 2 to the power of 63
  if (!(value >= -kBound && value < kBound)) {      // also false for NaN
    return std::nullopt;
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace tripline::runtime
