#include "jit/block_bits.h"

#include <algorithm>

namespace tripline::jit {

AlignedWords::AlignedWords(std::size_t num_words)
    : words_(static_cast<std::uint64_t*>(::operator new(
          std::max<std::size_t>(num_words, 1) * sizeof(std::uint64_t), std::align_val_t{64}))) {}

LeafBitmaps::LeafBitmaps(std::uint32_t num_leaves, std::uint32_t max_words)
    : zeros_(max_words),
      arena_(std::size_t{num_leaves} * max_words),
      bits_(num_leaves, zeros_.data()),
      any_(num_leaves, 0) {
  std::fill_n(zeros_.data(), max_words, 0);
  touched_.reserve(num_leaves);
}

void LeafBitmaps::Reset(std::uint32_t num_words) noexcept {
  for (const LeafIndex leaf : touched_) {
    bits_[leaf] = zeros_.data();
    any_[leaf] = 0;
  }
  touched_.clear();
  num_words_ = num_words;
}

std::uint64_t* LeafBitmaps::Words(LeafIndex leaf) noexcept {
  if (any_[leaf] == 0) std::fill_n(Touch(leaf), num_words_, 0);
  return bits_[leaf];
}

void LeafBitmaps::Or(LeafIndex leaf, const std::uint64_t* rows) noexcept {
  if (any_[leaf] == 0) {
    std::copy_n(rows, num_words_, Touch(leaf));
    return;
  }
  std::uint64_t* const words = bits_[leaf];
  for (std::uint32_t at = 0; at < num_words_; at += kSliceWords) {
    for (std::uint32_t w = 0; w < kSliceWords; ++w) words[at + w] |= rows[at + w];
  }
}

std::uint64_t* LeafBitmaps::Touch(LeafIndex leaf) noexcept {
  std::uint64_t* const words = arena_.data() + touched_.size() * num_words_;
  bits_[leaf] = words;
  any_[leaf] = 1;
  touched_.push_back(leaf);
  return words;
}

OutputBitmaps::OutputBitmaps(std::uint32_t num_outputs, std::uint32_t max_words)
    : words_(std::size_t{num_outputs} * max_words), any_(num_outputs, 0) {}

}  // namespace tripline::jit
