// Every number that the Matcher follows is checked once, before it is followed.
#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/matcher.h"

namespace tripline::runtime {
namespace {

class ColumnChecker {
 public:
  ColumnChecker(const Column& column, const jit::Field& field, std::uint32_t num_rows,
                std::size_t num_leaves)
      : column_(column), field_(field), num_rows_(num_rows), num_leaves_(num_leaves) {}

  Result<void> Run() const {
    if (column_.is_empty) {
      return {};
    }
    if (column_.kind != field_.kind) {
      return Wrong("a column of the field's kind");
    }
    TRIPLINE_TRY(const std::size_t num_slots, CheckOffsets());
    switch (column_.kind) {
      case jit::ColumnKind::kString:
      case jit::ColumnKind::kText:
      case jit::ColumnKind::kAddress:
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
    return column_.delegated.size() == num_leaves_ * WordsFor(num_rows_)
               ? Result<void>()
               : Wrong("one bitmap of rows for each of its leaves");
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

  Result<void> CheckCodes(std::size_t num_slots) const {
    if (column_.codes.size() != num_slots) {
      return Wrong("one code a slot");
    }
    const std::size_t num_values = column_.dictionary.values.size();
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
  std::size_t num_leaves_;
};

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
  std::vector<std::size_t> num_leaves(program.fields.size(), 0);
  for (const jit::Leaf& leaf : program.leaves) {
    ++num_leaves[leaf.field];
  }
  for (std::size_t field = 0; field < program.fields.size(); ++field) {
    TRIPLINE_TRY_VOID(ColumnChecker(batch.columns[field], program.fields[field], batch.num_rows,
                                    num_leaves[field])
                          .Run());
  }
  return {};
}

}  // namespace tripline::runtime
