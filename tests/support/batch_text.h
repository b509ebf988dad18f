// Batches as text, for tests to compare: per row a list of "field=value" pairs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "base/ip.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/column_slots.h"

namespace tripline::testing {

inline std::string SlotText(const runtime::Column& column, std::uint32_t slot) {
  switch (column.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kObject:
      return std::string(column.dictionary.values[column.codes[slot]]);
    case jit::ColumnKind::kAddress: {
      IpAddress address;
      const std::string_view bytes = column.dictionary.values[column.codes[slot]];
      std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
      return ToString(address);
    }
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
      return std::to_string(column.integers[slot]);
    case jit::ColumnKind::kFloat: {
      std::string text(32, '\0');
      text.resize(static_cast<std::size_t>(
          std::snprintf(text.data(), text.size(), "%.17g", column.floats[slot])));
      return text;
    }
    case jit::ColumnKind::kDelegated:
      break;
  }
  return "?";
}

/// The values of one row of one column.
inline std::vector<std::string> ValuesOf(const runtime::Column& column, std::uint32_t row) {
  std::vector<std::string> values;
  const auto [begin, end] = runtime::SlotsOf(column, row);
  for (std::uint32_t slot = begin; slot < end; ++slot) {
    if (runtime::HasValue(column, slot)) {
      values.push_back(SlotText(column, slot));
    }
  }
  return values;
}

/// "a=1 a=2 b=x", one text a row.
inline std::vector<std::string> RowTexts(const runtime::Batch& batch,
                                         const std::vector<jit::Field>& fields) {
  std::vector<std::string> rows(batch.num_rows);
  for (std::uint32_t row = 0; row < batch.num_rows; ++row) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      for (const std::string& value : ValuesOf(batch.columns[i], row)) {
        rows[row] += (rows[row].empty() ? "" : " ") + fields[i].name + "=" + value;
      }
    }
  }
  return rows;
}

}  // namespace tripline::testing
