#include "runtime/dictionary.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/hash.h"

namespace tripline::runtime {
namespace {

TEST(Dictionary, NumbersValuesInTheOrderOfTheirFirstAppearance) {
  Dictionary dictionary(1);

  EXPECT_EQ(dictionary.Intern("curl"), 0U);
  EXPECT_EQ(dictionary.Intern("wget"), 1U);
  EXPECT_EQ(dictionary.Intern("curl"), 0U);
  EXPECT_EQ(dictionary.size(), 2U);
  EXPECT_EQ(dictionary.View().values[1], "wget");
}

TEST(Dictionary, TellsValuesApartThatShareTheirBeginning) {
  Dictionary dictionary(1);
  const std::string zero("a\0b", 3);

  EXPECT_EQ(dictionary.Intern(""), 0U);
  EXPECT_EQ(dictionary.Intern("a"), 1U);
  EXPECT_EQ(dictionary.Intern(zero), 2U);
  EXPECT_EQ(dictionary.Intern(std::string("a\0c", 3)), 3U);
  EXPECT_EQ(dictionary.Intern(zero), 2U);
  EXPECT_EQ(dictionary.Intern(""), 0U);
}

TEST(Dictionary, AgreesWithAnOrdinaryMapOverManyValues) {
  Dictionary dictionary(7);
  std::unordered_map<std::string, std::uint32_t> expected;

  for (std::uint32_t i = 0; i < 60'000; ++i) {
    const std::string value =
        "/opt/app-" + std::to_string(i * 2654435761U % 20'000) + std::string(i % 37, 'x');
    const auto code = static_cast<std::uint32_t>(expected.size());
    const std::uint32_t wanted = expected.try_emplace(value, code).first->second;
    ASSERT_EQ(dictionary.Intern(value), wanted) << value;
  }

  ASSERT_EQ(dictionary.size(), expected.size());
  for (const auto& [value, code] : expected) {
    ASSERT_EQ(dictionary.View().values[code], value);
  }
}

TEST(Dictionary, KeepsTheAddressOfAValueWhileItGrows) {
  Dictionary dictionary(1);
  dictionary.Intern("first");
  const char* const address = dictionary.View().values[0].data();

  for (int i = 0; i < 10'000; ++i) {
    dictionary.Intern(std::to_string(i));
  }

  EXPECT_EQ(dictionary.View().values[0].data(), address);
  EXPECT_EQ(dictionary.View().values[0], "first");
}

TEST(Dictionary, TakesANewIdWithResetAndGivesItsMemoryBack) {
  Dictionary dictionary(1);
  const std::size_t empty_bytes = dictionary.memory_bytes();
  const std::uint64_t id = dictionary.View().id;
  dictionary.Intern(std::string(5'000'000, 'x'));
  EXPECT_GE(dictionary.memory_bytes(), 5'000'000U);
  EXPECT_EQ(dictionary.View().id, id);

  dictionary.Reset();

  EXPECT_NE(dictionary.View().id, id);
  EXPECT_EQ(dictionary.size(), 0U);
  EXPECT_EQ(dictionary.memory_bytes(), empty_bytes);
  EXPECT_EQ(dictionary.Intern("anew"), 0U);
}

TEST(Dictionary, SharesItsIdWithNoOther) {
  const Dictionary one(1);
  const Dictionary other(1);

  EXPECT_NE(one.View().id, other.View().id);
}

TEST(HashBytes, DependsOnEveryByteAndOnTheSeed) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string text(size, 'a');
    EXPECT_NE(HashBytes(text, 1), HashBytes(text, 2)) << size;
    EXPECT_NE(HashBytes(text, 1), HashBytes(text + "a", 1)) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string changed = text;
      changed[at] = 'b';
      EXPECT_NE(HashBytes(text, 1), HashBytes(changed, 1)) << size << " " << at;
    }
  }
}

TEST(HashBytes, SpreadsNeighbouringTextsEvenly) {
  constexpr std::size_t kBuckets = 1024;
  constexpr int kTexts = 100 * static_cast<int>(kBuckets);
  std::vector<int> counts(kBuckets);

  for (int i = 0; i < kTexts; ++i) {
    ++counts[HashBytes("host-" + std::to_string(i), 3) % kBuckets];
  }

  for (const int count : counts) {  // 100 expected, standard deviation 10
    EXPECT_GT(count, 40);
    EXPECT_LT(count, 160);
  }
}

TEST(ByteArena, KeepsTextsOfAllSizes) {
  ByteArena arena;
  std::vector<std::string> texts;
  std::vector<std::string_view> kept;
  for (std::size_t size = 0; size < 3000; size += 7) {
    texts.push_back(std::string(size, static_cast<char>('a' + size % 26)));
    kept.push_back(arena.Keep(texts.back()));
  }

  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(kept[i], texts[i]);
  }
}

}  // namespace
}  // namespace tripline::runtime
