// Until some row has a second value, slot r is row r and rows without a value leave a hole; from
// then on the block's slots are dense and have offsets. Nothing is done for a row without values.
#include "runtime/column_builder.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
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

// As OpenSearch's normalizer `lowercase` does: one code point to one.
std::string LowerCased(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const jit::CodePoint point = jit::DecodeAt(text, at);
    if (point.is_valid) {
      jit::AppendUtf8(jit::LowercaseOf(point.value), &lower);
    } else {
      lower += text[at];
    }
    at += point.num_bytes;
  }
  return lower;
}

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
      texts_(hash_seed) {}

void ColumnBuilder::StartBlock() {
  Restart(&offsets_);
  Restart(&codes_);
  Restart(&integers_);
  Restart(&floats_);
  Restart(&present_);
  num_slots_ = 0;
  num_values_ = 0;
  num_malformed_in_row_ = 0;
}

void ColumnBuilder::AddString(std::uint32_t row, std::string_view text) {
  switch (field_.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
      return AddText(row, text);
    case jit::ColumnKind::kAddress:
      return AddAddress(row, text);
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

void ColumnBuilder::AddText(std::uint32_t row, std::string_view text) {
  // A UTF-8 text has at least as many bytes as UTF-16 units: most values need no count.
  if (field_.kind == jit::ColumnKind::kString && field_.ignore_above != 0 &&
      text.size() > field_.ignore_above && Utf16Length(text) > field_.ignore_above) {
    return;
  }
  AddCode(row, field_.lowercases ? InternLowerCased(text) : dictionary_.Intern(text));
}

std::uint32_t ColumnBuilder::InternLowerCased(std::string_view text) {
  const std::uint32_t text_code = texts_.Intern(text);
  if (text_code == code_of_text_.size()) {
    code_of_text_.push_back(dictionary_.Intern(LowerCased(text)));
  }
  return code_of_text_[text_code];
}

void ColumnBuilder::AddAddress(std::uint32_t row, std::string_view text) {
  const std::uint32_t text_code = texts_.Intern(text);
  if (text_code == code_of_text_.size()) {
    const std::optional<IpAddress> address = ParseIpAddress(text);
    code_of_text_.push_back(
        address ? dictionary_.Intern(
                      {reinterpret_cast<const char*>(address->bytes.data()), address->bytes.size()})
                : kMissing);
  }
  const std::uint32_t code = code_of_text_[text_code];
  if (code == kMissing) {
    CountMalformed(row);
    return;
  }
  AddCode(row, code);
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
  codes_[PlaceSlot(row)] = code;
}

void ColumnBuilder::AddOptional(std::uint32_t row, std::optional<std::int64_t> value) {
  if (!value) {
    CountMalformed(row);
    return;
  }
  const std::size_t slot = PlaceSlot(row);
  integers_[slot] = *value;
  present_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void ColumnBuilder::AddFloat(std::uint32_t row, std::optional<double> value) {
  if (!value) {
    CountMalformed(row);
    return;
  }
  const std::size_t slot = PlaceSlot(row);
  floats_[slot] = *value;
  present_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

std::size_t ColumnBuilder::PlaceSlot(std::uint32_t row) {
  ++num_values_;
  if (offsets_.empty() && num_slots_ <= row) {
    ResizeSlots(row + std::size_t{1});
    return row;
  }
  if (offsets_.empty()) {  // the second value of `row`: from here on there are offsets
    for (std::uint32_t earlier = 0; earlier <= row; ++earlier) {
      offsets_.push_back(earlier);
    }
  }
  while (offsets_.size() <= row) {
    offsets_.push_back(static_cast<std::uint32_t>(num_slots_));
  }
  ResizeSlots(num_slots_ + 1);
  return num_slots_ - 1;
}

// New slots hold nothing; slots that go lose what they held.
void ColumnBuilder::ResizeSlots(std::size_t num_slots) {
  if (HoldsCodes()) {
    codes_.resize(num_slots, kMissing);
  } else if (field_.kind == jit::ColumnKind::kFloat) {
    floats_.resize(num_slots, 0.0);
  } else {
    integers_.resize(num_slots, 0);
  }
  if (!HoldsCodes()) {
    present_.resize((num_slots + 63) / 64, 0);
    if (num_slots < num_slots_ && num_slots % 64 != 0) {
      present_.back() &= (std::uint64_t{1} << (num_slots % 64)) - 1;
    }
  }
  num_slots_ = num_slots;
}

void ColumnBuilder::CountMalformed(std::uint32_t row) {
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
  std::size_t row_begin = num_slots_;
  if (offsets_.empty()) {
    row_begin = num_slots_ == row + std::size_t{1} ? row : num_slots_;
  } else if (offsets_.size() == row + std::size_t{1}) {
    row_begin = offsets_.back();
    offsets_.pop_back();
  }
  num_values_ -= num_slots_ - row_begin;
  ResizeSlots(row_begin);
}

Column ColumnBuilder::FinishBlock(std::uint32_t num_rows) {
  Column column;
  column.kind = field_.kind;
  column.form = field_.form;
  column.scale = field_.scale;
  if (num_values_ == 0) {
    return column;
  }
  if (offsets_.empty()) {
    ResizeSlots(num_rows);
  } else {
    offsets_.resize(num_rows + std::size_t{1}, static_cast<std::uint32_t>(num_slots_));
  }
  column.is_empty = false;
  column.offsets = offsets_;
  if (HoldsCodes()) {
    column.dictionary = dictionary_.View();
  }
  column.codes = codes_;
  column.integers = integers_;
  column.floats = floats_;
  if (num_values_ < num_slots_) {
    column.present = present_;
  }
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
