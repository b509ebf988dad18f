// ForEachSlot: the three layouts of a Column (runtime/batch.h) walked in one way.
#pragma once

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

}  // namespace tripline::runtime
