// Both numbers are normalised to 0.d1d2d3... x 10^exponent with d1 not zero; then the exponents are
// compared, then the digits, where a missing digit is a zero.
#include "jit/json_number.h"

#include <algorithm>

namespace tripline::jit {
namespace {

// Far above any exponent that a text's own length can add.
constexpr std::int64_t kMaxExponent = std::int64_t{1} << 56;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// A reading position; the Take functions move it.
struct Reader {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] bool AtEnd() const { return at == text.size(); }
  bool Take(char wanted) {
    if (AtEnd() || text[at] != wanted) return false;
    ++at;
    return true;
  }
  std::string_view TakeDigits() {
    const std::size_t begin = at;
    while (!AtEnd() && IsDigit(text[at])) ++at;
    return text.substr(begin, at - begin);
  }
};

/// What stands behind 'e'; none if it is no exponent.
std::optional<std::int64_t> ReadExponent(Reader* reader) {
  const bool is_negative = reader->Take('-');
  if (!is_negative) reader->Take('+');
  const std::string_view digits = reader->TakeDigits();
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = std::min(value * 10 + (c - '0'), kMaxExponent);
  return is_negative ? -value : value;
}

/// The digits one by one, the dot passed over, zeros for ever after.
struct Digits {
  std::string_view rest;

  char Next() {
    if (!rest.empty() && rest.front() == '.') rest.remove_prefix(1);
    if (rest.empty()) return '0';
    const char digit = rest.front();
    rest.remove_prefix(1);
    return digit;
  }
};

std::strong_ordering CompareMagnitudes(const JsonNumber& a, const JsonNumber& b) {
  if (a.digits.empty() || b.digits.empty()) return b.digits.empty() <=> a.digits.empty();
  if (a.exponent != b.exponent) return a.exponent <=> b.exponent;
  Digits left{a.digits};
  Digits right{b.digits};
  while (!left.rest.empty() || !right.rest.empty()) {
    const char left_digit = left.Next();
    const char right_digit = right.Next();
    if (left_digit != right_digit) return left_digit <=> right_digit;
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::optional<JsonNumber> ParseJsonNumber(std::string_view text) {
  Reader reader{text};
  JsonNumber number;
  number.is_negative = reader.Take('-');
  const std::size_t begin = reader.at;
  const std::string_view whole = reader.TakeDigits();
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  if (reader.Take('.') && reader.TakeDigits().empty()) return std::nullopt;
  number.digits = text.substr(begin, reader.at - begin);
  if (reader.Take('e') || reader.Take('E')) {
    const auto exponent = ReadExponent(&reader);
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
  }
  if (!reader.AtEnd()) return std::nullopt;

  const std::size_t first = number.digits.find_first_not_of("0.");
  if (first == std::string_view::npos) return JsonNumber{};
  // "12.5" is 0.125 x 10^2; "0.005" is 0.5 x 10^-2.
  number.exponent += first < whole.size() ? static_cast<std::int64_t>(whole.size())
                                          : 2 - static_cast<std::int64_t>(first);
  number.digits.remove_prefix(first);
  return number;
}

std::strong_ordering Compare(const JsonNumber& a, const JsonNumber& b) {
  if (a.is_negative != b.is_negative) return b.is_negative <=> a.is_negative;
  return a.is_negative ? CompareMagnitudes(b, a) : CompareMagnitudes(a, b);
}

}  // namespace tripline::jit
