// TimeSpans: stretches of event time, apart from each other and in order.
//
//   TimeSpans spans;
//   spans.Add({noon, one_o_clock});
//   spans.Remove({noon, noon});        // one millisecond less
//   spans.Has(one_o_clock)             // true: both ends belong to a span
//
// Plain value; a const object serves any number of threads.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/time.h"

namespace tripline::runtime {

/// first <= time <= last.
struct TimeSpan {
  Timestamp first;
  Timestamp last;

  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

class TimeSpans {
 public:
  /// Spans that overlap or touch become one. Requires first <= last.
  void Add(const TimeSpan& span);
  void Remove(const TimeSpan& span);
  /// Closes the narrowest gaps until there are at most `most` spans. Requires most > 0.
  void Coarsen(std::size_t most);

  [[nodiscard]] bool Has(Timestamp time) const;
  [[nodiscard]] bool IsEmpty() const { return last_of_.empty(); }
  [[nodiscard]] std::size_t size() const { return last_of_.size(); }
  /// In the order of time.
  [[nodiscard]] std::vector<TimeSpan> Spans() const;

 private:
  std::map<Timestamp, Timestamp> last_of_;  // by a span's first time
};

}  // namespace tripline::runtime
