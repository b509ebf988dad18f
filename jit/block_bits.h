// LeafBitmaps and OutputBitmaps: memory for a kernel's input and output, reserved once and used for
// block after block.
//
//   LeafBitmaps leaves(num_leaves, max_words);
//   OutputBitmaps outputs(num_outputs, max_words);
//   leaves.Reset(num_words);                 // per block
//   leaves.Set(leaf, row);
//   outputs.Reset(num_words);
//   kernel(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(), num_words);
//   if (outputs.IsAny(o)) Use(outputs.Words(o));
//
// Pages that no block ever touches are never resident, so reserving for all leaves costs address
// space only. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "jit/kernel.h"
#include "jit/program.h"

namespace tripline::jit {

/// Words on a 64-byte boundary, not cleared.
class AlignedWords {
 public:
  explicit AlignedWords(std::size_t num_words);
  [[nodiscard]] std::uint64_t* data() const { return words_.get(); }

 private:
  struct Delete {
    void operator()(std::uint64_t* words) const { ::operator delete(words, std::align_val_t{64}); }
  };
  std::unique_ptr<std::uint64_t[], Delete> words_;
};

class LeafBitmaps {
 public:
  /// Errors: throws std::bad_alloc if the address space is not there.
  LeafBitmaps(std::uint32_t num_leaves, std::uint32_t max_words);

  /// A new block: all leaves are empty. Requires num_words <= max_words, a multiple of kSliceWords.
  void Reset(std::uint32_t num_words) noexcept;
  /// The leaf's bitmap to set bits in; its first call in a block clears the words. The leaf counts
  /// as not empty from then on. Lifetime: until Reset.
  [[nodiscard]] std::uint64_t* Words(LeafIndex leaf) noexcept;
  void Set(LeafIndex leaf, std::uint32_t row) noexcept {
    Words(leaf)[row / 64] |= std::uint64_t{1} << (row % 64);
  }

  /// Adds all rows of a bitmap of the block's num_words words, at least one of them.
  void Or(LeafIndex leaf, const std::uint64_t* rows) noexcept;

  [[nodiscard]] const std::uint64_t* const* bits() const noexcept { return bits_.data(); }
  [[nodiscard]] const std::uint8_t* any() const noexcept { return any_.data(); }
  [[nodiscard]] std::uint32_t num_words() const noexcept { return num_words_; }

 private:
  /// Gives an empty leaf its words, not cleared.
  std::uint64_t* Touch(LeafIndex leaf) noexcept;

  AlignedWords zeros_;
  AlignedWords arena_;  // the bitmaps of `touched_`, one behind the other
  std::vector<std::uint64_t*> bits_;
  std::vector<std::uint8_t> any_;
  std::vector<LeafIndex> touched_;  // capacity for all leaves
  std::uint32_t num_words_ = 0;
};

/// Calls `see(i)` for every byte that is not zero, rising; eight bytes of zeros cost one look.
template <class See>
void ForEachFilled(const std::uint8_t* bytes, std::size_t size, const See& see) {
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, sizeof(eight));
    if (eight == 0) continue;
    for (std::size_t j = i; j < i + 8; ++j) {
      if (bytes[j] != 0) see(j);
    }
  }
  for (; i < size; ++i) {
    if (bytes[i] != 0) see(i);
  }
}

class OutputBitmaps {
 public:
  /// Errors: throws std::bad_alloc if the address space is not there.
  OutputBitmaps(std::uint32_t num_outputs, std::uint32_t max_words);

  /// A new block. Requires num_words <= max_words, a multiple of kSliceWords.
  void Reset(std::uint32_t num_words) noexcept { num_words_ = num_words; }

  [[nodiscard]] std::uint64_t* bits() const noexcept { return words_.data(); }
  [[nodiscard]] std::uint8_t* any() noexcept { return any_.data(); }
  /// Calls `see(output)` for every output that has a row, rising. `see` may take its rows away.
  template <class See>
  void ForEachAny(const See& see) const {
    ForEachFilled(any_.data(), any_.size(),
                  [&see](std::size_t output) { see(static_cast<OutputIndex>(output)); });
  }
  [[nodiscard]] bool IsAny(OutputIndex output) const noexcept { return any_[output] != 0; }
  /// The output's bitmap. Requires IsAny(output).
  [[nodiscard]] std::span<const std::uint64_t> Words(OutputIndex output) const noexcept {
    return {words_.data() + std::size_t{output} * num_words_, num_words_};
  }

 private:
  AlignedWords words_;
  std::vector<std::uint8_t> any_;
  std::uint32_t num_words_ = 0;
};

}  // namespace tripline::jit
