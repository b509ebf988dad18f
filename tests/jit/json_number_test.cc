#include "jit/json_number.h"

#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tripline::jit {
namespace {

std::strong_ordering Order(const std::string& a, const std::string& b) {
  const auto left = ParseJsonNumber(a);
  const auto right = ParseJsonNumber(b);
  EXPECT_TRUE(left && right) << a << " and " << b;
  return Compare(left.value_or(JsonNumber{}), right.value_or(JsonNumber{}));
}

TEST(JsonNumber, IsExactlyWhatJsonAllows) {
  for (const char* const text : {"0", "-0", "1", "10", "-12.50", "1e5", "1E+5", "0.1e-07", "0e9"}) {
    EXPECT_TRUE(ParseJsonNumber(text)) << text;
  }
  for (const char* const text : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", " 1", "1 ",
                                 "0x1", "1,5", "NaN", "Infinity", "1.2.3", "--1", "1e1.5"}) {
    EXPECT_FALSE(ParseJsonNumber(text)) << text;
  }
}

TEST(JsonNumber, IsComparedByValueNotBySpelling) {
  EXPECT_EQ(Order("1", "1.0"), std::strong_ordering::equal);
  EXPECT_EQ(Order("1", "10e-1"), std::strong_ordering::equal);
  EXPECT_EQ(Order("0.005", "5e-3"), std::strong_ordering::equal);
  EXPECT_EQ(Order("-0", "0.00e7"), std::strong_ordering::equal);
  EXPECT_EQ(Order("100", "1e2"), std::strong_ordering::equal);
  EXPECT_EQ(Order("9", "10"), std::strong_ordering::less);
  EXPECT_EQ(Order("-9", "-10"), std::strong_ordering::greater);
  EXPECT_EQ(Order("-1", "0"), std::strong_ordering::less);
  EXPECT_EQ(Order("0", "-1e-300"), std::strong_ordering::greater);
  EXPECT_EQ(Order("0.1", "0.09"), std::strong_ordering::greater);
}

TEST(JsonNumber, IsExactWhereDoublesAreNot) {
  EXPECT_EQ(Order("9007199254740993", "9007199254740992"), std::strong_ordering::greater);
  EXPECT_EQ(Order("0.1", "0.10000000000000000001"), std::strong_ordering::less);
  EXPECT_EQ(Order("1e400", "1e401"), std::strong_ordering::less);
  EXPECT_EQ(Order("1e-999999999999999999999", "0"), std::strong_ordering::greater);
  EXPECT_EQ(Order("1e999999999999999999999", "1e400"), std::strong_ordering::greater);
}

TEST(JsonNumber, AgreesWithDoublesWhereTheyAreExact) {
  std::mt19937 random(3);
  for (int round = 0; round < 100'000; ++round) {
    // Quarters with short decimals are exact in both.
    const auto next = [&random] { return (static_cast<int>(random() % 4001) - 2000) / 4.0; };
    const double a = next();
    const double b = next();
    const auto order = a < b   ? std::strong_ordering::less
                       : a > b ? std::strong_ordering::greater
                               : std::strong_ordering::equal;
    ASSERT_EQ(Order(std::to_string(a), std::to_string(b)), order) << a << " and " << b;
  }
}

}  // namespace
}  // namespace tripline::jit
