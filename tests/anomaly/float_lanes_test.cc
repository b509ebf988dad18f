#include "runtime/anomaly/float_lanes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tripline::runtime {
namespace {

double RelativeError(float found, double exact) {
  return std::abs(static_cast<double>(found) / exact - 1.0);
}

Float4 Lanes(float x) { return Float4{1.0F, x, 2.0F, x}; }

TEST(FloatLanes, LogarithmKeepsItsBoundOverAllMagnitudesAndNearOne) {
  for (double wide = 1e-37; wide < 1e38; wide *= 1.0037) {
    const auto x = static_cast<float>(wide);
    const auto exact = std::log(static_cast<double>(x));

    EXPECT_LT(RelativeError(FastLog(Lanes(x))[1], exact), 3e-7) << x;
  }
  for (float x = 0.9F; x < 1.1F; x += 1.1e-4F) {
    const auto exact = std::log(static_cast<double>(x));

    EXPECT_LT(RelativeError(FastLog(Lanes(x))[3], exact), 3e-7) << x;
  }
  EXPECT_EQ(FastLog(Lanes(1.0F))[1], 0.0F);
}

TEST(FloatLanes, LogarithmOfOneMoreKeepsItsBoundForLittleAndMuch) {
  for (double wide = 1e-37; wide < 9e37; wide *= 1.0037) {
    const auto x = static_cast<float>(wide);
    const auto exact = std::log1p(static_cast<double>(x));

    EXPECT_LT(RelativeError(FastLog1p(Lanes(x))[1], exact), 3e-7) << x;
  }
  EXPECT_EQ(FastLog1p(Lanes(0.0F))[1], 0.0F);
}

TEST(FloatLanes, ExponentialsKeepTheirBoundsAndClamp) {
  for (float x = -86.9F; x < 87.9F; x += 0.0317F) {
    const auto wide = static_cast<double>(x);

    EXPECT_LT(RelativeError(FastExp(Lanes(x))[1], std::exp(wide)), 2e-7) << x;
    EXPECT_LT(RelativeError(FastExpM1(Lanes(x))[1], std::expm1(wide)), 2e-7) << x;
  }
  for (double size = 1e-30; size < 1.0; size *= 1.037) {
    const auto x = static_cast<float>(size);

    EXPECT_LT(RelativeError(FastExpM1(Lanes(x))[1], std::expm1(static_cast<double>(x))), 2e-7);
    EXPECT_LT(RelativeError(FastExpM1(Lanes(-x))[1], std::expm1(static_cast<double>(-x))), 2e-7);
  }
  EXPECT_EQ(FastExp(Lanes(-1e9F))[1], FastExp(Lanes(-87.0F))[1]);
  EXPECT_EQ(FastExp(Lanes(std::numeric_limits<float>::infinity()))[1], FastExp(Lanes(88.0F))[1]);
}

TEST(FloatLanes, SumAndLargestLookAtEveryLane) {
  EXPECT_EQ(Sum(Float4{1.0F, 20.0F, 300.0F, 4000.0F}), 4321.0F);
  EXPECT_EQ(Largest(Float4{4.0F, 1.0F, 2.0F, 3.0F}), 4.0F);
  EXPECT_EQ(Largest(Float4{1.0F, 2.0F, 3.0F, 4.0F}), 4.0F);
}

}  // namespace
}  // namespace tripline::runtime
