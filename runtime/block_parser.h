// BlockParser: chunks of lines as blocks of columns. It holds the memory of one block and the
// dictionaries, which live across blocks within a bound.
//
//   BlockParser parser(columns, options);
//   EventBlock block;
//   while (... files.Next(&chunk) ...) {
//     report.Add(parser.Parse(chunk, kMaxBlockRows, &block));
//     if (block.batch.num_rows > 0) matcher.Match(block.batch);
//   }
//
// Thread-safety: one thread at a time; several parsers may work beside each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/event_block.h"
#include "runtime/event_files.h"

namespace tripline::runtime {

class RowNeeds;

/// Errors: kInvalid (a column's name twice).
[[nodiscard]] Result<void> CheckColumns(const std::vector<jit::Field>& columns);

struct BlockParserOptions {
  /// What the dictionaries of all columns may hold together between two blocks.
  std::size_t max_dictionary_bytes = std::size_t{64} << 20U;
  /// Where it is there, string values that no rule needs are left out (runtime/row_needs.h).
  std::shared_ptr<const RowNeeds> needs = nullptr;
  /// What too long lines are longer than, for the message.
  std::size_t max_line_bytes = 0;
};

class BlockParser {
 public:
  /// Requires columns that CheckColumns accepts.
  BlockParser(const std::vector<jit::Field>& columns, const BlockParserOptions& options);
  ~BlockParser();
  BlockParser(BlockParser&&) noexcept;
  BlockParser& operator=(BlockParser&&) noexcept;

  /// Fills `block` with the events of the chunk's next lines, up to `max_rows`, at most
  /// kMaxBlockRows; there may be none. Its views live until the next call, and as long as the chunk
  /// keeps its lines. Returns what there is to say of the lines it took, but for malformed values.
  EventReport Parse(EventChunk& chunk, std::uint32_t max_rows, EventBlock* block);

  /// Per column, values that could not be converted to its kind, of all blocks so far.
  [[nodiscard]] std::vector<std::uint64_t> MalformedValues() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime
