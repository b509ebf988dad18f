// Any bytes as an event file: every line becomes a row, a blank or a described fault, and the
// columns keep their contract (runtime/batch.h): codes point into the dictionary, offsets never
// decrease.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/json_events.h"

namespace {

using tripline::Check;
using tripline::jit::ColumnKind;
using tripline::runtime::Batch;
using tripline::runtime::Column;

void CheckColumn(const Column& column, std::uint32_t num_rows) {
  if (column.is_empty) {
    return;
  }
  std::size_t num_slots = num_rows;
  if (!column.rows.empty()) {
    Check(std::ranges::is_sorted(column.rows) && column.rows.back() < num_rows,
          "rows rise, and are of the block");
    num_slots = column.rows.size();
  }
  for (const std::uint32_t code : column.codes) {
    Check(code == tripline::runtime::kMissing || code < column.dictionary.values.size(),
          "a code is of the dictionary");
  }
  for (const double value : column.floats) {
    Check(!std::isnan(value), "a float is a number");
  }
  Check(column.codes.size() + column.integers.size() + column.floats.size() == num_slots,
        "a value for each slot");
}

void CheckBatch(const Batch& batch) {
  Check(batch.num_rows > 0 && batch.num_rows <= tripline::runtime::kMaxBlockRows,
        "a block has rows, and not too many");
  for (const Column& column : batch.columns) {
    CheckColumn(column, batch.num_rows);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<tripline::jit::Field> kColumns = {
      {.name = "a", .kind = ColumnKind::kString},   {.name = "a.b", .kind = ColumnKind::kString},
      {.name = "ip", .kind = ColumnKind::kAddress}, {.name = "n", .kind = ColumnKind::kInteger},
      {.name = "f", .kind = ColumnKind::kFloat},    {.name = "t", .kind = ColumnKind::kDate},
      {.name = "y", .kind = ColumnKind::kBoolean},  {.name = "m", .kind = ColumnKind::kText}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tripline::runtime::EventReaderOptions options;
  // Small, so that the fuzzer meets every bound.
  options.lines = {.max_line_bytes = 1024, .block_bytes = 512};
  options.max_rows = 8;
  options.max_dictionary_bytes = 256;
  auto reader = tripline::runtime::EventReader::OverText(kColumns, text, options);
  Check(reader.has_value(), "text in memory can be read");
  tripline::runtime::EventBlock block;
  for (;;) {
    const auto has_more = reader->Next(&block);
    if (!has_more || !*has_more) {
      break;
    }
    CheckBatch(block.batch);
    Check(block.origins.size() == block.batch.num_rows, "each row has an origin");
  }
  const tripline::runtime::EventReport report = reader->report();
  Check(report.num_events + report.num_blank_lines + report.num_broken_lines == report.num_lines,
        "every line is accounted for");
  return 0;
}
