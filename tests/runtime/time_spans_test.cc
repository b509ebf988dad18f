#include "runtime/time_spans.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

namespace tripline::runtime {
namespace {

Timestamp At(std::int64_t milliseconds) { return Timestamp(Milliseconds(milliseconds)); }

// The judge is a bit for each millisecond.
TEST(TimeSpans, HoldWhatWasAddedAndNotRemoved) {
  constexpr std::size_t kEnd = 200;
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    TimeSpans spans;
    std::bitset<kEnd> wanted;
    for (int j = 0; j < 30; ++j) {
      const std::size_t first = random() % kEnd;
      const std::size_t last = std::min(kEnd - 1, first + random() % 30);
      const bool is_added = random() % 3 != 0;
      const TimeSpan span{At(static_cast<std::int64_t>(first)),
                          At(static_cast<std::int64_t>(last))};
      is_added ? spans.Add(span) : spans.Remove(span);
      for (std::size_t at = first; at <= last; ++at) {
        wanted[at] = is_added;
      }
      std::size_t num_spans = 0;
      for (std::size_t at = 0; at < kEnd; ++at) {
        ASSERT_EQ(spans.Has(At(static_cast<std::int64_t>(at))), wanted[at]);
        num_spans += wanted[at] && (at == 0 || !wanted[at - 1]) ? 1 : 0;
      }
      ASSERT_EQ(spans.size(), num_spans);
    }
  }
}

TEST(TimeSpans, CloseTheNarrowestGapsFirst) {
  TimeSpans spans;
  for (const std::int64_t first : {0, 100, 110, 300}) {
    spans.Add({At(first), At(first + 5)});
  }
  spans.Coarsen(3);
  EXPECT_EQ(spans.Spans(),
            (std::vector<TimeSpan>{{At(0), At(5)}, {At(100), At(115)}, {At(300), At(305)}}));
  spans.Coarsen(1);
  EXPECT_EQ(spans.Spans(), (std::vector<TimeSpan>{{At(0), At(305)}}));
}

}  // namespace
}  // namespace tripline::runtime
