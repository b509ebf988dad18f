// The judge is an ordered map that does the same.
#include "runtime/term_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "base/time.h"
#include "runtime/term_key.h"

namespace tripline::runtime {
namespace {

Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }

TermKey RandomKey(std::mt19937_64& random) { return {.high = random(), .low = random()}; }

void See(TermTable& table, const TermKey& key, Timestamp time) {
  table.FindOrAdd(key).term.SetLastSeen(time);
}

std::vector<TermKey> KeysOf(const TermTable& table) {
  std::vector<TermKey> keys;
  table.ForEach([&](const TermTable::Term& term) { keys.push_back(term.key()); });
  return keys;
}

void ForgetAll(TermTable& table, Timestamp before) {
  for (std::size_t i = table.num_segments(); i > 0; --i) {
    table.ForgetSome(before);
  }
}

TEST(TermTable, HoldsWhatAMapHolds) {
  for (const std::size_t num_keys : {1U, 20U, 500U, 5'000U, 200'000U}) {
    std::mt19937_64 random(num_keys);
    TermTable table;
    std::map<TermKey, Timestamp> map;
    std::vector<TermKey> keys;
    for (std::size_t i = 0; i < num_keys; ++i) {
      keys.push_back(RandomKey(random));
    }
    for (std::size_t i = 0; i < 2 * num_keys; ++i) {
      const TermKey& key = keys[random() % keys.size()];
      const auto [term, is_new] = table.FindOrAdd(key);
      ASSERT_EQ(is_new, !map.contains(key));
      ASSERT_EQ(term.key(), key);
      const Timestamp time = At(static_cast<std::int64_t>(random() % 1000) - 500);
      ASSERT_TRUE(is_new || term.last_seen() == map[key]);
      term.SetLastSeen(time);
      map[key] = time;
    }
    ASSERT_EQ(table.num_terms(), map.size());
    std::vector<TermKey> wanted;
    for (const auto& [key, time] : map) {
      wanted.push_back(key);
      ASSERT_EQ(table.Find(key)->last_seen(), time);
    }
    EXPECT_EQ(KeysOf(table), wanted);
    EXPECT_EQ(table.Find(RandomKey(random)), nullptr);
  }
}

TEST(TermTable, ForgetsWhatIsOldAndNothingElse) {
  std::mt19937_64 random(1);
  TermTable table;
  std::map<TermKey, Timestamp> map;
  for (int i = 0; i < 50'000; ++i) {
    const TermKey key = RandomKey(random);
    See(table, key, At(i));
    map[key] = At(i);
  }
  const std::uint64_t full = table.memory_bytes();
  for (const int before : {-5, 0, 1, 10'000, 10'000, 49'000, 50'000}) {
    ForgetAll(table, At(before));

    std::erase_if(map, [&](const auto& entry) { return entry.second < At(before); });
    std::vector<TermKey> wanted;
    for (const auto& [key, time] : map) {
      wanted.push_back(key);
    }
    ASSERT_EQ(KeysOf(table), wanted) << before;
    ASSERT_EQ(table.num_terms(), map.size());
  }
  EXPECT_LT(table.memory_bytes(), full / 10);
  See(table, {.high = 1, .low = 1}, At(60'000));
  EXPECT_EQ(table.num_terms(), 1U);
}

TEST(TermTable, KeepsMarksAndArrivalsWhenTermsMove) {
  std::mt19937_64 random(2);
  TermTable table;
  std::vector<TermKey> keys;
  for (int i = 0; i < 30'000; ++i) {
    keys.push_back(RandomKey(random));
    auto& term = table.FindOrAdd(keys.back()).term;
    EXPECT_FALSE(term.is_marked());
    EXPECT_EQ(term.first_arrival, TermTable::kNever);
    term.SetLastSeen(At(-i));
    term.SetMark(i % 3 == 0);
    term.first_arrival = At(i % 7);
  }
  for (int i = 0; i < 30'000; ++i) {
    const TermTable::Term& term = *table.Find(keys[static_cast<std::size_t>(i)]);
    ASSERT_EQ(term.is_marked(), i % 3 == 0);
    ASSERT_EQ(term.last_seen(), At(-i));
    ASSERT_EQ(term.first_arrival, At(i % 7));
  }
  table.RemoveMarks();
  table.ForEach([](const TermTable::Term& term) { ASSERT_FALSE(term.is_marked()); });
}

TEST(TermTable, NeedsFewerThan48BytesATermAtEverySize) {
  std::mt19937_64 random(3);
  TermTable table;
  double worst = 0;
  for (int i = 1; i <= 1'000'000; ++i) {
    See(table, RandomKey(random), At(i));
    if (i >= 10'000 && i % 1'000 == 0) {
      worst = std::max(worst, static_cast<double>(table.memory_bytes()) / i);
    }
  }
  EXPECT_LT(worst, 48.0);
}

TEST(TermTable, TakesKeysInTheirOrderAfterReserve) {
  std::mt19937_64 random(4);
  std::map<TermKey, int> sorted;
  while (sorted.size() < 100'000) {
    sorted[RandomKey(random)] = 0;
  }
  TermTable table;
  table.Reserve(sorted.size());
  for (const auto& [key, none] : sorted) {
    See(table, key, At(0));
  }
  EXPECT_EQ(table.num_terms(), sorted.size());
  EXPECT_LT(static_cast<double>(table.memory_bytes()) / 100'000.0, 48.0);
}

TEST(TermTable, SurvivesKeysThatNoHashGives) {
  TermTable table;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    See(table, {.high = 7, .low = i}, At(0));           // all in one segment and one place
    See(table, {.high = i, .low = UINT64_MAX}, At(0));  // at the very end
    See(table, {.high = UINT64_MAX - i, .low = 1U << 20U}, At(0));
  }
  EXPECT_EQ(table.num_terms(), 30'000U);
  EXPECT_NE(table.Find({.high = 7, .low = 9'999}), nullptr);
}

}  // namespace
}  // namespace tripline::runtime
