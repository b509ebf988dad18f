// TermKey: the 128 bits under which a history knows a term, whatever the term's length.
//
//   TermHasher hasher(TermSecret::Random());
//   hasher.KeyOf(term)   // the same term, the same key; two terms share one with a chance of
//   2^-128
//
// Method: SipHash-2-4 with 128 bits of output (Aumasson, Bernstein, "SipHash: a fast short-input
// PRF", 2012). The secret is drawn once per history and kept with it, so nobody who writes events
// can aim at a known term's key: among n terms the chance that any two share one is below
// n^2 * 2^-129, for 10^7 terms 10^-25. The memory that a term takes does not depend on its length,
// and a kept history does not hold the terms themselves.
//
// Plain values; a const TermHasher serves any number of threads.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace tripline::runtime {

struct TermKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const TermKey&, const TermKey&) = default;
};

struct TermSecret {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] static TermSecret Random();
  friend bool operator==(const TermSecret&, const TermSecret&) = default;
};

class TermHasher {
 public:
  explicit TermHasher(const TermSecret& secret) : secret_(secret) {}

  [[nodiscard]] TermKey KeyOf(std::string_view term) const;
  [[nodiscard]] const TermSecret& secret() const { return secret_; }

 private:
  TermSecret secret_;
};

}  // namespace tripline::runtime
