#include "runtime/field_matcher.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "runtime/column_slots.h"
#include "runtime/value_answers.h"

namespace tripline::runtime {
namespace {

using jit::ClassId;

constexpr ClassId kUndecided = 0xFFFFFFFFU;
constexpr ClassId kUncached =
    0xFFFFFFFEU;  // there is no room for its class: positions_ holds the answer

constexpr std::size_t kRecentNumbers = 256;

}  // namespace

FieldMatcher::FieldMatcher(const jit::FieldDecider& decider) : decider_(&decider) {
  positions_.reserve(decider.leaves().size());
  words_.resize(decider.leaves().size());
}

void FieldMatcher::Match(const Column& column, std::uint32_t num_rows,
                         jit::FieldDecider::Scratch& scratch, jit::LeafBitmaps& leaves) noexcept {
  if (column.is_empty) {
    return;
  }
  scratch_ = &scratch;
  std::ranges::fill(words_, nullptr);
  switch (column.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kObject:
      if (column.answers != nullptr) {
        MatchAnswers(column, num_rows, leaves);
      } else {
        MatchCodes(column, num_rows, leaves);
      }
      break;
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
      MatchNumbers(column, column.integers, num_rows, leaves);
      break;
    case jit::ColumnKind::kFloat:
      MatchNumbers(column, column.floats, num_rows, leaves);
      break;
    case jit::ColumnKind::kDelegated:
      break;
  }
}

void FieldMatcher::MatchAnswers(const Column& column, std::uint32_t num_rows,
                                jit::LeafBitmaps& leaves) noexcept {
  ForEachSlot(column, num_rows, [&](std::uint32_t slot, std::uint32_t row) {
    const std::uint32_t code = column.codes[slot];
    if (code != kMissing) {
      if (const ClassId id = column.answers->ClassOf(code); id != jit::kNoLeafClass) {
        SetBits(column.answers->PositionsOf(id), row, leaves);
      }
    }
  });
}

void FieldMatcher::MatchCodes(const Column& column, std::uint32_t num_rows,
                              jit::LeafBitmaps& leaves) noexcept {
  Follow(column.dictionary);
  ForEachSlot(column, num_rows, [&](std::uint32_t slot, std::uint32_t row) {
    const std::uint32_t code = column.codes[slot];
    if (code != kMissing) {
      if (const ClassId id = ClassOfCode(column.dictionary, code); id != jit::kNoLeafClass) {
        SetClass(id, row, leaves);
      }
    }
  });
}

template <class Value>
void FieldMatcher::MatchNumbers(const Column& column, std::span<const Value> values,
                                std::uint32_t num_rows, jit::LeafBitmaps& leaves) noexcept {
  try {
    recent_.resize(kRecentNumbers);
  } catch (const std::bad_alloc&) {
    recent_.clear();  // every number is decided anew
  }
  const auto has_value = [&column](std::uint32_t slot) {
    return column.present.empty() || ((column.present[slot / 64] >> (slot % 64)) & 1U) != 0;
  };
  ForEachSlot(column, num_rows, [&](std::uint32_t slot, std::uint32_t row) {
    if (has_value(slot)) {
      if (const ClassId id = ClassOfNumber(values[slot]); id != jit::kNoLeafClass) {
        SetClass(id, row, leaves);
      }
    }
  });
}

// The classes of another dictionary mean nothing; those of the same one stay, and new values wait
// to occur.
void FieldMatcher::Follow(const DictionaryView& dictionary) noexcept {
  if (dictionary.id != dictionary_id_) {
    class_of_code_.clear();
    dictionary_id_ = dictionary.id;
  }
  if (class_of_code_.size() < dictionary.values.size()) {
    try {
      class_of_code_.resize(dictionary.values.size(), kUndecided);
    } catch (const std::bad_alloc&) {
      // What has no entry is evaluated uncached.
    }
  }
}

ClassId FieldMatcher::ClassOfCode(const DictionaryView& dictionary, std::uint32_t code) noexcept {
  if (code < class_of_code_.size() && class_of_code_[code] < kUncached) {
    return class_of_code_[code];
  }
  if (!DecideBytes(dictionary.values[code])) {
    return jit::kNoLeafClass;
  }
  const ClassId id = Intern();
  if (code < class_of_code_.size() && id != kUncached) {
    class_of_code_[code] = id;
  } else {
    ++num_uncached_;
  }
  return id;
}

// A value longer than all before needs memory. Where there is none the value counts as none, which
// num_undecided tells: the host must not die of it.
bool FieldMatcher::DecideBytes(std::string_view value) noexcept {
  try {
    decider_->DecideBytes(value, *scratch_, &positions_);
    return true;
  } catch (const std::bad_alloc&) {
    ++num_undecided_;
    return false;
  }
}

template <class Value>
ClassId FieldMatcher::ClassOfNumber(Value value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  RecentNumber* const recent =
      recent_.empty() ? nullptr : &recent_[(bits * 0x9E3779B97F4A7C15U) >> 56U];
  if (recent != nullptr && recent->is_valid && recent->bits == bits) {
    return recent->id;
  }
  if constexpr (std::is_floating_point_v<Value>) {
    decider_->DecideFloat(value, *scratch_, &positions_);
  } else {
    decider_->DecideInteger(value, *scratch_, &positions_);
  }
  const ClassId id = Intern();
  if (recent != nullptr) {
    *recent = {bits, id, id != kUncached};
  }
  num_uncached_ += id == kUncached ? 1U : 0U;
  return id;
}

ClassId FieldMatcher::Intern() noexcept {
  if (positions_.empty()) {
    return jit::kNoLeafClass;
  }
  try {
    return classes_.Intern(positions_).value_or(kUncached);
  } catch (const std::bad_alloc&) {
    return kUncached;
  }
}

void FieldMatcher::SetClass(ClassId id, std::uint32_t row, jit::LeafBitmaps& leaves) noexcept {
  SetBits(id == kUncached ? std::span<const std::uint32_t>(positions_) : classes_.PositionsOf(id),
          row, leaves);
}

void FieldMatcher::SetBits(std::span<const std::uint32_t> positions, std::uint32_t row,
                           jit::LeafBitmaps& leaves) noexcept {
  const std::uint64_t bit = std::uint64_t{1} << (row % 64);
  for (const std::uint32_t position : positions) {
    std::uint64_t*& words = words_[position];
    if (words == nullptr) {
      words = leaves.Words(decider_->leaves()[position]);
    }
    words[row / 64] |= bit;
  }
}

}  // namespace tripline::runtime
