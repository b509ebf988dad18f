// RelativeDates: the leaves of a Program that ask for dates around `now`. What they mean changes
// from run to run, so they are not decided per value like others, but per value and row: against
// the time of the run that first looks at the row (docs/windows.md), or, without times of rows,
// against one clock. Part of the Matcher.
//
//   RelativeDates dates(program);
//   dates.Match(batch, clock, leaves);      // sets the bits of those leaves, beside what is set
//   already
//
// Immutable once made; any number of threads may match.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "jit/block_bits.h"
#include "jit/program.h"
#include "runtime/batch.h"

namespace tripline::runtime {

/// The time of a row that has none.
inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

/// What `now` in a query means, in milliseconds since the epoch: of a row whose own time is known,
/// the time of the run that first looks at it; of others `now`.
struct RowClock {
  std::int64_t now = 0;
  std::span<const std::int64_t> times{};  // one a row, or none at all
};

class RelativeDates {
 public:
  /// Requires: Verify accepts the Program.
  explicit RelativeDates(const jit::Program& program);

  [[nodiscard]] bool empty() const { return questions_.empty(); }
  /// Requires columns of the Program's fields, whose codes and offsets CheckBatch accepts.
  void Match(const Batch& batch, const RowClock& clock, jit::LeafBitmaps& leaves) const;

 private:
  struct Question {
    jit::LeafIndex leaf = 0;
    jit::FieldIndex field = 0;
    std::optional<DateMath> low;
    std::optional<DateMath> high;
    bool includes_low = true;
    bool includes_high = true;
    std::int64_t run_interval = 0;  // milliseconds
    bool is_in_nanos = false;
  };

  static jit::IntegerRange RangeAt(const Question& question, std::int64_t now);

  std::vector<Question> questions_;
};

}  // namespace tripline::runtime
