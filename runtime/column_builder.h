// ColumnBuilder: turns the JSON values of one field into a Column of the present block
// (runtime/batch.h), converted as OpenSearch would when indexing them: coerced numbers, dates of
// several spellings, addresses as 16 bytes. A value that cannot be converted is no value, and is
// counted.
//
//   ColumnBuilder ports({.name = "port", .kind = jit::ColumnKind::kInteger}, seed);
//   ports.StartBlock();
//   ports.AddString(0, "443");
//   Column column = ports.FinishBlock(1);   // looks into the builder until StartBlock
//
// Strings are interned in a Dictionary that lives across blocks, many of a column at a time: a
// dictionary of thousands of values is then in the cache, and where it is not, waits overlap. Rows
// come in order; each may get any number of values.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/date_format.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/dictionary.h"

namespace tripline::runtime {

class ColumnBuilder {
 public:
  ColumnBuilder(const jit::Field& field, std::uint64_t hash_seed);

  /// Forgets the rows of the last block; the dictionary stays.
  void StartBlock();

  void AddString(std::uint32_t row, std::string_view text);
  /// The same for a text that lives and stays as it is until Settle, with kTextPadding readable
  /// bytes behind it: strings wait there.
  void AddLastingString(std::uint32_t row, std::string_view text) {
    if (text.size() < waits_below_) {
      AddWaiting(row, text);
    } else {
      AddOtherString(row, text);
    }
  }
  /// Interns the strings that wait. FinishBlock does it, too.
  void Settle();
  /// The same for the values of those rows alone whose bit is set, from `first_row` on; the others
  /// are dropped. Requires bits for all rows that wait.
  void SettleRows(std::uint32_t first_row, std::span<const std::uint64_t> wanted);
  /// What has been interned: by slot.
  [[nodiscard]] std::span<const std::uint32_t> codes() const { return codes_; }
  [[nodiscard]] std::span<const std::uint32_t> rows() const { return rows_; }
  [[nodiscard]] DictionaryView dictionary() const { return dictionary_.View(); }
  /// A JSON number without fraction or exponent that fits 64 signed bits.
  void AddInteger(std::uint32_t row, std::int64_t value);
  /// Any other JSON number. `value` is its nearest double, infinite if it is beyond the largest.
  /// False, with nothing added, if the field takes numbers as they are written and `text` is empty.
  [[nodiscard]] bool AddNumber(std::uint32_t row, double value, std::string_view text);
  void AddBoolean(std::uint32_t row, bool value);
  /// Of a kObject field, in the form of jit/object_value.h.
  void AddObject(std::uint32_t row, std::string_view object);

  /// Takes back everything that was added for `row`, the last one.
  void DropRow(std::uint32_t row);

  /// Lives until StartBlock.
  [[nodiscard]] Column FinishBlock(std::uint32_t num_rows);

  /// Values that could not be converted, over all blocks.
  [[nodiscard]] std::uint64_t num_malformed() const { return num_malformed_; }
  /// Memory of the dictionary.
  [[nodiscard]] std::size_t dictionary_bytes() const;
  /// Starts the dictionary anew, under a new id. Requires: between FinishBlock's column's end of
  /// life and StartBlock.
  void ResetDictionary();

 private:
  void AddText(std::uint32_t row, std::string_view text);
  void AddBooleanText(std::uint32_t row, std::string_view text);
  [[nodiscard]] bool IsTooLong(std::string_view text) const;
  [[nodiscard]] bool ConvertsTexts() const;
  [[nodiscard]] std::uint32_t CodeOfText(std::uint32_t text_code);
  std::size_t ConvertCodes(std::span<std::uint32_t> codes);
  void AddWaiting(std::uint32_t row, std::string_view text) {
    is_touched_ = true;
    waiting_.push_back({text.data(), static_cast<std::uint32_t>(text.size()), row});
  }
  void AddOtherString(std::uint32_t row, std::string_view text);
  void AddCode(std::uint32_t row, std::uint32_t code);
  void AddOptional(std::uint32_t row, std::optional<std::int64_t> value);
  void AddFloat(std::uint32_t row, std::optional<double> value);

  void CountMalformed(std::uint32_t row);
  void AddSlot(std::uint32_t row);
  [[nodiscard]] bool HoldsCodes() const;

  jit::Field field_;
  std::size_t waits_below_ = 0;            // strings of fewer bytes wait, whatever they are
  std::optional<DateFormat> date_format_;  // of field_
  Dictionary dictionary_;
  // Where values differ from the texts in the events (addresses, lower-cased strings), texts_
  // interns the texts, so that each distinct one is converted once.
  Dictionary texts_;
  std::vector<std::uint32_t> code_of_text_;  // of dictionary_, or kMissing if it has no value

  // Strings that are not interned yet; their rows are behind those of all slots.
  std::vector<ValueOfRow> waiting_;

  // By slot. The slots of a row stand together, and rows rise.
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::int64_t> integers_;
  std::vector<double> floats_;
  bool has_second_ = false;  // some row has several slots
  bool is_touched_ = false;
  std::uint64_t num_malformed_ = 0;
  std::uint32_t malformed_row_ = 0;         // the last row with malformed values,
  std::uint64_t num_malformed_in_row_ = 0;  // and how many of them
};

}  // namespace tripline::runtime
