// BlockView: a block of events as a host lays it into a buffer -> Batch. The buffer is anybody's:
// every number is checked before it is followed, and the Batch only looks into the buffer.
//
// Everything is little-endian; every offset is in bytes from the buffer's start, and what it
// points to is aligned to its own width (8 bytes for words, integers and floats). The buffer itself
// starts at a multiple of 8.
//
//   block   = u32 magic "TRLB", u32 version 1, u32 num_rows, u32 num_columns, u32 num_given,
//             u32 eligible_at (0: all rows count; else words of rows), u64 0,
//             column * num_columns, given * num_given, and the arrays that they point to
//   column  = u32 field, u32 kind, u64 answers (a handle, or 0: the dictionary is in the buffer),
//             u32 num_slots, u32 layout (0: one slot a row; 1: offsets; 2: rows),
//             u32 layout_at, u32 values_at, u32 present_at (0: every slot has a value),
//             u32 dictionary_at, u32 num_values, u32 0
//             layout_at: u32 * (num_rows + 1) offsets, or u32 * num_slots rows
//             values_at: u32 codes, i64 integers or f64 floats, one a slot
//             dictionary_at: u32 * (num_values + 1) ends, beginning with 0, then the bytes
//   given   = u32 leaf, u32 words_at                  (words of rows: WordsFor(num_rows) * u64)
//
// Columns stand in rising order of their fields; fields that are not there have no value.
//
// Thread-safety: one thread at a time; memory is reused from block to block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/program.h"
#include "plugin-shim/native/handle_table.h"
#include "runtime/batch.h"
#include "runtime/value_answers.h"

namespace tripline::shim {

inline constexpr std::uint32_t kBlockMagic = 0x424C5254;  // "TRLB"
inline constexpr std::uint32_t kBlockVersion = 1;
inline constexpr std::size_t kBlockHeaderBytes = 32;
inline constexpr std::size_t kBlockColumnBytes = 48;

/// Answers of one field's values, with what they are answers to.
struct FieldAnswers {
  const jit::Program* program = nullptr;  // only compared
  jit::FieldIndex field = 0;
  runtime::ValueAnswers answers;
};

/// Finds the answers that a column names. Errors: those of HandleTable::Get.
using FindAnswers = std::function<Result<std::shared_ptr<const FieldAnswers>>(Handle)>;

class BlockView {
 public:
  /// The block in `bytes`, which must outlive the Batch; so must this view, until the next Read.
  /// Errors: kInvalid (what and where), kLimit (too many rows), those of `find_answers`.
  [[nodiscard]] Result<const runtime::Batch*> Read(std::span<const std::byte> bytes,
                                                   const jit::Program& program,
                                                   const FindAnswers& find_answers);

 private:
  class Reader;

  runtime::Batch batch_;
  std::vector<std::vector<std::string_view>> dictionaries_;   // by field, reused
  std::vector<std::shared_ptr<const FieldAnswers>> answers_;  // kept alive for the Batch
  std::uint64_t next_dictionary_ = 1;
};

}  // namespace tripline::shim
