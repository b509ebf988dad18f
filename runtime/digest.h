// SHA-256: the checksum inside ruleset files, rulesets' content hashes and alerts' ids. This is the
// one door to the cryptographic library.
//
//   Sha256Hex("abc")   // "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
//
// Thread-safety: free functions without state; one Sha256 serves one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tripline::runtime {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// A digest over bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Add(std::string_view bytes);
  /// The digest of everything added since the start or the last Finish.
  [[nodiscard]] Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest Sha256Of(std::string_view bytes);

/// Lower-case hexadecimal digits, two a byte.
[[nodiscard]] std::string ToHex(const Sha256Digest& digest);

/// ToHex(Sha256Of(bytes)).
[[nodiscard]] std::string Sha256Hex(std::string_view bytes);

}  // namespace tripline::runtime
