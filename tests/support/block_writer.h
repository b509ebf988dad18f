// BlockWriter: columns -> the bytes of a block, as plugin-shim/native/block_view.h lays them out. A
// second writer of that format, so that its reader is not tested against itself.
//
//   BlockWriter writer(batch.num_rows);
//   writer.Add(BlockColumnOf(field, batch.columns[field], batch.num_rows, BlockLayout::kRows));
//   const AlignedBytes block = writer.Take();
//   face.Match(matcher, block.bytes(), out);
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/column_slots.h"
#include "tests/support/batch_text.h"

namespace tripline::testing {

/// Bytes that begin at a multiple of 8.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::string_view bytes)
      : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    std::ranges::copy(std::as_bytes(std::span(bytes)), this->bytes().begin());
  }

  [[nodiscard]] std::span<std::byte> bytes() {
    return std::as_writable_bytes(std::span(words_)).first(size_);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(words_)).first(size_);
  }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

enum class BlockLayout : std::uint32_t { kOneSlotARow, kOffsets, kRows };

/// One column as the format can say it, right or wrong.
struct BlockColumn {
  std::uint32_t field = 0;
  jit::ColumnKind kind = jit::ColumnKind::kString;
  std::uint64_t answers = 0;
  std::uint32_t num_slots = 0;
  BlockLayout layout = BlockLayout::kOneSlotARow;
  std::vector<std::uint32_t> places{};  // offsets or rows
  std::vector<std::uint32_t> codes{};   // one of these three is filled
  std::vector<std::int64_t> integers{};
  std::vector<double> floats{};
  std::vector<std::uint64_t> present{};
  std::vector<std::string> dictionary{};
};

/// u32 ends beginning with 0, then the bytes: as blocks and chunks hold the values of a dictionary.
[[nodiscard]] inline std::string DictionaryBytes(const std::vector<std::string>& values) {
  std::vector<std::uint32_t> ends = {0};
  std::string text;
  for (const std::string& value : values) {
    text += value;
    ends.push_back(static_cast<std::uint32_t>(text.size()));
  }
  return std::string(reinterpret_cast<const char*>(ends.data()), ends.size() * sizeof(ends[0])) +
         text;
}

/// The chunk that Face::AddValues takes.
[[nodiscard]] inline AlignedBytes ChunkOf(const std::vector<std::string>& values) {
  const auto count = static_cast<std::uint32_t>(values.size());
  return AlignedBytes(std::string(reinterpret_cast<const char*>(&count), sizeof(count)) +
                      DictionaryBytes(values));
}

class BlockWriter {
 public:
  explicit BlockWriter(std::uint32_t num_rows) : num_rows_(num_rows) {}

  void SetEligible(std::span<const std::uint64_t> words) {
    has_eligible_ = true;
    eligible_at_ = Append(words.data(), words.size_bytes());
  }
  void AddGiven(std::uint32_t leaf, std::span<const std::uint64_t> words) {
    given_.push_back({leaf, Append(words.data(), words.size_bytes())});
  }
  void Add(const BlockColumn& column) {
    const auto append = [this](const auto& list) {
      return Append(list.data(), list.size() * sizeof(list[0]));
    };
    Placed placed{.column = column};
    placed.layout_at = append(column.places);
    placed.values_at = !column.integers.empty() ? append(column.integers)
                       : !column.floats.empty() ? append(column.floats)
                                                : append(column.codes);
    placed.present_at = append(column.present);
    const std::string dictionary = DictionaryBytes(column.dictionary);
    placed.dictionary_at = Append(dictionary.data(), dictionary.size());
    columns_.push_back(placed);
  }

