#include "runtime/relative_dates.h"

#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "runtime/column_slots.h"

namespace tripline::runtime {
namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;
// Years 1 to 9999, outside of which no clock of an event stands.
constexpr std::int64_t kFirstMillisecond = -62'135'596'800'000;
constexpr std::int64_t kLastMillisecond = 253'402'300'799'999;

std::optional<DateMath> MathOf(const std::optional<std::string>& bound) {
  return bound ? ParseDateMath(*bound) : std::nullopt;
}

// The time of the first run that looks at an event of this time.
std::int64_t RunAt(std::int64_t time, std::int64_t interval) {
  if (interval <= 0) {
    return time;
  }
  const std::int64_t over = ((time % interval) + interval) % interval;
  return over == 0 ? time : time - over + interval;
}

std::int64_t NowOf(const RowClock& clock, std::uint32_t row, std::int64_t interval) {
  const std::int64_t time = row < clock.times.size() ? clock.times[row] : kNoTime;
  const bool is_known = interval > 0 && time >= kFirstMillisecond && time <= kLastMillisecond;
  return is_known ? RunAt(time, interval) : clock.now;
}

}  // namespace

RelativeDates::RelativeDates(const jit::Program& program) {
  for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
    const jit::Field& field = program.fields[program.leaves[leaf].field];
    for (const jit::Atom& atom : program.leaves[leaf].atoms) {
      if (const auto* const range = std::get_if<jit::RelativeDateRange>(&atom)) {
        questions_.push_back({.leaf = leaf,
                              .field = program.leaves[leaf].field,
                              .low = MathOf(range->low),
                              .high = MathOf(range->high),
                              .includes_low = range->includes_low,
                              .includes_high = range->includes_high,
                              .run_interval = range->run_interval,
                              .is_in_nanos = field.form == jit::NumberForm::kNanos});
      }
    }
  }
}

// As compiler/leaf_dates.cc has it of dates that stand still.
jit::IntegerRange RelativeDates::RangeAt(const Question& question, std::int64_t now) {
  const std::int64_t per_milli = question.is_in_nanos ? kNanosPerMilli : 1;
  const std::int64_t slack = per_milli - 1;
  jit::IntegerRange range{std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()};
  const auto resolve = [now](const DateMath& math, Rounding rounding) {
    return math.Resolve(Timestamp(Milliseconds(now)), rounding).time_since_epoch().count();
  };
  // Outside of 1678 to 2262 there are no nanoseconds: such a bound is none, or leaves nothing.
  const std::int64_t most = range.last / per_milli - 1;
  if (question.low) {
    const std::int64_t edge =
        resolve(*question.low, question.includes_low ? Rounding::kDown : Rounding::kUp);
    range.first = edge < -most            ? range.first
                  : edge > most           ? range.last
                  : question.includes_low ? edge * per_milli
                                          : edge * per_milli + slack + 1;
  }
  if (question.high) {
    const std::int64_t edge =
        resolve(*question.high, question.includes_high ? Rounding::kUp : Rounding::kDown);
    range.last = edge > most              ? range.last
                 : edge < -most           ? std::numeric_limits<std::int64_t>::min()
                 : question.includes_high ? edge * per_milli + slack
                                          : edge * per_milli - 1;
  }
  return range;
}

void RelativeDates::Match(const Batch& batch, const RowClock& clock,
                          jit::LeafBitmaps& leaves) const {
  for (const Question& question : questions_) {
    const Column& column = batch.columns[question.field];
    if (column.is_empty) {
      continue;
    }
    std::optional<std::int64_t> now;  // that `range` was resolved at
    jit::IntegerRange range;
    std::uint64_t* words = nullptr;
    ForEachSlot(column, batch.num_rows, [&](std::uint32_t slot, std::uint32_t row) {
      if (!column.present.empty() && ((column.present[slot / 64] >> (slot % 64)) & 1U) == 0) {
        return;
      }
      if (const std::int64_t at = NowOf(clock, row, question.run_interval); at != now) {
        now = at;
        range = RangeAt(question, at);
      }
      const std::int64_t value = column.integers[slot];
      if (range.first <= value && value <= range.last) {
        words = words == nullptr ? leaves.Words(question.leaf) : words;
        words[row / 64] |= std::uint64_t{1} << (row % 64);
      }
    });
  }
}

}  // namespace tripline::runtime
