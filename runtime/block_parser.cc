// One line after another: the fast parser first, the exact one for what it leaves. The text of
// every row can be looked at in the chunk without a copy.
#include "runtime/block_parser.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
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

void EventReport::Add(const EventReport& later) {
  num_events += later.num_events;
  num_lines += later.num_lines;
  num_blank_lines += later.num_blank_lines;
  num_broken_lines += later.num_broken_lines;
  for (const LineFault& fault : later.faults) {
    if (faults.size() < kMaxLineFaults) {
      faults.push_back(fault);
    }
  }
  malformed_values.resize(std::max(malformed_values.size(), later.malformed_values.size()));
  std::ranges::transform(later.malformed_values, malformed_values, malformed_values.begin(),
                         std::plus());
}

Result<void> CheckColumns(const std::vector<jit::Field>& columns) {
  std::set<std::string_view> names;
  for (const jit::Field& column : columns) {
    if (!names.insert(column.name).second) {
      return Fail(ErrorCode::kInvalid, "the field `" + column.name +
                                           "` is asked for twice; every column needs a name of "
                                           "its own");
    }
  }
  return {};
}

struct BlockParser::State {
  State(const std::vector<jit::Field>& fields, const BlockParserOptions& parser_options)
      : options(parser_options), columns(fields, RandomSeed(), parser_options.needs) {}

  void ParseLine(const Line& line, EventBlock* block);
  void AddRow(const Line& line, const SearchHit& hit, EventBlock* block);
  void AddFault(const Line& line, std::string what);
  std::string_view KeepIndex(std::string_view index);

  BlockParserOptions options;
  EventColumns columns;
  SimdEventParser simd_parser;
  ExactEventParser exact_parser;
  ByteArena names;  // index and id of the block's search hits
  std::string_view last_index;
  std::uint32_t file = 0;  // of the chunk
  EventReport report;      // the same
};

BlockParser::BlockParser(const std::vector<jit::Field>& columns, const BlockParserOptions& options)
    : state_(std::make_unique<State>(columns, options)) {}
BlockParser::~BlockParser() = default;
BlockParser::BlockParser(BlockParser&&) noexcept = default;
BlockParser& BlockParser::operator=(BlockParser&&) noexcept = default;

EventReport BlockParser::Parse(EventChunk& chunk, std::uint32_t max_rows, EventBlock* block) {
  State& state = *state_;
  block->origins.clear();
  block->batch.num_rows = 0;
  block->batch.given.clear();
  block->batch.eligible = {};  // the columns stay, for FinishBlock
  state.names.Clear();
  state.last_index = {};
  state.file = chunk.file;
  state.report = {};
  const std::uint64_t num_lines_before = chunk.lines.num_passed();
  const std::uint64_t num_blank_lines_before = chunk.lines.num_blank_lines();
  state.columns.StartBlock(state.options.max_dictionary_bytes);
  if (num_lines_before == 0) {
    state.simd_parser.StartText(chunk.lines.Text());
  }
  while (state.columns.row() < max_rows) {
    const std::optional<Line> line = chunk.lines.Next();
    if (!line) {
      break;
    }
    state.ParseLine(*line, block);
  }
  state.columns.FinishBlock(&block->batch);
  state.report.num_lines = chunk.lines.num_passed() - num_lines_before;
  state.report.num_blank_lines = chunk.lines.num_blank_lines() - num_blank_lines_before;
  return std::move(state.report);
}

std::vector<std::uint64_t> BlockParser::MalformedValues() const {
  std::vector<std::uint64_t> numbers;
  for (const ColumnBuilder& builder : state_->columns.builders()) {
    numbers.push_back(builder.num_malformed());
  }
  return numbers;
}

void BlockParser::State::ParseLine(const Line& line, EventBlock* block) {
  if (line.is_too_long) {
    AddFault(line, "the line has " + std::to_string(line.size) + " bytes, at most " +
                       std::to_string(options.max_line_bytes) + " are read");
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

void BlockParser::State::AddRow(const Line& line, const SearchHit& hit, EventBlock* block) {
  block->origins.push_back({.file = file,
                            .line = line.number,
                            .text = line.text,
                            .is_search_hit = hit.is_hit,
                            .index = KeepIndex(hit.index),
                            .id = names.Keep(hit.id)});
  columns.FinishRow();
  ++report.num_events;
}

// Neighbours mostly come from the same index.
std::string_view BlockParser::State::KeepIndex(std::string_view index) {
  if (index != last_index) {
    last_index = names.Keep(index);
  }
  return last_index;
}

void BlockParser::State::AddFault(const Line& line, std::string what) {
  ++report.num_broken_lines;
  if (report.faults.size() < kMaxLineFaults) {
    report.faults.push_back({.file = file, .line = line.number, .what = std::move(what)});
  }
}

}  // namespace tripline::runtime
