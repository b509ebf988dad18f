#include "runtime/field_matcher.h"

#include <algorithm>
#include <array>
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

constexpr std::uint16_t kUndecided = 0xFFFF;
// There is no room for its class: positions_ holds the answer.
constexpr std::uint16_t kUncached = 0xFFFE;

constexpr std::size_t kRecentNumbers = 256;

// How many of the rising cuts are not greater than the value. The halves are chosen without a
// branch: which one it is cannot be predicted.
template <class Value>
std::size_t CutsUpTo(std::span<const Value> cuts, Value value) {
  const Value* from = cuts.data();
  std::size_t left = cuts.size();
  while (left > 1) {
    const std::size_t half = left / 2;
    from += from[half - 1] <= value ? half : 0;
    left -= half;
  }
  const auto before = static_cast<std::size_t>(from - cuts.data());
  return before + (left == 1 && *from <= value ? 1U : 0U);
}

// Where a code's class is kept: kMissing has the first place.
constexpr std::uint32_t PlaceOf(std::uint32_t code) { return code + 1; }
static_assert(PlaceOf(kMissing) == 0);

// Calls `see(slot, row, id)` for every slot whose class `class_of(slot)` is not kNoLeafClass. The
// classes of some slots are looked up first, those that count are picked second, both without a
// branch: the look-ups miss the cache and must not wait for one another, and which class counts
// cannot be predicted. `see` must expect a class that was looked up before it saw earlier slots.
template <class ClassOf, class See>
void ForEachClass(const Column& column, std::uint32_t num_rows, const ClassOf& class_of,
                  const See& see) {
  if (!column.offsets.empty()) {
    ForEachSlot(column, num_rows, [&](std::uint32_t slot, std::uint32_t row) {
      if (const auto id = class_of(slot); id != jit::kNoLeafClass) {
        see(slot, row, id);
      }
    });
    return;
  }
  constexpr std::uint32_t kAtOnce = 64;
  const bool has_rows = !column.rows.empty();
  const std::uint32_t num_slots =
      has_rows ? static_cast<std::uint32_t>(column.rows.size()) : num_rows;
  std::array<decltype(class_of(0U)), kAtOnce> ids;
  std::array<std::uint8_t, kAtOnce> counting;
  for (std::uint32_t base = 0; base < num_slots; base += kAtOnce) {
    const std::uint32_t num_here = std::min(num_slots - base, kAtOnce);
    for (std::uint32_t i = 0; i < num_here; ++i) {
      ids[i] = class_of(base + i);
    }
    std::uint32_t num_counting = 0;
    for (std::uint32_t i = 0; i < num_here; ++i) {
      counting[num_counting] = static_cast<std::uint8_t>(i);
      num_counting += ids[i] != jit::kNoLeafClass ? 1U : 0U;
    }
    for (std::uint32_t i = 0; i < num_counting; ++i) {
      const std::uint32_t slot = base + counting[i];
      see(slot, has_rows ? column.rows[slot] : slot, ids[counting[i]]);
    }
  }
}

}  // namespace

FieldMatcher::FieldMatcher(const jit::FieldDecider& decider)
    : decider_(&decider), classes_({.classes = kUncached}) {
  positions_.reserve(decider.leaves().size());
}

void FieldMatcher::Match(const Column& column, std::uint32_t num_rows, FieldScratch& scratch,
                         jit::LeafBitmaps& leaves) noexcept {
  if (column.is_empty) {
    return;
  }
  const Block block{.column = column, .num_rows = num_rows, .scratch = scratch, .leaves = leaves};
  scratch.rows.Start(leaves.num_words());
  switch (column.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kObject:
      if (column.answers != nullptr) {
        MatchAnswers(block);
      } else {
        MatchCodes(block);
      }
      break;
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
      MatchNumbers(block, column.integers);
      break;
    case jit::ColumnKind::kFloat:
      MatchNumbers(block, column.floats);
      break;
    case jit::ColumnKind::kDelegated:
      break;
  }
}