  [[nodiscard]] AlignedBytes Take() const {
    const std::size_t head = 32 + 48 * columns_.size() + 8 * given_.size();
    std::vector<std::uint32_t> numbers = {0x424C5254U,
                                          1,
                                          num_rows_,
                                          static_cast<std::uint32_t>(columns_.size()),
                                          static_cast<std::uint32_t>(given_.size()),
                                          has_eligible_ ? Place(head, eligible_at_) : 0U,
                                          0,
                                          0};
    for (const Placed& placed : columns_) {
      const BlockColumn& column = placed.column;
      const bool has_places = column.layout != BlockLayout::kOneSlotARow;
      const bool has_dictionary = column.answers == 0 && HoldsCodes(column.kind);
      const auto num_values = static_cast<std::uint32_t>(column.dictionary.size());
      numbers.insert(numbers.end(), {column.field, static_cast<std::uint32_t>(column.kind),
                                     static_cast<std::uint32_t>(column.answers),
                                     static_cast<std::uint32_t>(column.answers >> 32U),
                                     column.num_slots, static_cast<std::uint32_t>(column.layout),
                                     has_places ? Place(head, placed.layout_at) : 0U,
                                     Place(head, placed.values_at),
                                     column.present.empty() ? 0U : Place(head, placed.present_at),
                                     has_dictionary ? Place(head, placed.dictionary_at) : 0U,
                                     has_dictionary ? num_values : 0U, 0U});
    }
    for (const auto& [leaf, at] : given_) {
      numbers.insert(numbers.end(), {leaf, Place(head, at)});
    }
    return AlignedBytes(
        std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4) + body_);
  }

  [[nodiscard]] static bool HoldsCodes(jit::ColumnKind kind) {
    return kind == jit::ColumnKind::kString || kind == jit::ColumnKind::kText ||
           kind == jit::ColumnKind::kAddress;
  }

 private:
  struct Placed {
    BlockColumn column;
    std::size_t layout_at = 0;
    std::size_t values_at = 0;
    std::size_t present_at = 0;
    std::size_t dictionary_at = 0;
  };
  struct Given {
    std::uint32_t leaf;
    std::size_t at;
  };

  static std::uint32_t Place(std::size_t head, std::size_t at) {
    return static_cast<std::uint32_t>(head + at);
  }
  // Every array begins at a multiple of 8.
  std::size_t Append(const void* bytes, std::size_t size) {
    const std::size_t at = body_.size();
    body_.append(static_cast<const char*>(bytes), size);
    body_.resize((body_.size() + 7) / 8 * 8);
    return at;
  }

  std::uint32_t num_rows_;
  bool has_eligible_ = false;
  std::size_t eligible_at_ = 0;
  std::vector<Placed> columns_;
  std::vector<Given> given_;
  std::string body_;
};

/// Appends slot `slot` of `from`; a slot without a value stays one.
inline void AppendSlot(const runtime::Column& from, std::uint32_t slot, bool holds_value,
                       BlockColumn& to) {
  if (BlockWriter::HoldsCodes(from.kind)) {
    to.codes.push_back(holds_value ? from.codes[slot] : runtime::kMissing);
  } else if (from.kind == jit::ColumnKind::kFloat) {
    to.floats.push_back(holds_value ? from.floats[slot] : 0);
  } else {
    to.integers.push_back(holds_value ? from.integers[slot] : 0);
  }
  to.present.resize(to.num_slots / 64 + 1);
  to.present.back() |= std::uint64_t{holds_value} << (to.num_slots % 64);
  ++to.num_slots;
}

/// A reader's column with the same values in another layout; offsets
/// where a row has too many values for one slot. Requires a column that is not empty.
[[nodiscard]] inline BlockColumn BlockColumnOf(std::uint32_t field, const runtime::Column& from,
                                               std::uint32_t num_rows, BlockLayout layout) {
  for (std::uint32_t row = 0; row < num_rows && layout == BlockLayout::kOneSlotARow; ++row) {
    const auto [begin, end] = runtime::SlotsOf(from, row);
    if (end - begin > 1) {
      layout = BlockLayout::kOffsets;
    }
  }
  BlockColumn to{.field = field, .kind = from.kind, .layout = layout};
  for (const std::string_view value : from.dictionary.values) {
    to.dictionary.emplace_back(value);
  }
  for (std::uint32_t row = 0; row < num_rows; ++row) {
    const auto [begin, end] = runtime::SlotsOf(from, row);
    if (layout == BlockLayout::kOffsets) {
      to.places.push_back(to.num_slots);
    }
    for (std::uint32_t slot = begin; slot < end; ++slot) {
      const bool holds_value = runtime::HasValue(from, slot);
      if (layout == BlockLayout::kRows && !holds_value) {
        continue;
      }
      if (layout == BlockLayout::kRows) {
        to.places.push_back(row);
      }
      AppendSlot(from, slot, holds_value, to);
    }
    if (layout == BlockLayout::kOneSlotARow && begin == end) {
      AppendSlot(from, 0, false, to);
    }
  }
  if (layout == BlockLayout::kOffsets) {
    to.places.push_back(to.num_slots);
  }
  if (BlockWriter::HoldsCodes(from.kind)) {
    to.present.clear();  // a missing code says it
  }
  return to;
}

}  // namespace tripline::testing
