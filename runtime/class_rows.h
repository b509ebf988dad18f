// ClassRows: which rows of a block have a value of which answer class, for one column at a time.
// Part of the Matcher: a class stands for many leaves, so its rows are gathered once, one bit a
// value, and added to each of its leaves by whole words.
//
//   rows.Start(num_words);
//   if (!rows.Add(id, row)) ...                      // no room: the caller sets the leaves' bits
//   rows.ForEach([&](jit::ClassId id, std::span<const std::uint64_t> bits) { ... });
//
// One thread at a time; a Matcher has one for all its fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "jit/answer_classes.h"
#include "jit/block_bits.h"
#include "runtime/batch.h"

namespace tripline::runtime {

class ClassRows {
 public:
  /// Classes of one column that are gathered in one block: 32 KiB of bitmaps, the first-level
  /// cache. A column with more of them has few rows for each.
  static constexpr std::uint32_t kMaxClasses = 64;
  /// Ids from here on are never gathered.
  static constexpr jit::ClassId kEndOfIds = 1U << 16U;

  /// Errors: throws std::bad_alloc.
  ClassRows()
      : slot_of_(kEndOfIds),
        words_(std::size_t{kMaxClasses} * (std::size_t{kMaxBlockRows} / kWordBits)) {}

  /// For a block of `num_words` words. Requires that ForEach took what was added before.
  void Start(std::uint32_t num_words) noexcept { num_words_ = num_words; }

  /// False, with nothing done, if there is no room for another class.
  [[nodiscard]] bool Add(jit::ClassId id, std::uint32_t row) noexcept {
    if (id >= kEndOfIds) {
      return false;
    }
    std::uint32_t slot = slot_of_[id];
    if (slot == 0) {
      slot = Open(id);
      if (slot == 0) {
        return false;
      }
    }
    BitsOf(slot)[row / kWordBits] |= std::uint64_t{1} << (row % kWordBits);
    return true;
  }

  /// Calls `see(id, bits)` for every class that has a row, and forgets them all.
  template <class See>
  void ForEach(const See& see) noexcept {
    for (std::uint32_t slot = 1; slot <= num_open_; ++slot) {
      see(ids_[slot - 1], std::span<const std::uint64_t>(BitsOf(slot), num_words_));
      slot_of_[ids_[slot - 1]] = 0;
    }
    num_open_ = 0;
  }

 private:
  static constexpr std::uint32_t kWordBits = 64;

  [[nodiscard]] std::uint64_t* BitsOf(std::uint32_t slot) const noexcept {
    return words_.data() + std::size_t{slot - 1} * num_words_;
  }
  std::uint32_t Open(jit::ClassId id) noexcept;

  std::vector<std::uint8_t> slot_of_;  // by class: its place in ids_ and one, or 0
  std::array<jit::ClassId, kMaxClasses> ids_{};
  std::uint32_t num_open_ = 0;
  std::uint32_t num_words_ = 0;
  jit::AlignedWords words_;  // by slot: the bitmap of its rows
};

}  // namespace tripline::runtime
