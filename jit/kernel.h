// The kernel: the step from "which rows of a block make which leaf true" to "which rows make which
// output true". Interpreter and machine code have the same face, so that either can stand in for
// the other at any block.
//
// Bitmaps have one bit per row: row r is bit r % 64 of word r / 64. A bitmap is num_words words,
// whole slices of 512 rows; bits behind the block's last row are computed like all others and mean
// nothing (kNot sets them): the caller masks.
//
// Most leaves are empty in most blocks, and most outputs too. So emptiness is told beside the
// bitmaps, one byte each: a kernel skips what cannot match after a byte or two, and nobody clears
// or reads the bitmaps of rules that are asleep. jit/block_bits.h owns memory in this shape.
#pragma once

#include <cstdint>

namespace tripline::jit {

/// Words of a slice: the unit of work, one 512-bit vector.
inline constexpr std::uint32_t kSliceWords = 8;

/// leaf_bits[l]: the bitmap of leaf l. If leaf_any[l] is 0 the bitmap must be all zeros (one shared
///   bitmap of zeros will do for all of them).
/// leaf_any[l]: 1 if leaf l may have a bit set, else 0.
/// output_bits: the bitmap of output o is output_bits[o * num_words .. (o + 1) * num_words).
/// output_any[o]: set to 1 if a bit of output o is set; else to 0, and then the words of o's bitmap
///   are unspecified.
/// num_words: a multiple of kSliceWords; 0 is a block without rows.
/// Words are aligned to 8 bytes; to 64 is quicker. In and out do not overlap. Any number of threads
/// may run a kernel at the same time on memory of their own.
using KernelFunction = void (*)(const std::uint64_t* const* leaf_bits, const std::uint8_t* leaf_any,
                                std::uint64_t* output_bits, std::uint8_t* output_any,
                                std::uint32_t num_words) noexcept;

}  // namespace tripline::jit
