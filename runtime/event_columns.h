// EventColumns: the columns of the block that is being read, and the way from a JSON document's
// keys to them. Both JSON parsers (runtime/simd_event_parser.h, runtime/exact_event_parser.h) write
// their documents' values here, row by row; the event reader takes the block out.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/column_builder.h"
#include "runtime/object_columns.h"
#include "runtime/wanted_paths.h"

namespace tripline::runtime {

/// Objects and arrays inside one another at most, as OpenSearch's JSON parser has it.
inline constexpr std::uint32_t kMaxEventDepth = 1000;

class EventColumns {
 public:
  /// `hash_seed` is the dictionaries'.
  EventColumns(std::span<const jit::Field> fields, std::uint64_t hash_seed);
  ~EventColumns();
  EventColumns(EventColumns&&) noexcept;
  EventColumns& operator=(EventColumns&&) noexcept;

  /// Forgets the last block's rows. Where the dictionaries together hold more than
  /// `max_dictionary_bytes`, the biggest are started anew until they hold no more than half.
  void StartBlock(std::size_t max_dictionary_bytes);
  /// The row is complete; values added from now on belong to the next.
  void FinishRow() { ++num_rows_; }
  /// Takes back the values of the present row.
  void DropRow();
  /// Lives until StartBlock.
  void FinishBlock(Batch* batch);

  /// Which columns want what.
  [[nodiscard]] WantedPaths& paths() { return paths_; }
  /// The number of the present row.
  [[nodiscard]] std::uint32_t row() const { return num_rows_; }
  [[nodiscard]] ColumnBuilder& column(std::uint32_t position) { return builders_[position]; }
  [[nodiscard]] const std::vector<ColumnBuilder>& builders() const { return builders_; }
  /// True if some column wants whole objects.
  [[nodiscard]] bool has_objects() const { return has_objects_; }
  /// What reads the objects of a kObject column; null for other kinds.
  [[nodiscard]] ObjectColumns* objects(std::uint32_t position) { return objects_[position].get(); }

  /// A search hit's own names, for rules that ask for the fields _index and _id.
  void AddHitNames(std::string_view index, std::string_view id);

 private:
  void BoundDictionaries(std::size_t max_bytes);

  WantedPaths paths_;
  std::vector<ColumnBuilder> builders_;
  std::vector<std::unique_ptr<ObjectColumns>> objects_;  // by column
  bool has_objects_ = false;
  std::uint32_t num_rows_ = 0;
};

}  // namespace tripline::runtime
