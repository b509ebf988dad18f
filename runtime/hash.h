// HashBytes: a quick hash for tables inside one process. Not for files (it may change) and not for
// secrets; with a random seed it keeps a crafted event file from filling one bucket.
// KeptHash: one for files, the same on every machine; not for secrets either.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tripline::runtime {

/// Both halves of the 128-bit product, folded into one word.
[[nodiscard]] inline std::uint64_t FoldedProduct(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

namespace hash_internal {

inline constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15U;   // odd, from the golden ratio
inline constexpr std::uint64_t kSecond = 0xD1B54A32D192ED03U;  // odd, from the plastic number

template <class T>
[[nodiscard]] std::uint64_t Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

}  // namespace hash_internal

/// 64 well mixed bits of `bytes`. Pieces overlap instead of being padded, so nothing is read
/// outside.
[[nodiscard]] inline std::uint64_t HashBytes(std::string_view bytes, std::uint64_t seed) {
  using hash_internal::kFirst;
  using hash_internal::kSecond;
  using hash_internal::Load;
  const char* at = bytes.data();
  const std::size_t size = bytes.size();
  std::uint64_t hash = seed ^ kFirst;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (size > 16) {
    const char* const last = at + size - 16;
    for (; at < last; at += 16) {
      hash = FoldedProduct(Load<std::uint64_t>(at) ^ kSecond, Load<std::uint64_t>(at + 8) ^ hash);
    }
    low = Load<std::uint64_t>(last);
    high = Load<std::uint64_t>(last + 8);
  } else if (size >= 8) {
    low = Load<std::uint64_t>(at);
    high = Load<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    low = Load<std::uint32_t>(at);
    high = Load<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    low = Load<std::uint8_t>(at) << 16U | Load<std::uint8_t>(at + size / 2) << 8U |
          Load<std::uint8_t>(at + size - 1);
  }
  return FoldedProduct(kFirst ^ size, FoldedProduct(low ^ kSecond, high ^ hash));
}

/// FNV-1a over words of eight bytes with a final mix: the same on every machine, and the same
/// texts in another cut have another value.
class KeptHash {
 public:
  void Add(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, text.size() - at < 8 ? text.size() - at : 8);
      hash_ = (hash_ ^ word) * hash_internal::kFirst;
      hash_ ^= hash_ >> 32U;
    }
    hash_ = (hash_ ^ text.size()) * hash_internal::kFirst;
  }
  [[nodiscard]] std::uint64_t Value() const { return hash_ ^ (hash_ >> 29U); }

 private:
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace tripline::runtime
