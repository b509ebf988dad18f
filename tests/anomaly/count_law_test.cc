// The slow twins are the same formulas in long double, where nothing cancels that matters.
#include "runtime/anomaly/count_law.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace tripline::runtime {
namespace {

constexpr std::array kCounts = {0.0, 1.0, 3.0, 40.0, 1000.0, 1e6, 1e15};
constexpr std::array kRates = {1e-13, 1e-3, 0.7, 25.0, 990.0, 1.01e6, 1e15, 1e20};
constexpr std::array kShapes = {0.09, 3.0, 250.0, 990.0};

Float4 All(double value) { return Float4{} + static_cast<float>(value); }

TEST(CountLaw, DevianceOfFourKeepsItsBound) {
  for (const double count : kCounts) {
    for (const double rate : kRates) {
      for (const double shape : kShapes) {
        const long double y = static_cast<float>(count);
        const long double m = static_cast<float>(rate);
        const long double s = static_cast<float>(shape);
        const long double ratio = std::log((y + s) / (m + s));
        // count ln(count / rate) - count ln((count + s) / (rate + s)), without their difference
        const long double first = y > 0 ? y * std::log1p(s * (y - m) / (m * (y + s))) : 0.0L;
        const CountGap gap = GapBetween(All(count), All(rate), All(shape));

        const auto terms = static_cast<double>(std::abs(first) + std::abs(s * ratio));
        EXPECT_NEAR(gap.deviance[2], static_cast<double>(first - s * ratio), 1e-6 * terms + 1e-12)
            << count << " " << rate << " " << shape;
        EXPECT_NEAR(gap.log_ratio[1], static_cast<double>(ratio),
                    1e-6 * std::abs(static_cast<double>(ratio)) + 1e-12);
      }
    }
  }
}

TEST(CountLaw, LawsOfFourRatesAreThoseOfOne) {
  for (const double dispersion : {1e-4, 0.02, 0.5, 1.5}) {
    for (double rate = 1e-8; rate < 1e4; rate *= 3.3) {
      const CountLaw one =
          LawOfCount(static_cast<double>(static_cast<float>(rate)), dispersion, true);
      const Float4 rates{static_cast<float>(rate), 100.0F, 1.0F, 1e-9F};
      const FourLaws four = LawsOfCounts(rates, static_cast<float>(dispersion), true);

      EXPECT_NEAR(static_cast<double>(four.mean[0]) / one.mean, 1.0, 2e-6) << rate;
      // The slope is what is left of the mean, and never less than a thousandth of it.
      EXPECT_NEAR(four.slope[0], one.slope, 2e-6 * one.mean) << rate;
      EXPECT_NEAR(std::exp(static_cast<double>(four.log_filled[0])) * one.mean / rate, 1.0, 2e-6)
          << rate;
    }
  }
}

TEST(CountLaw, RatesThatLeaveNoBucketEmptyAreTheirOwnMeans) {
  const Float4 rates{30.0F, 100.0F, 1e6F, 1e20F};
  const FourLaws missing = LawsOfCounts(rates, 0.1F, true);
  const FourLaws data = LawsOfCounts(All(0.5), 0.1F, false);

  for (int lane = 0; lane < 4; ++lane) {
    EXPECT_EQ(missing.mean[lane], rates[lane]);
    EXPECT_EQ(missing.slope[lane], rates[lane]);
    EXPECT_EQ(missing.log_filled[lane], 0.0F);
    EXPECT_EQ(data.mean[lane], 0.5F);
  }
}

}  // namespace
}  // namespace tripline::runtime
