#include "base/text.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace tripline {
namespace {

std::uint8_t ByteAt(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

bool IsContinuation(std::uint8_t byte) { return (byte & 0xC0U) == 0x80U; }

}  // namespace

// The bounds on the second byte exclude overlong forms, surrogates and values above U+10FFFF.
std::size_t Utf8LengthAt(std::string_view text, std::size_t i) {
  if (i >= text.size()) {
    return 0;
  }
  const std::uint8_t first = ByteAt(text, i);
  if (first < 0x80U) {
    return 1;
  }
  std::size_t length = 0;
  std::uint8_t low = 0x80U;
  std::uint8_t high = 0xBFU;
  if (first >= 0xC2U && first <= 0xDFU) {
    length = 2;
  } else if (first >= 0xE0U && first <= 0xEFU) {
    length = 3;
    low = first == 0xE0U ? 0xA0U : 0x80U;
    high = first == 0xEDU ? 0x9FU : 0xBFU;
  } else if (first >= 0xF0U && first <= 0xF4U) {
    length = 4;
    low = first == 0xF0U ? 0x90U : 0x80U;
    high = first == 0xF4U ? 0x8FU : 0xBFU;
  } else {
    return 0;
  }
  if (i + length > text.size() || ByteAt(text, i + 1) < low || ByteAt(text, i + 1) > high) {
    return 0;
  }
  for (std::size_t k = 2; k < length; ++k) {
    if (!IsContinuation(ByteAt(text, i + k))) {
      return 0;
    }
  }
  return length;
}

std::size_t FindInvalidUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = Utf8LengthAt(text, i);
    if (length == 0) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

std::size_t CodePointCount(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return !IsContinuation(static_cast<std::uint8_t>(c)); }));
}

std::size_t Utf16Length(std::string_view utf8) {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<std::uint8_t>(c);
    units += IsContinuation(byte) ? 0U : (byte >= 0xF0U ? 2U : 1U);
  }
  return units;
}

std::string PrintableUtf8(std::string_view line, std::uint32_t* begin_out, std::size_t begin,
                          std::uint32_t* end_out, std::size_t end) {
  std::string shown;
  for (std::size_t i = 0; i <= line.size();) {
    const auto here = static_cast<std::uint32_t>(shown.size());
    if (i <= begin) {
      *begin_out = here;
    }
    if (i <= end) {
      *end_out = here;
    }
    if (i == line.size()) {
      break;
    }
    const std::size_t length = Utf8LengthAt(line, i);
    const std::uint8_t byte = ByteAt(line, i);
    if (byte == '\t') {
      shown += ' ';
    } else if (length == 0 || byte < 0x20U || byte == 0x7FU) {
      shown += '?';
    } else {
      shown.append(line.substr(i, length));
    }
    i += std::max<std::size_t>(length, 1);
  }
  return shown;
}

std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit) {
    return limit + 1;
  }
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  std::size_t last_minimum = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    // A row is reached from the two before it: once both are past the limit, all later ones are.
    const std::size_t minimum = std::ranges::min(row);
    if (std::min(minimum, last_minimum) > limit) {
      return limit + 1;
    }
    last_minimum = minimum;
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], limit + 1);
}

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates,
                         std::size_t limit) {
  std::string_view best;
  std::size_t best_distance = limit + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate, best_distance - 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
      if (distance == 0) {
        break;
      }
    }
  }
  return best;
}

}  // namespace tripline
