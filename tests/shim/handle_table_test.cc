#include "plugin-shim/native/handle_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tripline::shim {
namespace {

using ::testing::HasSubstr;

TEST(HandleTable, GivesBackWhatWasPutIn) {
  HandleTable<int> table(1, "number");

  const Handle seven = table.Put(std::make_shared<int>(7));
  const Handle eight = table.Put(std::make_shared<int>(8));

  EXPECT_NE(seven, 0U);
  EXPECT_NE(seven, eight);
  EXPECT_EQ(**table.Get(seven), 7);
  EXPECT_EQ(**table.Get(eight), 8);
  EXPECT_EQ(table.num_open(), 2U);
}

TEST(HandleTable, RefusesNumbersThatWereNeverGiven) {
  HandleTable<int> table(1, "number");
  const Handle open = table.Put(std::make_shared<int>(7));

  for (const Handle forged : {Handle{0}, ~Handle{0}, open + 1, open ^ Handle{1} << 32U,
                              open ^ Handle{1} << 56U, open ^ Handle{1} << 63U}) {
    EXPECT_EQ(table.Get(forged).error().code, ErrorCode::kUsage) << forged;
    EXPECT_EQ(table.Close(forged).error().code, ErrorCode::kUsage) << forged;
  }
  EXPECT_THAT(table.Get(0).error().message, HasSubstr("number"));
  EXPECT_EQ(table.num_open(), 1U);
}

TEST(HandleTable, RefusesTheHandlesOfAnotherKind) {
  HandleTable<int> numbers(1, "number");
  HandleTable<int> others(2, "other");

  const Handle number = numbers.Put(std::make_shared<int>(7));
  const Handle other = others.Put(std::make_shared<int>(8));

  EXPECT_FALSE(others.Get(number).has_value());
  EXPECT_FALSE(numbers.Get(other).has_value());
}

TEST(HandleTable, NeverGivesTheNumberOfAClosedObjectToTheNext) {
  HandleTable<int> table(1, "number");
  std::set<Handle> seen;

  for (int i = 0; i < 10'000; ++i) {
    const Handle handle = table.Put(std::make_shared<int>(i));
    ASSERT_TRUE(seen.insert(handle).second);
    ASSERT_TRUE(table.Close(handle).has_value());
    ASSERT_FALSE(table.Get(handle).has_value());
    ASSERT_FALSE(table.Close(handle).has_value());
  }

  EXPECT_EQ(table.num_open(), 0U);
}

TEST(HandleTable, LetsAnObjectLiveWhileSomebodyUsesIt) {
  HandleTable<int> table(1, "number");
  const Handle handle = table.Put(std::make_shared<int>(7));
  std::shared_ptr<int> used = *table.Get(handle);
  const std::weak_ptr<int> watched = used;

  ASSERT_TRUE(table.Close(handle).has_value());
  EXPECT_EQ(*used, 7);
  used.reset();

  EXPECT_TRUE(watched.expired());
}

// What dies in Close may itself close others.
struct Closer {
  HandleTable<Closer>* table;
  Handle next;
  ~Closer() {
    if (next != 0) {
      EXPECT_TRUE(table->Close(next).has_value());
    }
  }
};

TEST(HandleTable, DestroysObjectsWithItsLockOpen) {
  HandleTable<Closer> table(1, "closer");
  const Handle first = table.Put(std::make_shared<Closer>(&table, Handle{0}));
  const Handle second = table.Put(std::make_shared<Closer>(&table, first));

  ASSERT_TRUE(table.Close(second).has_value());

  EXPECT_EQ(table.num_open(), 0U);
}

TEST(HandleTable, ShowsOpenObjectsOnly) {
  HandleTable<int> table(1, "number");
  const Handle first = table.Put(std::make_shared<int>(1));
  (void)table.Put(std::make_shared<int>(10));
  (void)table.Put(std::make_shared<int>(100));
  ASSERT_TRUE(table.Close(first).has_value());
  int sum = 0;

  table.ForEach([&sum](int number) { sum += number; });

  EXPECT_EQ(sum, 110);
}

TEST(HandleTable, ServesThreadsThatOpenUseAndClose) {
  constexpr int kThreads = 4;
  HandleTable<int> table(1, "number");
  std::atomic<int> num_wrong = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&table, &num_wrong, thread] {
      for (int i = 0; i < 5'000; ++i) {
        const Handle handle = table.Put(std::make_shared<int>(thread));
        const auto found = table.Get(handle);
        num_wrong += found && **found == thread && table.Close(handle) ? 0 : 1;
      }
    });
  }
  threads.clear();

  EXPECT_EQ(num_wrong, 0);
  EXPECT_EQ(table.num_open(), 0U);
}

}  // namespace
}  // namespace tripline::shim
