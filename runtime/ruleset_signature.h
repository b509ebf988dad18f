// Signatures of ruleset files: who made this file, and that nobody changed it since. Every load
// verifies the rules, signed or not; but machine code in a file runs only if the signature is by
// somebody whom the reader trusts. So whoever signs vouches for the code.
//
//   bytes, SigningKey -SignRuleset-> bytes with a signature -SignatureOf-> by whom, and whether it
//   fits
//
// Ed25519 over a fixed word and the SHA-256 of the file as it is without the signature: all other
// sections, known or not. Thread-safety: pure functions, but for Make.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/ruleset_sections.h"

namespace tripline::runtime {

/// A key pair, from a seed of 32 secret bytes.
class SigningKey {
 public:
  /// A new one, from the operating system's randomness.
  [[nodiscard]] static SigningKey Make();
  /// From what SecretText gave; blanks and line breaks around it are passed over. Errors: kInvalid.
  [[nodiscard]] static Result<SigningKey> FromText(std::string_view text);

  /// The seed as base64, to be kept secret.
  [[nodiscard]] std::string SecretText() const;
  /// The public key as base64: what `plugins.tripline.trusted_keys` lists.
  [[nodiscard]] std::string PublicText() const;
  [[nodiscard]] std::string PublicBytes() const;  // 32
  /// 64 bytes.
  [[nodiscard]] std::string Sign(std::string_view message) const;

 private:
  SigningKey() = default;
  void Derive();

  std::array<unsigned char, 32> seed_{};
  std::array<unsigned char, 32> public_{};
  std::array<unsigned char, 64> secret_{};
};

struct RulesetSignature {
  std::string key;  // the public key, as base64
  bool fits = false;
};

/// The file with this signature in place of one that it may have. Errors: as ReadSections.
[[nodiscard]] Result<std::string> SignRuleset(std::string_view file, const SigningKey& key);

/// Nothing if the file is not signed. Errors: as ReadSections; kInvalid, if the signature is none.
[[nodiscard]] Result<std::optional<RulesetSignature>> SignatureOf(std::string_view file);
/// The same for a file that was taken apart.
[[nodiscard]] Result<std::optional<RulesetSignature>> SignatureOf(
    std::span<const Section> sections);

}  // namespace tripline::runtime
