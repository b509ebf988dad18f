#include "jit/term_table.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

namespace tripline::jit {
namespace {

std::uint32_t HashOf(std::string_view word) {
  const std::uint64_t hash = std::hash<std::string_view>{}(word);
  return static_cast<std::uint32_t>(hash ^ hash >> 32U);
}

std::uint64_t LengthBit(std::string_view word) {
  return std::uint64_t{1} << std::min<std::size_t>(word.size(), 63);
}

}  // namespace

TermTable::TermTable(std::vector<KeyedPosition> entries) {
  GroupedPositions grouped = GroupByKey(std::move(entries));
  keys_ = std::move(grouped.keys);
  positions_ = std::move(grouped.positions);
  if (keys_.empty()) return;
  slots_.resize(std::bit_ceil(keys_.size() * 2));
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    const std::uint32_t hash = HashOf(keys_[key]);
    std::size_t i = hash & mask;
    while (slots_[i].key_plus_one != 0) i = (i + 1) & mask;
    slots_[i] = {hash, key + 1};
    lengths_ |= LengthBit(keys_[key]);
  }
}

std::span<const std::uint32_t> TermTable::Find(std::string_view word) const {
  if ((lengths_ & LengthBit(word)) == 0) return {};
  const std::uint32_t hash = HashOf(word);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask; slots_[i].key_plus_one != 0; i = (i + 1) & mask) {
    const std::uint32_t key = slots_[i].key_plus_one - 1;
    if (slots_[i].hash == hash && keys_[key] == word) return positions_[key];
  }
  return {};
}

}  // namespace tripline::jit
