// One line after another: the fast parser first, the exact one for what it leaves. A block ends
// where its rows are full or the lines in memory are used up, never across two files, so the text
// of every row can be looked at in the line reader's buffer without a copy.
#include "runtime/json_events.h"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "runtime/dictionary.h"
#include "runtime/event_columns.h"
#include "runtime/exact_event_parser.h"
#include "runtime/simd_event_parser.h"

namespace tripline::runtime {
namespace {

// Unknown to whoever writes the events: they cannot make the dictionaries' tables slow.
std::uint64_t RandomSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

struct EventReader::State {
  State(const std::vector<jit::Field>& fields, std::vector<std::string> file_paths,
        const EventReaderOptions& reader_options)
      : options(reader_options), paths(std::move(file_paths)), columns(fields, RandomSeed()) {
    options.max_rows = std::clamp<std::uint32_t>(options.max_rows, 1, kMaxBlockRows);
  }

  Result<bool> Next(EventBlock* block);
  Result<bool> OpenNextFile();
  void CloseFile();
  void ReadLines(EventBlock* block);
  void ReadLine(const Line& line, EventBlock* block);
  void AddRow(const Line& line, const SearchHit& hit, EventBlock* block);
  void AddFault(const Line& line, std::string what);
  std::string_view KeepIndex(std::string_view index);

  EventReaderOptions options;
  std::vector<std::string> paths;
  std::optional<std::string_view> text;  // instead of paths
  std::size_t num_opened = 0;
  std::optional<LineReader> lines;  // of file num_opened - 1

  EventColumns columns;
  SimdEventParser simd_parser;
  ExactEventParser exact_parser;
  ByteArena names;  // index and id of the block's search hits
  std::string_view last_index;
  EventReport report;  // but for lines and blank lines of the file that is open
  std::uint64_t num_bytes_of_closed = 0;
};

Result<EventReader> EventReader::Open(const std::vector<jit::Field>& columns,
                                      std::vector<std::string> paths,
                                      const EventReaderOptions& options) {
  std::set<std::string_view> names;
  for (const jit::Field& column : columns) {
    if (!names.insert(column.name).second) {
      return Fail(ErrorCode::kInvalid, "the field `" + column.name +
                                           "` is asked for twice; every column needs a name of "
                                           "its own");
    }
  }
  return EventReader(std::make_unique<State>(columns, std::move(paths), options));
}

Result<EventReader> EventReader::OverText(const std::vector<jit::Field>& columns,
                                          std::string_view text,
                                          const EventReaderOptions& options) {
  TRIPLINE_TRY(EventReader reader, Open(columns, {"events"}, options));
  reader.state_->text = text;
  return reader;
}

EventReader::EventReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;

Result<bool> EventReader::Next(EventBlock* block) { return state_->Next(block); }

EventReport EventReader::report() const {
  EventReport report = state_->report;
  if (state_->lines) {
    report.num_lines += state_->lines->num_lines();
    report.num_blank_lines += state_->lines->num_blank_lines();
  }
  for (const ColumnBuilder& builder : state_->columns.builders()) {
    report.malformed_values.push_back(builder.num_malformed());
  }
  return report;
}

std::uint64_t EventReader::num_bytes_taken() const {
  return state_->num_bytes_of_closed + (state_->lines ? state_->lines->num_bytes_taken() : 0);
}

Result<bool> EventReader::State::Next(EventBlock* block) {
  block->origins.clear();
  block->batch = {};
  names.Clear();
  last_index = {};
  columns.StartBlock(options.max_dictionary_bytes);
  for (;;) {
    if (!lines) {
      TRIPLINE_TRY(const bool is_open, OpenNextFile());
      if (!is_open) {
        return false;
      }
    }
    ReadLines(block);
    if (columns.row() > 0) {
      columns.FinishBlock(&block->batch);
      return true;
    }
    Result<bool> has_more = lines->Fill();
    if (!has_more || !*has_more) {
      CloseFile();
    }
    if (!has_more) {
      return std::unexpected(std::move(has_more).error());
    }
  }
}

Result<bool> EventReader::State::OpenNextFile() {
  if (num_opened == paths.size()) {
    return false;
  }
  const std::string& path = paths[num_opened];
  ++num_opened;
  if (text) {
    lines = LineReader::OverText(*text, path, options.lines);
  } else {
    TRIPLINE_TRY(lines, LineReader::Open(path, options.lines));
  }
  return true;
}

void EventReader::State::CloseFile() {
  report.num_lines += lines->num_lines();
  report.num_blank_lines += lines->num_blank_lines();
  num_bytes_of_closed += lines->num_bytes_taken();
  lines.reset();
}

// Rows from the lines that are in memory.
void EventReader::State::ReadLines(EventBlock* block) {
  while (columns.row() < options.max_rows) {
    const std::optional<Line> line = lines->Next();
    if (!line) {
      return;
    }
    ReadLine(*line, block);
  }
}

void EventReader::State::ReadLine(const Line& line, EventBlock* block) {
  if (line.is_too_long) {
    AddFault(line, "the line has " + std::to_string(line.size) + " bytes, at most " +
                       std::to_string(options.lines.max_line_bytes) + " are read");
    return;
  }
  SearchHit hit;
  if (simd_parser.Parse(line.text, &columns, &hit) == SimdEventParser::Outcome::kLeftToExact) {
    std::string fault = exact_parser.Parse(line.text, &columns, &hit);
    if (!fault.empty()) {
      AddFault(line, std::move(fault));
      return;
    }
  }
  AddRow(line, hit, block);
}

void EventReader::State::AddRow(const Line& line, const SearchHit& hit, EventBlock* block) {
  block->origins.push_back({.file = static_cast<std::uint32_t>(num_opened - 1),
                            .line = line.number,
                            .text = line.text,
                            .is_search_hit = hit.is_hit,
                            .index = KeepIndex(hit.index),
                            .id = names.Keep(hit.id)});
  columns.FinishRow();
  ++report.num_events;
}

// Neighbours mostly come from the same index.
std::string_view EventReader::State::KeepIndex(std::string_view index) {
  if (index != last_index) {
    last_index = names.Keep(index);
  }
  return last_index;
}

void EventReader::State::AddFault(const Line& line, std::string what) {
  ++report.num_broken_lines;
  if (report.faults.size() < options.max_faults) {
    report.faults.push_back({.file = static_cast<std::uint32_t>(num_opened - 1),
                             .line = line.number,
                             .what = std::move(what)});
  }
}

}  // namespace tripline::runtime
