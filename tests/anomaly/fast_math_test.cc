#include "runtime/anomaly/fast_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tripline::runtime {
namespace {

TEST(FastMath, LogarithmKeepsItsBoundOverAllMagnitudes) {
  for (double x = 1e-300; x < 1e300; x *= 1.0371) {
    const double exact = std::log(x);

    EXPECT_NEAR(FastLog(x), exact, 1e-12 * std::max(1.0, std::abs(exact))) << x;
  }
}

TEST(FastMath, ExponentialKeepsItsBoundAndClamps) {
  for (double x = -699.0; x < 699.0; x += 0.0917) {
    EXPECT_NEAR(FastExp(x) / std::exp(x), 1.0, 1e-11) << x;
  }
  EXPECT_EQ(FastExp(-1e9), FastExp(-700.0));
  EXPECT_EQ(FastExp(std::numeric_limits<double>::infinity()), FastExp(700.0));
}

TEST(FastMath, LanesGiveTheBitsOfTheSingleForm) {
  for (double x = 0.001; x < 1000.0; x *= 1.17) {
    const Double2 logs = FastLog(Double2{x, 3.0 * x});
    const Double2 powers = FastExp(Double2{x, -x});

    EXPECT_EQ(logs[0], FastLog(x));
    EXPECT_EQ(logs[1], FastLog(3.0 * x));
    EXPECT_EQ(powers[0], FastExp(x));
    EXPECT_EQ(powers[1], FastExp(-x));
  }
}

TEST(FastMath, NormalTailKeepsItsBoundOnBothSides) {
  for (double z = -37.0; z < 37.0; z += 0.0113) {
    const double exact = 0.5 * std::erfc(z / std::sqrt(2.0));
    const Double2 tails = FastNormalUpperTail(Double2{z, -z});

    EXPECT_NEAR(tails[0] / exact, 1.0, 1e-8) << z;
    EXPECT_NEAR(tails[0] + tails[1], 1.0, 1e-15) << z;
  }
  EXPECT_EQ(FastNormalUpperTail(Double2{40.0, 0.0})[0], FastNormalUpperTail(Double2{37.0, 0.0})[0]);
}

}  // namespace
}  // namespace tripline::runtime
