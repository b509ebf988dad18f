// Open addressing with linear probing. A slot holds 32 bits of the hash beside the code, so that
// almost every probe that compares bytes compares equal ones.
#include "runtime/dictionary.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "runtime/hash.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kFirstChunk = std::size_t{4} << 10U;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20U;
constexpr std::size_t kFirstSlots = 64;

// The one count that all dictionaries of the process share: matchers keep answers under a
// dictionary's id, and may meet dictionaries of several readers.
std::uint64_t NextId() {
  static std::atomic<std::uint64_t> last_id{0};
  return last_id.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

std::string_view ByteArena::Keep(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  if (text.size() > left_) {
    next_chunk_ = next_chunk_ == 0 ? kFirstChunk : std::min(2 * next_chunk_, kLargestChunk);
    const std::size_t size = std::max(text.size(), next_chunk_);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = chunks_.back().get();
    left_ = size;
    memory_bytes_ += size;
  }
  char* const kept = at_;
  std::memcpy(kept, text.data(), text.size());
  at_ += text.size();
  left_ -= text.size();
  return {kept, text.size()};
}

void ByteArena::Clear() { *this = ByteArena(); }

Dictionary::Dictionary(std::uint64_t seed) : seed_(seed), id_(NextId()), slots_(kFirstSlots) {}

std::uint32_t Dictionary::Intern(std::string_view value) {
  const std::uint64_t hash = HashBytes(value, seed_);
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].code_up != 0; at = (at + 1) & mask) {
    const std::uint32_t code = slots_[at].code_up - 1;
    if (slots_[at].tag == tag && values_[code] == value) {
      return code;
    }
  }
  const auto code = static_cast<std::uint32_t>(values_.size());
  slots_[at] = {.tag = tag, .code_up = code + 1};
  values_.push_back(arena_.Keep(value));
  if (2 * values_.size() > slots_.size()) {
    Grow();
  }
  return code;
}

void Dictionary::Reset() {
  id_ = NextId();
  slots_ = std::vector<Slot>(kFirstSlots);
  values_ = std::vector<std::string_view>();  // `= {}` would keep the memory
  arena_.Clear();
}

std::size_t Dictionary::memory_bytes() const {
  return arena_.memory_bytes() + values_.capacity() * sizeof(std::string_view) +
         slots_.capacity() * sizeof(Slot);
}

void Dictionary::Grow() {
  std::vector<Slot> larger(2 * slots_.size());
  const std::size_t mask = larger.size() - 1;
  for (std::uint32_t code = 0; code < values_.size(); ++code) {
    const std::uint64_t hash = HashBytes(values_[code], seed_);
    std::size_t at = hash & mask;
    while (larger[at].code_up != 0) {
      at = (at + 1) & mask;
    }
    larger[at] = {.tag = static_cast<std::uint32_t>(hash >> 32U), .code_up = code + 1};
  }
  slots_ = std::move(larger);
}

}  // namespace tripline::runtime
