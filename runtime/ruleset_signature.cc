// Ed25519 and base64 are libsodium's; secrets come from the operating system.
#include "runtime/ruleset_signature.h"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <vector>

namespace tripline::runtime {
namespace {

constexpr std::string_view kWord = "tripline ruleset 1\n";
constexpr std::size_t kKeyBytes = crypto_sign_ed25519_PUBLICKEYBYTES;
constexpr std::size_t kSignatureBytes = crypto_sign_ed25519_BYTES;
static_assert(kKeyBytes == 32 && crypto_sign_ed25519_SEEDBYTES == 32);
static_assert(kSignatureBytes == 64 && crypto_sign_ed25519_SECRETKEYBYTES == 64);

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string ToBase64(std::span<const unsigned char> bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the C string's end
  return text;
}

// What is signed of a file with these sections, the signature left out.
std::string MessageOf(std::span<const Section> sections) {
  return std::string(kWord) + HashOf(sections);
}

struct Parts {
  std::vector<Section> others;
  std::optional<std::string_view> signature;
};

Result<Parts> PartsOf(std::span<const Section> sections) {
  Parts parts;
  for (const Section& section : sections) {
    if (section.kind != kSignatureKind) {
      parts.others.push_back(section);
    } else if (parts.signature || section.flags != 0 ||
               section.payload.size() != kKeyBytes + kSignatureBytes) {
      return Fail(ErrorCode::kInvalid,
                  "a ruleset file whose signature is none: expected one key and signature of " +
                      std::to_string(kKeyBytes + kSignatureBytes) + " bytes");
    } else {
      parts.signature = section.payload;
    }
  }
  return parts;
}

}  // namespace

SigningKey SigningKey::Make() {
  std::random_device device;
  SigningKey key;
  for (std::size_t at = 0; at < key.seed_.size(); at += sizeof(std::uint32_t)) {
    const std::uint32_t word = device();
    std::memcpy(&key.seed_[at], &word, sizeof(word));
  }
  key.Derive();
  return key;
}

Result<SigningKey> SigningKey::FromText(std::string_view text) {
  SigningKey key;
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(key.seed_.data(), key.seed_.size(), text.data(), text.size(),
                                       " \t\r\n", &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || size != key.seed_.size() || end != text.data() + text.size()) {
    return Fail(ErrorCode::kInvalid,
                "this is no signing key: expected 32 bytes as base64, as `tripline keygen` writes");
  }
  key.Derive();
  return key;
}

void SigningKey::Derive() {
  crypto_sign_ed25519_seed_keypair(public_.data(), secret_.data(), seed_.data());
}

std::string SigningKey::SecretText() const { return ToBase64(seed_); }
std::string SigningKey::PublicText() const { return ToBase64(public_); }

std::string SigningKey::PublicBytes() const { return {public_.begin(), public_.end()}; }

std::string SigningKey::Sign(std::string_view message) const {
  std::array<unsigned char, kSignatureBytes> signature{};
  crypto_sign_ed25519_detached(signature.data(), nullptr, Bytes(message), message.size(),
                               secret_.data());
  return {signature.begin(), signature.end()};
}

Result<std::string> SignRuleset(std::string_view file, const SigningKey& key) {
  TRIPLINE_TRY(const std::vector<Section> sections, ReadSections(file));
  TRIPLINE_TRY(Parts parts, PartsOf(sections));
  std::string payload = key.PublicBytes();
  payload += key.Sign(MessageOf(parts.others));
  parts.others.push_back({.kind = kSignatureKind, .flags = 0, .payload = payload});
  return WriteSections(parts.others);
}

Result<std::optional<RulesetSignature>> SignatureOf(std::string_view file) {
  TRIPLINE_TRY(const std::vector<Section> sections, ReadSections(file));
  return SignatureOf(sections);
}

Result<std::optional<RulesetSignature>> SignatureOf(std::span<const Section> sections) {
  TRIPLINE_TRY(const Parts parts, PartsOf(sections));
  if (!parts.signature) {
    return std::nullopt;
  }
  const unsigned char* const key = Bytes(*parts.signature);
  const std::string message = MessageOf(parts.others);
  const int failed =
      crypto_sign_ed25519_verify_detached(key + kKeyBytes, Bytes(message), message.size(), key);
  return RulesetSignature{.key = ToBase64({key, kKeyBytes}), .fits = failed == 0};
}

}  // namespace tripline::runtime
