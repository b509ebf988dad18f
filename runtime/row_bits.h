// Small verbs on bitmaps of rows (runtime/batch.h): one bit a row, whole words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tripline::runtime {

[[nodiscard]] inline bool IsAnyRow(std::span<const std::uint64_t> rows) {
  return std::ranges::any_of(rows, [](std::uint64_t word) { return word != 0; });
}

/// Adds `rows` to those in `to`, which has as many words.
inline void OrRows(std::span<const std::uint64_t> rows, std::uint64_t* to) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    to[i] |= rows[i];
  }
}

/// Clears what is behind the last row and, unless `eligible` is empty, what is not in it. Answers
/// whether a row is left. Requires as many words in `eligible`.
inline bool KeepRows(std::uint32_t num_rows, std::span<const std::uint64_t> eligible,
                     std::span<std::uint64_t> rows) {
  const std::size_t first_partial = num_rows / 64;
  if (first_partial < rows.size()) {
    rows[first_partial] &= (std::uint64_t{1} << (num_rows % 64)) - 1;
    std::ranges::fill(rows.subspan(first_partial + 1), 0U);
  }
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    rows[i] &= eligible[i];
  }
  return IsAnyRow(rows);
}

}  // namespace tripline::runtime
