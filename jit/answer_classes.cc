// Open addressing with linear probing over the hash of the positions.
#include "jit/answer_classes.h"

#include <algorithm>
#include <limits>

namespace tripline::jit {
namespace {

constexpr ClassId kEmptySlot = std::numeric_limits<ClassId>::max();
constexpr std::size_t kFirstSlots = 16;

// FNV-1a over whole numbers, with a final mix: the positions of neighbours differ in few low bits.
std::uint64_t HashOf(std::span<const std::uint32_t> positions) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const std::uint32_t position : positions) hash = (hash ^ position) * 0x100000001B3U;
  return hash ^ hash >> 29U;
}

}  // namespace

AnswerClasses::AnswerClasses(const AnswerClassLimits& limits)
    : limits_(limits), slots_(kFirstSlots, kEmptySlot) {
  const std::uint64_t hash = HashOf({});
  slots_[FindSlot(hash, {})] = kNoLeafClass;
  ends_.push_back(0);
  hashes_.push_back(hash);
}

std::optional<ClassId> AnswerClasses::Intern(std::span<const std::uint32_t> positions) {
  if (positions.empty()) return kNoLeafClass;
  const std::uint64_t hash = HashOf(positions);
  const std::size_t slot = FindSlot(hash, positions);
  if (slots_[slot] != kEmptySlot) return slots_[slot];
  if (num_classes() >= limits_.classes ||
      positions.size() > limits_.positions - std::min(positions_.size(), limits_.positions)) {
    return std::nullopt;
  }
  const auto id = static_cast<ClassId>(num_classes());
  slots_[slot] = id;
  positions_.insert(positions_.end(), positions.begin(), positions.end());
  ends_.push_back(positions_.size());
  hashes_.push_back(hash);
  if (2 * num_classes() > slots_.size()) Grow();
  return id;
}

std::span<const std::uint32_t> AnswerClasses::PositionsOf(ClassId id) const {
  const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
  return std::span(positions_).subspan(begin, ends_[id] - begin);
}

std::size_t AnswerClasses::memory_bytes() const {
  return positions_.capacity() * sizeof(positions_[0]) + ends_.capacity() * sizeof(ends_[0]) +
         hashes_.capacity() * sizeof(hashes_[0]) + slots_.capacity() * sizeof(slots_[0]);
}

std::size_t AnswerClasses::FindSlot(std::uint64_t hash,
                                    std::span<const std::uint32_t> positions) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const ClassId id = slots_[slot];
    if (id == kEmptySlot ||
        (hashes_[id] == hash && std::ranges::equal(PositionsOf(id), positions))) {
      return slot;
    }
  }
}

void AnswerClasses::Grow() {
  slots_.assign(2 * slots_.size(), kEmptySlot);
  const std::size_t mask = slots_.size() - 1;
  for (ClassId id = 0; id < num_classes(); ++id) {
    std::size_t slot = hashes_[id] & mask;
    while (slots_[slot] != kEmptySlot) slot = (slot + 1) & mask;
    slots_[slot] = id;
  }
}

}  // namespace tripline::jit