void FieldMatcher::MatchAnswers(const Block& block) const noexcept {
  const ValueAnswers& answers = *block.column.answers;
  ClassRows& rows = block.scratch.rows;
  const std::uint32_t* const codes = block.column.codes.data();
  answers.VisitClasses([&](const auto& class_of) {
    ForEachClass(
        block.column, block.num_rows,
        [&](std::uint32_t slot) {
          return codes[slot] == kMissing ? ClassId{jit::kNoLeafClass}
                                         : ClassId{class_of[codes[slot]]};
        },
        [&](std::uint32_t, std::uint32_t row, ClassId id) {
          if (!rows.Add(id, row)) {
            SetBits(answers.PositionsOf(id), row, block.leaves);
          }
        });
  });
  rows.ForEach([&](ClassId id, std::span<const std::uint64_t> bits) {
    AddRows(answers.PositionsOf(id), bits, block.leaves);
  });
}

void FieldMatcher::MatchCodes(const Block& block) noexcept {
  const DictionaryView& dictionary = block.column.dictionary;
  if (!Follow(dictionary)) {
    MatchCodesUncached(block);
    return;
  }
  KeptClass* const class_of_code = class_of_code_.data();
  const std::uint32_t* const codes = block.column.codes.data();
  ForEachClass(
      block.column, block.num_rows,
      [&](std::uint32_t slot) { return class_of_code[PlaceOf(codes[slot])]; },
      [&](std::uint32_t slot, std::uint32_t row, KeptClass id) {
        if (id == kUndecided) {
          id = Decide(dictionary, codes[slot], block.scratch);
        }
        AddRow(block, id, row);
      });
  block.scratch.rows.ForEach([&](ClassId id, std::span<const std::uint64_t> bits) {
    AddRows(classes_.PositionsOf(id), bits, block.leaves);
  });
}

// The class of a value that had none when its code was looked up.
FieldMatcher::KeptClass FieldMatcher::Decide(const DictionaryView& dictionary, std::uint32_t code,
                                             FieldScratch& scratch) noexcept {
  KeptClass& kept = class_of_code_[PlaceOf(code)];
  if (kept != kUndecided) {
    return kept;
  }
  if (!DecideBytes(dictionary.values[code], scratch)) {
    return jit::kNoLeafClass;
  }
  return Keep(kept);
}

// Numbers the answer that was decided last, beside its value.
FieldMatcher::KeptClass FieldMatcher::Keep(KeptClass& kept) noexcept {
  const KeptClass id = Intern();
  if (id == kUncached) {
    ++num_uncached_;
  } else {
    kept = id;
  }
  return id;
}

void FieldMatcher::MatchCodesUncached(const Block& block) noexcept {
  ForEachSlot(block.column, block.num_rows, [&](std::uint32_t slot, std::uint32_t row) {
    const std::uint32_t code = block.column.codes[slot];
    if (code != kMissing && DecideBytes(block.column.dictionary.values[code], block.scratch)) {
      ++num_uncached_;
      SetBits(positions_, row, block.leaves);
    }
  });
}

template <class Value>
void FieldMatcher::MatchNumbers(const Block& block, std::span<const Value> values) noexcept {
  std::optional<std::span<const Value>> cuts;
  if constexpr (std::is_floating_point_v<Value>) {
    cuts = decider_->float_cuts();
  } else {
    cuts = decider_->integer_cuts();
  }
  try {
    if (cuts) {
      class_of_cut_.resize(cuts->size() + 1, kUndecided);
    } else {
      recent_.resize(kRecentNumbers);
    }
  } catch (const std::bad_alloc&) {
    cuts.reset();
    recent_.clear();  // every number is decided anew
  }
  if (cuts) {
    MatchByCuts(block, values, *cuts);
  } else {
    MatchByHash(block, values);
  }
  block.scratch.rows.ForEach([&](ClassId id, std::span<const std::uint64_t> bits) {
    AddRows(classes_.PositionsOf(id), bits, block.leaves);
  });
}

template <class Value>
void FieldMatcher::MatchByCuts(const Block& block, std::span<const Value> values,
                               std::span<const Value> cuts) noexcept {
  ForEachClass(
      block.column, block.num_rows,
      [&](std::uint32_t slot) {
        return HasValue(block.column, slot) ? class_of_cut_[CutsUpTo(cuts, values[slot])]
                                            : KeptClass{jit::kNoLeafClass};
      },
      [&](std::uint32_t slot, std::uint32_t row, KeptClass id) {
        if (id == kUndecided) {
          KeptClass& kept = class_of_cut_[CutsUpTo(cuts, values[slot])];
          id = kept;
          if (id == kUndecided) {
            DecideNumber(values[slot], block.scratch);
            id = Keep(kept);
          }
        }
        AddRow(block, id, row);
      });
}

