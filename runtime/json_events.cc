// EventFiles and BlockParser by turns, on one thread: the slow twin of runtime/event_pipeline.h.
#include "runtime/json_events.h"

#include <algorithm>
#include <utility>

#include "runtime/block_parser.h"
#include "runtime/event_files.h"

namespace tripline::runtime {

LineReaderOptions EventReaderOptions::LineOptions() const {
  LineReaderOptions of_lines = lines;
  of_lines.max_lines = std::clamp<std::size_t>(max_rows, 1, kMaxBlockRows);
  return of_lines;
}

struct EventReader::State {
  State(const std::vector<jit::Field>& columns, EventFiles event_files,
        const EventReaderOptions& options)
      : files(std::move(event_files)),
        parser(columns, {.max_dictionary_bytes = options.max_dictionary_bytes,
                         .max_line_bytes = options.lines.max_line_bytes}) {}

  EventFiles files;
  BlockParser parser;
  EventChunk chunk;
  EventReport report;  // but for malformed values
};

Result<EventReader> EventReader::Open(const std::vector<jit::Field>& columns,
                                      std::vector<std::string> paths,
                                      const EventReaderOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventReader(std::make_unique<State>(
      columns, EventFiles(std::move(paths), options.LineOptions()), options));
}

Result<EventReader> EventReader::OverText(const std::vector<jit::Field>& columns,
                                          std::string_view text,
                                          const EventReaderOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventReader(
      std::make_unique<State>(columns, EventFiles(text, options.LineOptions()), options));
}

EventReader::EventReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;

Result<bool> EventReader::Next(EventBlock* block) {
  do {
    block->origins.clear();
    block->batch.num_rows = 0;
    TRIPLINE_TRY(const bool has_more, state_->files.Next(&state_->chunk));
    if (!has_more) {
      return false;
    }
    state_->report.Add(state_->parser.Parse(state_->chunk, block));
  } while (block->batch.num_rows == 0);
  return true;
}

EventReport EventReader::report() const {
  EventReport report = state_->report;
  report.malformed_values = state_->parser.MalformedValues();
  return report;
}

std::uint64_t EventReader::num_bytes_taken() const { return state_->files.num_bytes_taken(); }

}  // namespace tripline::runtime
