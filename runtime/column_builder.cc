// Slots are appended, each with its row: nothing is done for a row without values, and a column
// that few rows have stays short.
#include "runtime/column_builder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "base/ip.h"
#include "base/text.h"
#include "base/time.h"
#include "jit/unicode.h"
#include "runtime/decimal.h"
#include "runtime/number_form.h"

namespace tripline::runtime {
namespace {

// A block's vectors keep their memory for the next block unless an odd event blew them up.
constexpr std::size_t kSlotsKept = 16 * std::size_t{kMaxBlockRows};

// Years 1 to 9999, as base/time.h has it.
constexpr std::int64_t kFirstMillisecond = -62135596800000;
constexpr std::int64_t kLastMillisecond = 253402300799999;

std::optional<std::int64_t> DateOf(std::optional<std::int64_t> milliseconds) {
  if (milliseconds && (*milliseconds < kFirstMillisecond || *milliseconds > kLastMillisecond)) {
    return std::nullopt;
  }
  return milliseconds;
}

// A year may have ten digits to a search engine's default date format, with a sign; without, four.
constexpr std::int64_t kMoreThanAYear = 10'000'000'000;

template <class T>
void Restart(std::vector<T>* slots) {
  if (slots->capacity() > kSlotsKept) {
    *slots = std::vector<T>();  // `= {}` would keep the memory
  }
  slots->clear();
}

}  // namespace

ColumnBuilder::ColumnBuilder(const jit::Field& field, std::uint64_t hash_seed)
    : field_(field),
      date_format_(field.date_format.empty() ? std::nullopt : DateFormat::Parse(field.date_format)),
      dictionary_(hash_seed),
      texts_(hash_seed) {
  const bool has_bound = field.kind == jit::ColumnKind::kString && field.ignore_above != 0;
  if (has_bound) {
    waits_below_ = std::size_t{field.ignore_above} + 1;
  } else if (field.kind == jit::ColumnKind::kString || field.kind == jit::ColumnKind::kText ||
             field.kind == jit::ColumnKind::kAddress) {
    waits_below_ = std::numeric_limits<std::size_t>::max();
  }
}

void ColumnBuilder::StartBlock() {
  if (!is_touched_) {
    return;
  }
  Restart(&waiting_);
  Restart(&rows_);
  Restart(&codes_);
  Restart(&integers_);
  Restart(&floats_);
  has_second_ = false;
  is_touched_ = false;
  num_malformed_in_row_ = 0;
}

void ColumnBuilder::AddOtherString(std::uint32_t row, std::string_view text) {
  if (field_.kind != jit::ColumnKind::kString) {
    AddString(row, text);
  } else if (!IsTooLong(text)) {
    AddWaiting(row, text);
  }
}

void ColumnBuilder::AddString(std::uint32_t row, std::string_view text) {
  switch (field_.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
      return AddText(row, text);
    case jit::ColumnKind::kAddress:
      return AddText(row, text);
    case jit::ColumnKind::kInteger:
      // OpenSearch's coercion takes an empty string for null.
      return text.empty() ? void() : AddOptional(row, IntegerOfText(field_, text));
    case jit::ColumnKind::kFloat:
      return text.empty() ? void() : AddFloat(row, FloatInForm(field_, ParseDecimal(text)));
    case jit::ColumnKind::kDate:
      return AddOptional(row, DateOfText(field_, date_format_, text));
    case jit::ColumnKind::kBoolean:
      return AddBooleanText(row, text);
    case jit::ColumnKind::kObject:
      CountMalformed(row);
      return;
    case jit::ColumnKind::kDelegated:
      return;
  }
}

void ColumnBuilder::AddInteger(std::uint32_t row, std::int64_t value) {
  switch (field_.kind) {
    case jit::ColumnKind::kInteger:
      return AddOptional(row, IntegerInForm(field_, value));
    case jit::ColumnKind::kFloat:
      return AddFloat(row, FloatInForm(field_, static_cast<double>(value)));
    case jit::ColumnKind::kDate:
      // Few digits may be a year; a format of its own reads all of them.
      if (!date_format_ && (value >= kMoreThanAYear || value <= -kMoreThanAYear)) {
        return AddOptional(row, IntegerInForm(field_, DateOf(value)));
      }
      [[fallthrough]];
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText: {
      std::array<char, 20> digits;  // as many as the longest has, with its sign
      const auto [end, status] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
      const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
      return field_.kind == jit::ColumnKind::kDate
                 ? AddOptional(row, DateOfText(field_, date_format_, text))
                 : AddText(row, text);
    }
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kBoolean:
    case jit::ColumnKind::kObject:
      CountMalformed(row);
      return;
    case jit::ColumnKind::kDelegated:
      return;
  }
}

bool ColumnBuilder::AddNumber(std::uint32_t row, double value, std::string_view text) {
  switch (field_.kind) {
    case jit::ColumnKind::kInteger:
      if (field_.form == jit::NumberForm::kUnsigned && text.empty()) {
        return false;  // a double does not hold all of its digits
      }
      AddOptional(row, field_.form == jit::NumberForm::kUnsigned ? IntegerOfText(field_, text)
                       : field_.form == jit::NumberForm::kScaled ? ScaledOf(value, field_.scale)
                                                                 : Truncate(value));
      break;
    case jit::ColumnKind::kFloat:
      AddFloat(row, FloatInForm(field_, std::optional(value)));
      break;
    case jit::ColumnKind::kDate:
      if (date_format_ && text.empty()) {
        return false;
      }
      AddOptional(row, date_format_ ? DateOfText(field_, date_format_, text)
                                    : IntegerInForm(field_, DateOf(Truncate(std::floor(value)))));
      break;
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
      if (text.empty()) {
        return false;
      }
      AddText(row, text);
      break;
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kBoolean:
    case jit::ColumnKind::kObject:
      CountMalformed(row);
      break;
    case jit::ColumnKind::kDelegated:
      break;
  }
  return true;
}

void ColumnBuilder::AddBoolean(std::uint32_t row, bool value) {
  switch (field_.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
      return AddText(row, value ? "true" : "false");
    case jit::ColumnKind::kBoolean:
      return AddOptional(row, value ? 1 : 0);
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kFloat:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kObject:
      CountMalformed(row);
      return;
    case jit::ColumnKind::kDelegated:
      return;
  }
}

void ColumnBuilder::AddObject(std::uint32_t row, std::string_view object) {
  AddCode(row, dictionary_.Intern(object));
}

// A UTF-8 text has at least as many bytes as UTF-16 units: most values need no count.
bool ColumnBuilder::IsTooLong(std::string_view text) const {
  return field_.kind == jit::ColumnKind::kString && field_.ignore_above != 0 &&
         text.size() > field_.ignore_above && Utf16Length(text) > field_.ignore_above;
}

void ColumnBuilder::AddText(std::uint32_t row, std::string_view text) {
  if (IsTooLong(text)) {
    return;
  }
  Settle();
  const std::uint32_t code =
      ConvertsTexts() ? CodeOfText(texts_.Intern(text)) : dictionary_.Intern(text);
  return code == kMissing ? CountMalformed(row) : AddCode(row, code);
}

void ColumnBuilder::SettleRows(std::uint32_t first_row, std::span<const std::uint64_t> wanted) {
  std::size_t num_kept = 0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const std::uint32_t row = waiting_[i].row - first_row;
    waiting_[num_kept] = waiting_[i];
    num_kept += (wanted[row / 64] >> (row % 64)) & 1U;
  }
  waiting_.resize(num_kept);
  Settle();
}

