// Batch: one block of events as columns. It is the contract between whoever reads events (NDJSON at
// the desk, doc values in a cluster) and the Matcher: both fill the same layout, and the Matcher
// cannot tell them apart.
//
// A Batch only looks: the memory belongs to the reader that made it, and lives until that reader
// makes the next one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "jit/program.h"

namespace tripline::runtime {

class ValueAnswers;

/// Rows of a block at most; a multiple of 512, so that a bitmap of rows is whole 512-bit vectors.
inline constexpr std::uint32_t kMaxBlockRows = 4096;

/// The code of "no value".
inline constexpr std::uint32_t kMissing = 0xFFFFFFFFU;

/// The distinct values of a dictionary column. Codes keep their meaning as long as `id` stays the
/// same; values are only ever added under one id. Address values are 16 bytes.
struct DictionaryView {
  std::uint64_t id = 0;
  std::span<const std::string_view> values{};
};

/// Slots hold values. Which row has which slots is told in one of three ways:
///   neither `offsets` nor `rows`: slot r is row r's only value;
///   `offsets`: row r has the slots offsets[r] .. offsets[r + 1) (so offsets has num_rows + 1
///     entries, not decreasing, the last the number of slots);
///   `rows`: slot s is a value of row rows[s]; not decreasing.
struct Column {
  jit::ColumnKind kind = jit::ColumnKind::kString;
  /// What the numbers are kept as: the field's (jit/program.h).
  jit::NumberForm form = jit::NumberForm::kPlain;
  double scale = 0;
  std::span<const std::uint32_t> offsets{};
  std::span<const std::uint32_t> rows{};
  /// kString, kText, kAddress, kObject: per slot a code below dictionary.values.size(), or
  /// kMissing.
  DictionaryView dictionary{};
  /// The dictionary's answers, if all of them were decided beforehand (runtime/value_answers.h):
  /// then codes are below its number of values, and `dictionary` is not looked at. It must outlive
  /// the Batch.
  const ValueAnswers* answers = nullptr;
  std::span<const std::uint32_t> codes{};
  /// kInteger, kDate, kBoolean (0, 1): per slot a value.
  std::span<const std::int64_t> integers{};
  /// kFloat: per slot a value, never NaN.
  std::span<const double> floats{};
  /// integers and floats: bitmap of slots that hold a value; empty means all of them do.
  std::span<const std::uint64_t> present{};

  /// True if no row of the block has a value: nothing else is filled.
  bool is_empty = true;
};

/// The rows that make a leaf true, found out by the host in its own way: WordsFor(num_rows) words.
/// What the leaf's column says of other rows counts too.
struct LeafRows {
  jit::LeafIndex leaf = 0;
  std::span<const std::uint64_t> rows{};
};

struct Batch {
  std::uint32_t num_rows = 0;  // at most kMaxBlockRows
  /// Who filled `columns` last: whoever fills it again need not write what has not changed.
  const void* filler = nullptr;
  std::vector<Column>
      columns;  // by position in the reader's column list; the Program's fields come first
  /// The only source of kDelegated leaves; for other leaves beside or instead of their columns.
  std::vector<LeafRows> given{};
  /// The rows that count; empty: all of them. WordsFor(num_rows) words.
  std::span<const std::uint64_t> eligible{};
};

/// Words of a bitmap of rows, rounded up to whole 512-bit vectors.
[[nodiscard]] constexpr std::uint32_t WordsFor(std::uint32_t num_rows) {
  return (num_rows + 511U) / 512U * 8U;
}

}  // namespace tripline::runtime
