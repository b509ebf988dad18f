// EventColumns: the columns of the block that is being read, and the way from a JSON document's
// keys to them. Both JSON parsers (runtime/simd_event_parser.h, runtime/exact_event_parser.h) write
// their documents' values here, row by row; the event reader takes the block out.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/column_builder.h"
#include "runtime/dictionary.h"
#include "runtime/learned_paths.h"
#include "runtime/object_columns.h"
#include "runtime/row_needs.h"
#include "runtime/wanted_paths.h"

namespace tripline::runtime {

/// Objects and arrays inside one another at most, as OpenSearch's JSON parser has it.
inline constexpr std::uint32_t kMaxEventDepth = 1000;

class EventColumns {
 public:
  /// `hash_seed` is the dictionaries'. With `needs`, strings that no rule needs are left out.
  EventColumns(std::span<const jit::Field> fields, std::uint64_t hash_seed,
               std::shared_ptr<const RowNeeds> needs = nullptr);
  ~EventColumns();
  EventColumns(EventColumns&&) noexcept;
  EventColumns& operator=(EventColumns&&) noexcept;

  /// Forgets the last block's rows. Where the dictionaries together hold more than
  /// `max_dictionary_bytes`, the biggest are started anew until they hold no more than half.
  void StartBlock(std::size_t max_dictionary_bytes);
  /// The row is complete; values added from now on belong to the next.
  void FinishRow() {
    ++num_rows_;
    if (num_rows_ % kRowsInCache == 0) {
      Settle();
    }
  }
  /// Takes back the values of the present row.
  void DropRow();
  /// Lives until StartBlock. Given the batch of the block before, as it was left, it writes only
  /// what has changed: a small block costs nothing for all the columns that it does not have.
  void FinishBlock(Batch* batch);

  /// Which columns want what.
  [[nodiscard]] WantedPaths& paths() { return *paths_; }
  /// The same, with a memory of the keys that were seen.
  [[nodiscard]] LearnedPaths& learned() { return learned_; }
  /// The number of the present row.
  [[nodiscard]] std::uint32_t row() const { return num_rows_; }
  /// To add values to: it counts as touched until StartBlock.
  [[nodiscard]] ColumnBuilder& column(std::uint32_t position) {
    if (!is_touched_[position]) {
      is_touched_[position] = true;
      touched_.push_back(position);
    }
    return builders_[position];
  }
  [[nodiscard]] const std::vector<ColumnBuilder>& builders() const { return builders_; }
  /// True if some column wants whole objects.
  [[nodiscard]] bool has_objects() const { return has_objects_; }
  /// What reads the objects of a kObject column; null for other kinds.
  [[nodiscard]] ObjectColumns* objects(std::uint32_t position) { return objects_[position].get(); }

  /// A whole number that may be too long for AddInteger, or any other, as it is written.
  void AddNumber(std::uint32_t position, std::string_view digits);
  /// Memory for one string, for whoever needs it for a moment.
  [[nodiscard]] std::string& decoded() { return decoded_; }
  /// A copy of `text` that lives as long as the block.
  [[nodiscard]] std::string_view Keep(std::string_view text) { return kept_.Keep(text); }

  /// A search hit's own names, for rules that ask for the fields _index and _id.
  void AddHitNames(std::string_view index, std::string_view id);

 private:
  // So many events' texts are still in a cache of the core's own.
  static constexpr std::uint32_t kRowsInCache = RowGate::kMaxRows;

  void BoundDictionaries(std::size_t max_bytes);
  void Settle();

  std::unique_ptr<WantedPaths> paths_;  // learned_ looks at it
  LearnedPaths learned_;
  ByteArena kept_;
  std::string decoded_;
  std::vector<ColumnBuilder> builders_;
  std::optional<RowGate> gate_;
  std::uint32_t num_settled_ = 0;                        // rows
  std::vector<std::unique_ptr<ObjectColumns>> objects_;  // by column
  bool has_objects_ = false;
  std::uint32_t num_rows_ = 0;
  // Columns that this block may have values of: whatever is done once a block is done for them
  // alone, so that a block of one event does not cost a look at all columns.
  std::vector<std::uint32_t> touched_;
  std::vector<std::uint8_t> is_touched_;
  std::vector<std::size_t> dictionary_bytes_;  // by column, when it was touched last,
  std::size_t held_bytes_ = 0;                 // and of all
  const Column* filled_ = nullptr;             // the columns that FinishBlock filled last,
  std::vector<std::uint32_t> filled_columns_;  // and which of them are not empty
};

}  // namespace tripline::runtime
