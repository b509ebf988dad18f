// Open addressing with linear probing. A slot holds 32 bits of the hash beside the code, so that
// almost every probe that compares bytes compares equal ones. A known value costs three accesses
// that wait for one another (slot, view, bytes): InternAll asks the memory for all values of a
// group at each step before it goes on to the next.
#include "runtime/dictionary.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
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

constexpr std::size_t kGroup = 32;

// Of texts with kTextPadding readable bytes behind them.
bool AreEqual(std::string_view a, std::string_view b) {
  static_assert(kTextPadding >= sizeof(__m128i));
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t at = 0; at < a.size(); at += sizeof(__m128i)) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.data() + at));
    const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b.data() + at));
    const auto differs = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y))) ^ 0xFFFFU;
    const std::size_t left = a.size() - at;
    if ((left < sizeof(__m128i) ? differs & ((1U << left) - 1) : differs) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view ByteArena::Keep(std::string_view text) {
  if (text.empty()) {
    return {};
  }
  if (text.size() > left_) {
    next_chunk_ = next_chunk_ == 0 ? kFirstChunk : std::min(2 * next_chunk_, kLargestChunk);
    const std::size_t size = std::max(text.size(), next_chunk_) + kTextPadding;
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = chunks_.back().get();
    left_ = size - kTextPadding;
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
  return Intern(value, HashBytes(value, seed_));
}

void Dictionary::InternAll(std::span<const ValueOfRow> values, std::span<std::uint32_t> codes) {
  std::array<std::uint64_t, kGroup> hashes;
  std::array<std::uint32_t, kGroup> likely;  // code + 1; 0: none
  for (std::size_t begin = 0; begin < values.size(); begin += kGroup) {
    const std::span<const ValueOfRow> group =
        values.subspan(begin, std::min(kGroup, values.size() - begin));
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < group.size(); ++i) {
      hashes[i] = HashBytes(group[i].text(), seed_);
      __builtin_prefetch(&slots_[hashes[i] & mask]);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Slot& slot = slots_[hashes[i] & mask];
      likely[i] = slot.tag == static_cast<std::uint32_t>(hashes[i] >> 32U) ? slot.code_up : 0;
      if (likely[i] != 0) {
        __builtin_prefetch(&values_[likely[i] - 1]);
      }
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (likely[i] != 0) {
        __builtin_prefetch(values_[likely[i] - 1].data());
      }
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool is_it = likely[i] != 0 && AreEqual(values_[likely[i] - 1], group[i].text());
      codes[begin + i] = is_it ? likely[i] - 1 : Intern(group[i].text(), hashes[i]);
    }
  }
}

std::uint32_t Dictionary::Intern(std::string_view value, std::uint64_t hash) {
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
