// ForEachSlot and SlotsOf: the three layouts of a Column (runtime/batch.h) seen in one way.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/batch.h"

namespace tripline::runtime {

/// Calls `see(slot, row)` for every slot of the block.
template <class See>
void ForEachSlot(const Column& column, std::uint32_t num_rows, const See& see) {
  if (!column.rows.empty()) {
    for (std::uint32_t slot = 0; slot < column.rows.size(); ++slot) {
      see(slot, column.rows[slot]);
    }
    return;
  }
  if (column.offsets.empty()) {
    for (std::uint32_t row = 0; row < num_rows; ++row) {
      see(row, row);
    }
    return;
  }
  for (std::uint32_t row = 0; row < num_rows; ++row) {
    for (std::uint32_t slot = column.offsets[row]; slot < column.offsets[row + 1]; ++slot) {
      see(slot, row);
    }
  }
}

/// The slots of one row: begin to before end.
struct SlotRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// Some of them may hold no value. In the layout with `rows` it takes a search.
inline SlotRange SlotsOf(const Column& column, std::uint32_t row) {
  if (column.is_empty || column.kind == jit::ColumnKind::kDelegated) {
    return {};
  }
  if (!column.rows.empty()) {
    const auto found = std::ranges::equal_range(column.rows, row);
    return {static_cast<std::uint32_t>(found.begin() - column.rows.begin()),
            static_cast<std::uint32_t>(found.end() - column.rows.begin())};
  }
  if (column.offsets.empty()) {
    return {row, row + 1};
  }
  return {column.offsets[row], column.offsets[row + 1]};
}

/// Whether a slot holds a value.
inline bool HasValue(const Column& column, std::uint32_t slot) {
  if (!column.codes.empty()) {
    return column.codes[slot] != kMissing;
  }
  return column.present.empty() || ((column.present[slot / 64] >> (slot % 64)) & 1U) != 0;
}

}  // namespace tripline::runtime
