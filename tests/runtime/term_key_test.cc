#include "runtime/term_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tripline::runtime {
namespace {

// Key 00..0f, input 00..0e; the expected halves were computed from the method's description.
TEST(TermKey, IsTheHashThatItsPaperNames) {
  TermSecret secret;
  std::string input;
  for (std::size_t i = 0; i < 16; ++i) {
    secret.bytes[i] = static_cast<std::uint8_t>(i);
    if (i < 15) {
      input += static_cast<char>(i);
    }
  }
  const TermKey key = TermHasher(secret).KeyOf(input);
  EXPECT_EQ(key.high, 0x11A8B03399E99354U);
  EXPECT_EQ(key.low, 0xD9C3CF970FEC087EU);
}

TEST(TermKey, DependsOnEveryByteAndOnTheSecret) {
  const TermHasher hasher{TermSecret{}};
  std::set<TermKey> keys;
  for (int length = 0; length < 200; ++length) {
    keys.insert(hasher.KeyOf(std::string(static_cast<std::size_t>(length), 'a')));
    keys.insert(hasher.KeyOf(std::string(static_cast<std::size_t>(length), 'a') + "b"));
  }
  EXPECT_EQ(keys.size(), 400U);
  EXPECT_NE(TermHasher(TermSecret::Random()).KeyOf("a"), hasher.KeyOf("a"));
  EXPECT_FALSE(TermSecret::Random() == TermSecret::Random());
}

}  // namespace
}  // namespace tripline::runtime
