// EventFiles and BlockParser by turns, on one thread: the slow twin of runtime/event_pipeline.h.
#include "runtime/json_events.h"

#include <algorithm>
#include <utility>

#include "runtime/block_parser.h"
#include "runtime/event_files.h"

namespace tripline::runtime {

struct EventReader::State {
  State(const std::vector<jit::Field>& columns, EventFiles event_files,
        const EventReaderOptions& options)
      : max_rows(std::clamp<std::uint32_t>(options.max_rows, 1, kMaxBlockRows)),
        files(std::move(event_files)),
        parser(columns, {.max_dictionary_bytes = options.max_dictionary_bytes,
                         .needs = options.needs,
                         .max_line_bytes = options.lines.max_line_bytes}) {}

  std::uint32_t max_rows;
  EventFiles files;
  BlockParser parser;
  EventChunk chunk;
  EventReport report;  // but for malformed values
};

Result<EventReader> EventReader::Open(const std::vector<jit::Field>& columns,
                                      std::vector<std::string> paths,
                                      const EventReaderOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventReader(
      std::make_unique<State>(columns, EventFiles(std::move(paths), options.lines), options));
}

Result<EventReader> EventReader::OverText(const std::vector<jit::Field>& columns,
                                          std::string_view text,
                                          const EventReaderOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventReader(std::make_unique<State>(columns, EventFiles(text, options.lines), options));
}

EventReader::EventReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;

Result<bool> EventReader::Next(EventBlock* block) {
  State& state = *state_;
  block->origins.clear();
  block->batch.num_rows = 0;
  while (block->batch.num_rows == 0) {
    if (state.chunk.lines.num_passed() == state.chunk.lines.num_lines()) {
      TRIPLINE_TRY(const bool has_more, state.files.Next(&state.chunk));
      if (!has_more) {
        return false;
      }
    }
    state.report.Add(state.parser.Parse(state.chunk, state.max_rows, block));
  }
  return true;
}

EventReport EventReader::report() const {
  EventReport report = state_->report;
  report.malformed_values = state_->parser.MalformedValues();
  return report;
}

std::uint64_t EventReader::num_bytes_taken() const { return state_->files.num_bytes_taken(); }

}  // namespace tripline::runtime
