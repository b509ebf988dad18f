// Every number that the Matcher follows is checked once, before it is followed.
#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/matcher.h"
#include "runtime/value_answers.h"

namespace tripline::runtime {
namespace {

class ColumnChecker {
 public:
  ColumnChecker(const Column& column, const jit::Field& field, std::uint32_t num_rows)
      : column_(column), field_(field), num_rows_(num_rows) {}

  Result<void> Run() const {
    if (column_.is_empty) {
      return {};
    }
    if (column_.kind != field_.kind) {
      return Wrong("a column of the field's kind");
    }
    TRIPLINE_TRY(const std::size_t num_slots, column_.rows.empty() ? CheckOffsets() : CheckRows());
    switch (column_.kind) {
      case jit::ColumnKind::kString:
      case jit::ColumnKind::kText:
      case jit::ColumnKind::kAddress:
      case jit::ColumnKind::kObject:
        return CheckCodes(num_slots);
      case jit::ColumnKind::kInteger:
      case jit::ColumnKind::kDate:
      case jit::ColumnKind::kBoolean:
        return CheckNumbers(column_.integers.size(), num_slots);
      case jit::ColumnKind::kFloat:
        TRIPLINE_TRY_VOID(CheckNumbers(column_.floats.size(), num_slots));
        return CheckFloats();
      case jit::ColumnKind::kDelegated:
        break;
    }
    return Wrong("no values: its leaves are given as bitmaps of rows");
  }

 private:
  Result<std::size_t> CheckOffsets() const {
    if (column_.offsets.empty()) {
      return std::size_t{num_rows_};
    }
    if (column_.offsets.size() != std::size_t{num_rows_} + 1 || column_.offsets.front() != 0 ||
        !std::ranges::is_sorted(column_.offsets)) {
      return Wrong("offsets that begin at 0, do not decrease and are one more than the rows");
    }
    return std::size_t{column_.offsets.back()};
  }

  Result<std::size_t> CheckRows() const {
    if (!column_.offsets.empty() || column_.rows.back() >= num_rows_ ||
        !std::ranges::is_sorted(column_.rows)) {
      return Wrong("rows that do not decrease, all in the block, and no offsets beside them");
    }
    return column_.rows.size();
  }

  Result<void> CheckCodes(std::size_t num_slots) const {
    if (column_.codes.size() != num_slots) {
      return Wrong("one code a slot");
    }
    const std::size_t num_values = column_.answers != nullptr ? column_.answers->num_values()
                                                              : column_.dictionary.values.size();
    if (std::ranges::any_of(column_.codes, [=](std::uint32_t code) {
          return code >= num_values && code != kMissing;
        })) {
      return Wrong("codes below the number of its dictionary's values");
    }
    return {};
  }

  Result<void> CheckNumbers(std::size_t num_values, std::size_t num_slots) const {
    if (num_values != num_slots) {
      return Wrong("one number a slot");
    }
    if (!column_.present.empty() && column_.present.size() < (num_slots + 63) / 64) {
      return Wrong("a bit for each slot that tells whether it holds a value");
    }
    return {};
  }

  Result<void> CheckFloats() const {
    for (std::size_t slot = 0; slot < column_.floats.size(); ++slot) {
      const bool is_present =
          column_.present.empty() || ((column_.present[slot / 64] >> (slot % 64)) & 1U) != 0;
      if (is_present && std::isnan(column_.floats[slot])) {
        return Wrong("numbers, found NaN");
      }
    }
    return {};
  }

  std::unexpected<Error> Wrong(const std::string& expected) const {
    return Fail(ErrorCode::kInvalid,
                "column `" + field_.name + "` of a block: expected " + expected);
  }

  const Column& column_;
  const jit::Field& field_;
  std::uint32_t num_rows_;
};

Result<void> CheckBitmaps(const Batch& batch, const jit::Program& program) {
  if (!batch.eligible.empty() && batch.eligible.size() != WordsFor(batch.num_rows)) {
    return Fail(ErrorCode::kInvalid, "the eligible rows of a block: expected " +
                                         std::to_string(WordsFor(batch.num_rows)) + " words");
  }
  for (const LeafRows& given : batch.given) {
    if (given.leaf >= program.leaves.size()) {
      return Fail(ErrorCode::kInvalid, "a block gives rows of leaf " + std::to_string(given.leaf) +
                                           "; there are " + std::to_string(program.leaves.size()));
    }
    if (given.rows.size() != WordsFor(batch.num_rows)) {
      return Fail(ErrorCode::kInvalid, "the given rows of leaf " + std::to_string(given.leaf) +
                                           ": expected " +
                                           std::to_string(WordsFor(batch.num_rows)) + " words");
    }
  }
  return {};
}

}  // namespace

Result<void> CheckBatch(const Batch& batch, const jit::Program& program) {
  if (batch.num_rows > kMaxBlockRows) {
    return Fail(ErrorCode::kLimit, "a block has " + std::to_string(batch.num_rows) +
                                       " rows; at most " + std::to_string(kMaxBlockRows) +
                                       " are taken");
  }
  if (batch.columns.size() < program.fields.size()) {
    return Fail(ErrorCode::kInvalid, "a block has " + std::to_string(batch.columns.size()) +
                                         " columns; expected " +
                                         std::to_string(program.fields.size()));
  }
  for (std::size_t field = 0; field < program.fields.size(); ++field) {
    TRIPLINE_TRY_VOID(
        ColumnChecker(batch.columns[field], program.fields[field], batch.num_rows).Run());
  }
  return CheckBitmaps(batch, program);
}

}  // namespace tripline::runtime