template <class Value>
void FieldMatcher::MatchByHash(const Block& block, std::span<const Value> values) noexcept {
  ForEachSlot(block.column, block.num_rows, [&](std::uint32_t slot, std::uint32_t row) {
    if (!HasValue(block.column, slot)) {
      return;
    }
    const auto bits = std::bit_cast<std::uint64_t>(values[slot]);
    RecentNumber* const recent =
        recent_.empty() ? nullptr : &recent_[(bits * 0x9E3779B97F4A7C15U) >> 56U];
    if (recent != nullptr && recent->is_valid && recent->bits == bits) {
      AddRow(block, recent->id, row);
      return;
    }
    DecideNumber(values[slot], block.scratch);
    const KeptClass id = Intern();
    if (recent != nullptr) {
      *recent = {bits, id, id != kUncached};
    }
    num_uncached_ += id == kUncached ? 1U : 0U;
    AddRow(block, id, row);
  });
}

// The classes of another dictionary mean nothing; those of the same one stay, and new values wait
// to occur. False if there is no memory for them.
bool FieldMatcher::Follow(const DictionaryView& dictionary) noexcept {
  if (dictionary.id != dictionary_id_) {
    class_of_code_.clear();
    dictionary_id_ = dictionary.id;
  }
  const std::size_t num_places = dictionary.values.size() + 1;
  if (class_of_code_.size() < num_places) {
    try {
      class_of_code_.resize(num_places, kUndecided);
      class_of_code_[PlaceOf(kMissing)] = jit::kNoLeafClass;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  return true;
}

// A value longer than all before needs memory. Where there is none the value counts as none, which
// num_undecided tells: the host must not die of it.
bool FieldMatcher::DecideBytes(std::string_view value, FieldScratch& scratch) noexcept {
  try {
    decider_->DecideBytes(value, scratch.decide, &positions_);
    return true;
  } catch (const std::bad_alloc&) {
    ++num_undecided_;
    return false;
  }
}

void FieldMatcher::DecideNumber(std::int64_t value, FieldScratch& scratch) noexcept {
  decider_->DecideInteger(value, scratch.decide, &positions_);
}

void FieldMatcher::DecideNumber(double value, FieldScratch& scratch) noexcept {
  decider_->DecideFloat(value, scratch.decide, &positions_);
}

FieldMatcher::KeptClass FieldMatcher::Intern() noexcept {
  if (positions_.empty()) {
    return jit::kNoLeafClass;
  }
  try {
    return static_cast<KeptClass>(classes_.Intern(positions_).value_or(kUncached));
  } catch (const std::bad_alloc&) {
    return kUncached;
  }
}

void FieldMatcher::AddRow(const Block& block, KeptClass id, std::uint32_t row) noexcept {
  if (id == jit::kNoLeafClass) {
    return;
  }
  if (id == kUncached) {
    SetBits(positions_, row, block.leaves);
  } else if (!block.scratch.rows.Add(id, row)) {
    SetBits(classes_.PositionsOf(id), row, block.leaves);
  }
}

void FieldMatcher::SetBits(std::span<const std::uint32_t> positions, std::uint32_t row,
                           jit::LeafBitmaps& leaves) const noexcept {
  for (const std::uint32_t position : positions) {
    leaves.Set(decider_->leaves()[position], row);
  }
}

// Few words hold the rows of a rare class: those alone are added.
void FieldMatcher::AddRows(std::span<const std::uint32_t> positions,
                           std::span<const std::uint64_t> rows,
                           jit::LeafBitmaps& leaves) const noexcept {
  std::array<std::uint8_t, kMaxBlockRows / 64> filled;
  std::size_t num_filled = 0;
  for (std::size_t word = 0; word < rows.size(); ++word) {
    filled[num_filled] = static_cast<std::uint8_t>(word);
    num_filled += rows[word] != 0 ? 1U : 0U;
  }
  const bool is_rare = num_filled * 4 <= rows.size();
  for (const std::uint32_t position : positions) {
    const jit::LeafIndex leaf = decider_->leaves()[position];
    if (!is_rare) {
      leaves.Or(leaf, rows.data());
      continue;
    }
    std::uint64_t* const words = leaves.Words(leaf);
    for (std::size_t i = 0; i < num_filled; ++i) {
      words[filled[i]] |= rows[filled[i]];
    }
  }
}

}  // namespace tripline::runtime
