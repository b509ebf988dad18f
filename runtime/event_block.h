// EventBlock: some events of a file as columns, with where each of them stands in it; and what a
// reader says of the lines that it has read.
//
//   files -EventFiles-> chunks of lines -BlockParser-> EventBlocks
//
// Thread-safety: plain data. A block only looks at its reader's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/batch.h"

namespace tripline::runtime {

/// Where a row comes from. Views live as long as the block's.
struct EventOrigin {
  std::uint32_t file = 0;  // position in the list of files
  std::uint64_t line = 0;  // 1-based
  std::string_view text;   // the whole line; DocumentText (runtime/exact_event_parser.h) cuts the
                           // document out of a search hit
  bool is_search_hit = false;
  std::string_view index;  // of a search hit; empty if it names none
  std::string_view id;     // the same
};

/// Columns are in the order of the reader's column list. All views live until the reader's next
/// block.
struct EventBlock {
  Batch batch;
  std::vector<EventOrigin> origins;  // one a row
};

/// A line that gave no row.
struct LineFault {
  std::uint32_t file = 0;
  std::uint64_t line = 0;
  std::string what;
};

/// Broken lines are all counted, but only so many are described.
inline constexpr std::size_t kMaxLineFaults = 20;

struct EventReport {
  std::uint64_t num_events = 0;
  std::uint64_t num_lines = 0;  // blank and broken ones too
  std::uint64_t num_blank_lines = 0;
  std::uint64_t num_broken_lines = 0;  // too long ones too
  std::vector<LineFault> faults;       // of the first kMaxLineFaults broken lines
  /// Per column, values that could not be converted to its kind.
  std::vector<std::uint64_t> malformed_values;

  /// Adds what was read after it.
  void Add(const EventReport& later);
};

}  // namespace tripline::runtime
