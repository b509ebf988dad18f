#include "runtime/class_rows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <span>

namespace tripline::runtime {
namespace {

using Rows = std::map<jit::ClassId, std::set<std::uint32_t>>;

Rows TakeAll(ClassRows& rows) {
  Rows all;
  rows.ForEach([&](jit::ClassId id, std::span<const std::uint64_t> bits) {
    for (std::uint32_t row = 0; row < bits.size() * 64; ++row) {
      if (((bits[row / 64] >> (row % 64)) & 1U) != 0) {
        all[id].insert(row);
      }
    }
  });
  return all;
}

TEST(ClassRows, GathersTheRowsOfEachClassInBlocksOfAnySize) {
  ClassRows rows;
  std::mt19937 random(5);
  for (const std::uint32_t num_rows : {512U, 4096U, 1024U}) {
    rows.Start(num_rows / 64);
    Rows expected;
    for (int i = 0; i < 500; ++i) {
      const jit::ClassId id = 1 + static_cast<jit::ClassId>(random() % 40) * 1000;
      const auto row = static_cast<std::uint32_t>(random() % num_rows);
      ASSERT_TRUE(rows.Add(id, row));
      expected[id].insert(row);
    }

    EXPECT_EQ(TakeAll(rows), expected);
  }
  EXPECT_TRUE(TakeAll(rows).empty()) << "what was taken is forgotten";
}

TEST(ClassRows, SaysWhenThereIsNoRoomForAnotherClass) {
  ClassRows rows;
  rows.Start(8);
  for (jit::ClassId id = 1; id <= ClassRows::kMaxClasses; ++id) {
    ASSERT_TRUE(rows.Add(id, 7));
  }

  EXPECT_FALSE(rows.Add(ClassRows::kMaxClasses + 1, 7));
  EXPECT_TRUE(rows.Add(1, 8)) << "a class that is there stays open";
  EXPECT_FALSE(rows.Add(ClassRows::kEndOfIds, 7));
  EXPECT_EQ(TakeAll(rows).size(), ClassRows::kMaxClasses);
}

}  // namespace
}  // namespace tripline::runtime
