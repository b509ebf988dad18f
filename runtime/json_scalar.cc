// As RFC 8259 has them. What an escape means takes a look into a table; \u takes JsonCursor.
#include "runtime/json_scalar.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/json_cursor.h"

namespace tripline::runtime {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What may follow a number or name. A colon could not stand behind a value anyway.
bool EndsScalar(char c) { return c == ',' || c == '}' || c == ']' || IsJsonBlank(c); }

const char* SkipDigits(const char* at) {
  while (IsDigit(*at)) {
    ++at;
  }
  return at;
}

bool IsNameAt(const char* at, std::string_view name) {
  return std::memcmp(at, name.data(), name.size()) == 0 && EndsScalar(at[name.size()]);
}

// What stands behind a backslash for what; '\0': it takes more than a look.
constexpr std::array<char, 256> kEscaped = [] {
  std::array<char, 256> escaped{};
  escaped['"'] = '"';
  escaped['\\'] = '\\';
  escaped['/'] = '/';
  escaped['b'] = '\b';
  escaped['f'] = '\f';
  escaped['n'] = '\n';
  escaped['r'] = '\r';
  escaped['t'] = '\t';
  return escaped;
}();

}  // namespace

JsonNumber JsonNumberAt(const char* const begin) {
  const char* at = begin + (*begin == '-' ? 1 : 0);
  if (!IsDigit(*at)) {
    return {};
  }
  at = *at == '0' ? at + 1 : SkipDigits(at);
  JsonNumber number;
  if (*at == '.') {
    number.is_whole = false;
    if (!IsDigit(*++at)) {
      return {};
    }
    at = SkipDigits(at);
  }
  if (*at == 'e' || *at == 'E') {
    number.is_whole = false;
    ++at;
    at += *at == '+' || *at == '-' ? 1 : 0;
    if (!IsDigit(*at)) {
      return {};
    }
    at = SkipDigits(at);
  }
  if (EndsScalar(*at)) {
    number.digits = {begin, static_cast<std::size_t>(at - begin)};
  }
  return number;
}

bool IsJsonName(char first, const char* at) {
  return first == 't'   ? IsNameAt(at, "true")
         : first == 'f' ? IsNameAt(at, "false")
         : first == 'n' ? IsNameAt(at, "null")
                        : false;
}

std::int64_t JsonIntegerOf(std::string_view digits) {
  const bool is_negative = digits.front() == '-';
  std::int64_t value = 0;
  for (const char c : digits.substr(is_negative ? 1 : 0)) {
    value = 10 * value + (c - '0');
  }
  return is_negative ? -value : value;
}

bool DecodeJsonString(std::string_view quoted, std::string* decoded) {
  decoded->clear();
  if (quoted.size() < 2) {
    return false;
  }
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t backslash = std::min(text.find('\\', begin), text.size());
    decoded->append(text, begin, backslash - begin);
    if (backslash == text.size()) {
      break;
    }
    const char meaning = kEscaped[static_cast<unsigned char>(quoted[backslash + 2])];
    if (meaning == '\0') {
      return JsonCursor(quoted).TakeString(decoded);
    }
    decoded->push_back(meaning);
    begin = backslash + 2;
  }
  return true;
}

}  // namespace tripline::runtime
