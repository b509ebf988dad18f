// EventReader: event files as blocks of columns, the desk's way into the Matcher. A file is NDJSON,
// one ECS document or search hit a line, plain or compressed; docs/event_files.md says how values
// become columns.
//
//   TRIPLINE_TRY(EventReader events, EventReader::Open(ruleset.columns, {"events.ndjson.gz"}));
//   EventBlock block;
//   for (;;) {
//     TRIPLINE_TRY(const bool has_more, events.Next(&block));
//     if (!has_more) break;
//     matcher.Match(block.batch);
//   }
//
// How files are cut into blocks depends on their bytes and the options alone (but for pipes), so
// that readers on several threads (runtime/event_pipeline.h) give the same blocks.
//
// Memory does not grow with the files: a block is at most kMaxBlockRows rows and one buffer of
// text, and the dictionaries of all columns together are bounded. A broken line is reported and
// skipped; nothing else is lost.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/event_block.h"
#include "runtime/line_reader.h"

namespace tripline::runtime {

class RowNeeds;

struct EventReaderOptions {
  LineReaderOptions lines = {};
  /// Rows of a block; fewer than kMaxBlockRows only for tests and measurements.
  std::uint32_t max_rows = kMaxBlockRows;
  /// What the dictionaries of all columns may hold together between two blocks. Beyond it the
  /// biggest start anew: answers stay right, caches are filled again.
  std::size_t max_dictionary_bytes = std::size_t{64} << 20U;
  /// Where it is there, string values that no rule needs are left out (runtime/row_needs.h).
  std::shared_ptr<const RowNeeds> needs = nullptr;
};

class EventReader {
 public:
  /// Files are opened one after another as they are reached; "-" is standard input.
  /// Errors: kInvalid (a column's name twice).
  [[nodiscard]] static Result<EventReader> Open(const std::vector<jit::Field>& columns,
                                                std::vector<std::string> paths,
                                                const EventReaderOptions& options = {});
  /// Reads `text`, which must outlive the reader, as if it were one file.
  [[nodiscard]] static Result<EventReader> OverText(const std::vector<jit::Field>& columns,
                                                    std::string_view text,
                                                    const EventReaderOptions& options = {});
  ~EventReader();
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;

  /// Fills `block` with at least one row, or answers false at the end of the last file. Errors: a
  /// file that cannot be opened or read on (LineReader::Fill); the next call goes on with the next
  /// file.
  Result<bool> Next(EventBlock* block);

  /// What was read so far.
  [[nodiscard]] EventReport report() const;
  /// Bytes taken from all files, as they lie on disk, for a progress bar.
  [[nodiscard]] std::uint64_t num_bytes_taken() const;

 private:
  struct State;
  explicit EventReader(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
