// The parts of an expectation, for people.
#include <algorithm>
#include <cmath>

#include "runtime/anomaly/count_law.h"
#include "runtime/anomaly/series_model.h"

namespace tripline::runtime {

Explanation SeriesModel::Explain(const BucketCalendar& calendar, CountFunction function,
                                 BucketPoint point) const {
  const Assessment a = Score(calendar, function, point, 1.0);
  Explanation e;
  const Features& features = calendar.FeaturesAt(a.week_cell);
  const Features& mean = regression_.mean();
  auto day = static_cast<double>(a.cells.day);
  for (std::size_t term = 1; term < 11; ++term) {
    day += static_cast<double>(features[term] * mean[term]);
  }
  e.usual_rate = RateOf(static_cast<double>(mean[0]));
  e.time_of_day = RateOf(day);
  e.day_of_week = RateOf(a.usual_log_rate - static_cast<double>(mean[0]) - day);
  e.level_now = RateOf(a.levels.level);
  e.expected = a.typical;
  // The smallest counts whose tails fall below 2.5 %, by bisection over whole counts.
  const auto quantile = [&](double tail) {
    double low = 0.0;
    double high = std::min(kMaxCount, 100.0 * (a.rate + 10.0));
    while (high - low > 0.5) {
      const double middle = std::floor((low + high) / 2.0);
      (a.shapes.LowerTail(middle, a.rate) < tail ? low : high) =
          a.shapes.LowerTail(middle, a.rate) < tail ? middle + 1.0 : middle;
    }
    return high;
  };
  e.lower = quantile(0.025);
  e.upper = quantile(0.975);
  return e;
}

}  // namespace tripline::runtime