void ColumnBuilder::Settle() {
  if (waiting_.empty()) {
    return;
  }
  const std::size_t begin = codes_.size();
  codes_.resize(begin + waiting_.size());
  const std::span<std::uint32_t> codes = std::span(codes_).subspan(begin);
  (ConvertsTexts() ? texts_ : dictionary_).InternAll(waiting_, codes);
  if (ConvertsTexts()) {
    codes_.resize(begin + ConvertCodes(codes));
  }
  std::uint32_t last_row = rows_.empty() ? kMissing : rows_.back();
  for (const ValueOfRow& value : waiting_) {
    has_second_ |= value.row == last_row;
    last_row = value.row;
    rows_.push_back(value.row);
  }
  waiting_.clear();
}

// The codes of the texts that wait become those of what they mean; what means nothing is dropped.
// Returns how many are left.
std::size_t ColumnBuilder::ConvertCodes(std::span<std::uint32_t> codes) {
  std::size_t num_kept = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::uint32_t code = CodeOfText(codes[i]);
    if (code == kMissing) {
      CountMalformed(waiting_[i].row);
      continue;
    }
    codes[num_kept] = code;
    waiting_[num_kept] = waiting_[i];
    ++num_kept;
  }
  waiting_.resize(num_kept);
  return num_kept;
}

