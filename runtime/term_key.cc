// SipHash is libsodium's; secrets come from the operating system.
#include "runtime/term_key.h"

#include <sodium/crypto_shorthash_siphash24.h>

#include <cstddef>
#include <cstring>
#include <random>

namespace tripline::runtime {

static_assert(sizeof(TermKey) == crypto_shorthash_siphashx24_BYTES);
static_assert(sizeof(TermSecret) == crypto_shorthash_siphashx24_KEYBYTES);

TermSecret TermSecret::Random() {
  std::random_device device;
  TermSecret secret;
  for (std::size_t at = 0; at < secret.bytes.size(); at += sizeof(std::uint32_t)) {
    const std::uint32_t word = device();
    std::memcpy(&secret.bytes[at], &word, sizeof(word));
  }
  return secret;
}

TermKey TermHasher::KeyOf(std::string_view term) const {
  std::array<unsigned char, sizeof(TermKey)> digest{};
  crypto_shorthash_siphashx24(digest.data(), reinterpret_cast<const unsigned char*>(term.data()),
                              term.size(), secret_.bytes.data());
  TermKey key;
  std::memcpy(&key, digest.data(), sizeof(key));
  return key;
}

}  // namespace tripline::runtime
