// Sorted ranges and a binary search; ASCII, nearly all of what is asked, goes by a table of 128.
#include "jit/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace tripline::jit {
namespace {

struct WordClassRange {
  std::uint32_t first;
  std::uint32_t last;
  WordClass::Bits classes;
};

/// Every `step`-th code point from first to last has its lower case `distance` further on.
struct LowercaseRange {
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t step;
  std::int32_t distance;
};

#include "jit/unicode_tables.inc"

template <class Range, std::size_t kSize>
constexpr const Range* FindRange(const Range (&ranges)[kSize], std::uint32_t code_point) {
  const auto* const next = std::ranges::upper_bound(ranges, code_point, {}, &Range::first);
  if (next == std::begin(ranges) || std::prev(next)->last < code_point) return nullptr;
  return std::prev(next);
}

constexpr WordClass::Bits FindClasses(std::uint32_t code_point) {
  const WordClassRange* const range = FindRange(kWordClassRanges, code_point);
  return range == nullptr ? WordClass::Bits{0} : range->classes;
}

constexpr std::array<WordClass::Bits, 128> kAsciiClasses = [] {
  std::array<WordClass::Bits, 128> classes{};
  for (std::uint32_t c = 0; c < classes.size(); ++c) classes[c] = FindClasses(c);
  return classes;
}();

}  // namespace

CodePoint DecodeAt(std::string_view text, std::size_t at) {
  const auto byte = [text, at](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::size_t num_bytes = Utf8LengthAt(text, at);
  if (num_bytes <= 1) return {byte(0), 1, num_bytes == 1};
  std::uint32_t value = byte(0) & (0xFFU >> (num_bytes + 1));
  for (std::size_t i = 1; i < num_bytes; ++i) value = value << 6U | (byte(i) & 0x3FU);
  return {value, static_cast<std::uint8_t>(num_bytes), true};
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto value = static_cast<std::uint32_t>(code_point);
  const auto push = [out](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (value < 0x80U) {
    push(value);
    return;
  }
  if (value < 0x800U) {
    push(0xC0U | value >> 6U);
  } else if (value < 0x10000U) {
    push(0xE0U | value >> 12U);
    push(0x80U | (value >> 6U & 0x3FU));
  } else {
    push(0xF0U | value >> 18U);
    push(0x80U | (value >> 12U & 0x3FU));
    push(0x80U | (value >> 6U & 0x3FU));
  }
  push(0x80U | (value & 0x3FU));
}

WordClass::Bits WordClassesOf(char32_t code_point) {
  if (code_point < kAsciiClasses.size()) return kAsciiClasses[code_point];
  return FindClasses(code_point);
}

char32_t LowercaseOf(char32_t code_point) {
  if (code_point < 0x80U) {
    return code_point >= 'A' && code_point <= 'Z' ? code_point - 'A' + 'a' : code_point;
  }
  const LowercaseRange* const range = FindRange(kLowercaseRanges, code_point);
  if (range == nullptr || (code_point - range->first) % range->step != 0) return code_point;
  return static_cast<char32_t>(static_cast<std::int32_t>(code_point) + range->distance);
}

std::string LowerCased(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    if (point.is_valid) {
      AppendUtf8(LowercaseOf(point.value), &lower);
    } else {
      lower += text[at];
    }
    at += point.num_bytes;
  }
  return lower;
}

}  // namespace tripline::jit