bool ColumnBuilder::ConvertsTexts() const {
  return field_.lowercases || field_.kind == jit::ColumnKind::kAddress;
}

// Of a text of texts_, numbered in the order of their first appearance.
std::uint32_t ColumnBuilder::CodeOfText(std::uint32_t text_code) {
  while (code_of_text_.size() <= text_code) {
    const std::string_view text = texts_.View().values[code_of_text_.size()];
    if (field_.kind != jit::ColumnKind::kAddress) {
      code_of_text_.push_back(dictionary_.Intern(jit::LowerCased(text)));
      continue;
    }
    const std::optional<IpAddress> address = ParseIpAddress(text);
    code_of_text_.push_back(
        address ? dictionary_.Intern(
                      {reinterpret_cast<const char*>(address->bytes.data()), address->bytes.size()})
                : kMissing);
  }
  return code_of_text_[text_code];
}

void ColumnBuilder::AddBooleanText(std::uint32_t row, std::string_view text) {
  if (text == "true") {
    AddOptional(row, 1);
  } else if (text == "false" || text.empty()) {
    AddOptional(row, 0);
  } else {
    CountMalformed(row);
  }
}

void ColumnBuilder::AddCode(std::uint32_t row, std::uint32_t code) {
  AddSlot(row);
  codes_.push_back(code);
}

void ColumnBuilder::AddOptional(std::uint32_t row, std::optional<std::int64_t> value) {
  if (!value) {
    CountMalformed(row);
    return;
  }
  AddSlot(row);
  integers_.push_back(*value);
}

void ColumnBuilder::AddFloat(std::uint32_t row, std::optional<double> value) {
  if (!value) {
    CountMalformed(row);
    return;
  }
  AddSlot(row);
  floats_.push_back(*value);
}

void ColumnBuilder::AddSlot(std::uint32_t row) {
  has_second_ = has_second_ || (!rows_.empty() && rows_.back() == row);
  is_touched_ = true;
  rows_.push_back(row);
}

void ColumnBuilder::CountMalformed(std::uint32_t row) {
  is_touched_ = true;
  if (malformed_row_ != row) {
    malformed_row_ = row;
    num_malformed_in_row_ = 0;
  }
  ++num_malformed_in_row_;
  ++num_malformed_;
}

void ColumnBuilder::DropRow(std::uint32_t row) {
  if (malformed_row_ == row) {
    num_malformed_ -= num_malformed_in_row_;
    num_malformed_in_row_ = 0;
  }
  while (!waiting_.empty() && waiting_.back().row == row) {
    waiting_.pop_back();
  }
  while (!rows_.empty() && rows_.back() == row) {
    rows_.pop_back();
  }
  codes_.resize(std::min(codes_.size(), rows_.size()));
  integers_.resize(std::min(integers_.size(), rows_.size()));
  floats_.resize(std::min(floats_.size(), rows_.size()));
}

Column ColumnBuilder::FinishBlock(std::uint32_t num_rows) {
  Settle();
  Column column;
  column.kind = field_.kind;
  column.form = field_.form;
  column.scale = field_.scale;
  if (rows_.empty()) {
    return column;
  }
  column.is_empty = false;
  if (has_second_ || rows_.size() != num_rows) {
    column.rows = rows_;
  }
  if (HoldsCodes()) {
    column.dictionary = dictionary_.View();
  }
  column.codes = codes_;
  column.integers = integers_;
  column.floats = floats_;
  return column;
}

bool ColumnBuilder::HoldsCodes() const {
  return field_.kind == jit::ColumnKind::kString || field_.kind == jit::ColumnKind::kText ||
         field_.kind == jit::ColumnKind::kAddress || field_.kind == jit::ColumnKind::kObject;
}

std::size_t ColumnBuilder::dictionary_bytes() const {
  return dictionary_.memory_bytes() + texts_.memory_bytes() +
         code_of_text_.capacity() * sizeof(std::uint32_t);
}

void ColumnBuilder::ResetDictionary() {
  dictionary_.Reset();
  texts_.Reset();
  code_of_text_ = std::vector<std::uint32_t>();
}

}  // namespace tripline::runtime
