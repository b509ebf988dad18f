#include "runtime/time_spans.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "base/check.h"
#include "base/time.h"

namespace tripline::runtime {
namespace {

constexpr Milliseconds kTick(1);

}  // namespace

void TimeSpans::Add(const TimeSpan& span) {
  Check(span.first <= span.last, "a span does not end before it begins");
  TimeSpan whole = span;
  auto at = last_of_.upper_bound(span.first);
  if (at != last_of_.begin() && std::prev(at)->second >= span.first - kTick) {
    at = std::prev(at);
  }
  while (at != last_of_.end() && at->first <= whole.last + kTick) {
    whole.first = std::min(whole.first, at->first);
    whole.last = std::max(whole.last, at->second);
    at = last_of_.erase(at);
  }
  last_of_[whole.first] = whole.last;
}

void TimeSpans::Remove(const TimeSpan& span) {
  Check(span.first <= span.last, "a span does not end before it begins");
  auto at = last_of_.upper_bound(span.first);
  if (at != last_of_.begin() && std::prev(at)->second >= span.first) {
    at = std::prev(at);
  }
  while (at != last_of_.end() && at->first <= span.last) {
    const TimeSpan cut{at->first, at->second};
    at = last_of_.erase(at);
    if (cut.first < span.first) {
      last_of_[cut.first] = span.first - kTick;
    }
    if (cut.last > span.last) {
      last_of_[span.last + kTick] = cut.last;
      break;
    }
  }
}

void TimeSpans::Coarsen(std::size_t most) {
  Check(most > 0, "some span stays");
  while (last_of_.size() > most) {
    auto narrowest = last_of_.begin();
    Milliseconds width = Milliseconds::max();
    for (auto at = last_of_.begin(); std::next(at) != last_of_.end(); ++at) {
      if (std::next(at)->first - at->second < width) {
        width = std::next(at)->first - at->second;
        narrowest = at;
      }
    }
    narrowest->second = std::next(narrowest)->second;
    last_of_.erase(std::next(narrowest));
  }
}

bool TimeSpans::Has(Timestamp time) const {
  const auto after = last_of_.upper_bound(time);
  return after != last_of_.begin() && std::prev(after)->second >= time;
}

std::vector<TimeSpan> TimeSpans::Spans() const {
  std::vector<TimeSpan> spans;
  for (const auto& [first, last] : last_of_) {
    spans.push_back({first, last});
  }
  return spans;
}

}  // namespace tripline::runtime
