// TermColumns: the values of some fields of an event, as terms, row by row.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/batch.h"
#include "runtime/column_values.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

class TermColumns {
 public:
  TermColumns() = default;
  /// Requires fields that the ruleset reads.
  TermColumns(const Ruleset& ruleset, const std::vector<std::string>& fields) {
    for (const std::string& field : fields) {
      columns_.push_back(ruleset.ColumnOf(field).value());
    }
    values_.resize(columns_.size());
  }

  /// Per field the event's distinct values, in its order; valid until the next call.
  [[nodiscard]] std::span<const std::vector<std::string>> Read(const Batch& batch,
                                                               std::uint32_t row) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      values_[i].clear();
      AppendTerms(batch.columns[columns_[i]], row, values_[i]);
    }
    return values_;
  }

 private:
  std::vector<std::uint32_t> columns_;
  std::vector<std::vector<std::string>> values_;
};

}  // namespace tripline::runtime
