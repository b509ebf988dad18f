// The tails' slow twin is direct summation of the mass by log-gammas in long double.
#include "runtime/anomaly/negative_binomial.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace tripline::runtime {
namespace {

long double MassTwin(long double count, long double mean, long double shape) {
  return std::exp(std::lgamma(count + shape) - std::lgamma(shape) - std::lgamma(count + 1.0L) +
                  count * std::log(mean / (mean + shape)) +
                  shape * std::log(shape / (mean + shape)));
}

// mass(y + 1) / mass(y)
long double Ratio(long double y, long double mean, long double shape) {
  return (y + shape) / (y + 1.0L) * mean / (mean + shape);
}

double UpperTwin(double count, double mean, double shape) {
  long double mass = MassTwin(count, mean, shape);
  long double sum = mass;
  for (long double y = count; y < mean || mass > sum * 1e-13L; ++y) {
    mass *= Ratio(y, mean, shape);
    sum += mass;
  }
  return static_cast<double>(sum);
}

double LowerTwin(double count, double mean, double shape) {
  long double mass = MassTwin(0.0L, mean, shape);
  long double sum = mass;
  for (long double y = 0.0L; y < count; ++y) {
    mass *= Ratio(y, mean, shape);
    sum += mass;
  }
  return static_cast<double>(sum);
}

double UpperTail(double count, double mean, double shape) {
  return NegativeBinomialUpperTails(count, mean, Double2{shape, 3.0})[0];
}

double LowerTail(double count, double mean, double shape) {
  return NegativeBinomialLowerTails(count, mean, Double2{3.0, shape})[1];
}

TEST(NegativeBinomial, TailsAgreeWithDirectSummation) {
  int compared = 0;
  for (const double shape : {0.05, 0.7, 3.0, 25.0, 200.0, 1e4}) {
    for (const double mean : {0.05, 1.0, 7.0, 120.0, 2000.0}) {
      if (mean > 500.0 && shape < 1.0) {
        continue;  // the twin would sum millions of terms
      }
      for (const double ratio : {0.0, 0.3, 0.9, 1.0, 1.5, 2.0, 4.0, 10.0}) {
        const double count = std::floor(mean * ratio) + (ratio > 1.0 ? 1.0 : 0.0);
        const double upper = UpperTwin(count, mean, shape);
        const double lower = LowerTwin(count, mean, shape);

        if (upper > 1e-300) {
          EXPECT_NEAR(UpperTail(count, mean, shape) / upper, 1.0, 1e-6)
              << shape << " " << mean << " " << count;
        }
        if (lower > 1e-300) {
          EXPECT_NEAR(LowerTail(count, mean, shape) / lower, 1.0, 1e-6)
              << shape << " " << mean << " " << count;
        }
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 224);
}

TEST(NegativeBinomial, TailsStayDefinedAtTheEnds) {
  for (const double count : {0.0, 1.0, 1e15}) {
    for (const double mean : {1e-13, 1.0, 1e18}) {
      for (const double shape : {1e-4, 1.0, 1e4}) {
        const double upper = UpperTail(count, mean, shape);
        const double lower = LowerTail(count, mean, shape);

        EXPECT_TRUE(upper >= 0.0 && upper <= 1.0) << count << " " << mean << " " << shape;
        EXPECT_TRUE(lower >= 0.0 && lower <= 1.0) << count << " " << mean << " " << shape;
      }
    }
  }
}

}  // namespace
}  // namespace tripline::runtime
