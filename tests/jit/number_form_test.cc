#include "jit/number_form.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace tripline::jit {
namespace {

TEST(NumberForm, UnsignedNumbersKeepTheirOrder) {
  EXPECT_EQ(FromUnsigned(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(FromUnsigned(std::numeric_limits<std::uint64_t>::max()),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_LT(FromUnsigned(0x7FFFFFFFFFFFFFFF), FromUnsigned(0x8000000000000000));
  EXPECT_EQ(ToUnsigned(FromUnsigned(12345)), 12345U);
}

TEST(NumberForm, SinglesAndHalvesAreTheNearestOnes) {
  EXPECT_EQ(RoundedTo(NumberForm::kSingle, 6.1), static_cast<double>(6.1F));
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, 6.1), 6.1015625);
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, 2049), 2048) << "ties to even";
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, 2051), 2052);
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, 65504), 65504);
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, 65519), 65504);
  EXPECT_TRUE(std::isinf(RoundedTo(NumberForm::kHalf, 65520)));
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, std::ldexp(1, -24)), std::ldexp(1, -24));
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, std::ldexp(1, -26)), 0);
  EXPECT_EQ(RoundedTo(NumberForm::kHalf, -0.1), -0.0999755859375);
  EXPECT_TRUE(std::isinf(RoundedTo(NumberForm::kSingle, 1e300)));
  EXPECT_EQ(RoundedTo(NumberForm::kPlain, 6.1), 6.1);
}

}  // namespace
}  // namespace tripline::jit
