// A date around `now` stays a text, which is resolved when the query runs.
// A date with parts left out stands for all the time it names: the first or the last millisecond
// counts, as the operator has it.
#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "base/date_format.h"
#include "base/time.h"
#include "compiler/leaf_families.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;
using Kind = grammar::Literal::Kind;

// Which end of the time that a date names is asked for.
enum class Ends : std::uint8_t { kFirst, kLast };

std::variant<DateMath, LeafMeaning> DateOf(const LeafType& leaf, const Literal& value, Ends ends) {
  const auto format =
      leaf.date_format.empty() ? std::optional<DateFormat>() : DateFormat::Parse(leaf.date_format);
  const auto date = ParseDateMath(LiteralText(value), format ? &*format : nullptr);
  if (!date) {
    return WrongType(value, leaf.type,
                     format ? "a date in the field's format, " + leaf.date_format + ", or now-1d/d"
                            : "a date such as 2026-05-01, 2026-05-01T12:00:00Z or now-1d/d");
  }
  if (ends == Ends::kLast && format && !format->CanRoundUp() && !date->IsRelative()) {
    return Problem(
        Severity::kError, "value.wrong_type",
        "a search engine refuses to look for the end of a date of the format " + leaf.date_format,
        "ask with >= and <");
  }
  return *date;
}

// The first and the last instant that a date stands for, in what the field counts.
struct Instants {
  std::int64_t first;
  std::int64_t last;
};

// A fraction of a second is exact, whatever its width; all else ends with the last nanosecond.
Instants InNanos(const DateMath& math, const std::string& text) {
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kNanosPerMilli - 1;
  const auto clamped = [&](Timestamp time) {
    return std::clamp(time.time_since_epoch().count(), -kMost, kMost) * kNanosPerMilli;
  };
  const std::string anchor = text.substr(0, text.find("||"));
  const bool is_rounded = text.size() > anchor.size() && text.find('/', anchor.size()) != text.npos;
  const auto exact = anchor.find_first_of(".,") != std::string::npos && !is_rounded
                         ? ParseDateNanos(anchor)
                         : std::nullopt;
  const std::int64_t rest = exact ? *exact % kNanosPerMilli : 0;
  return {clamped(math.Resolve({}, Rounding::kDown)) + rest,
          clamped(math.Resolve({}, Rounding::kUp)) + (exact ? rest : kNanosPerMilli - 1)};
}

Instants InstantsOf(FieldType type, const DateMath& math, const std::string& text) {
  if (type == FieldType::kDateNanos) {
    return InNanos(math, text);
  }
  return {math.Resolve({}, Rounding::kDown).time_since_epoch().count(),
          math.Resolve({}, Rounding::kUp).time_since_epoch().count()};
}

jit::RelativeDateRange RelativeRange(RangeOperator op, std::string bound) {
  const bool is_lower_bound = op == RangeOperator::kGt || op == RangeOperator::kGte;
  const bool is_inclusive = op == RangeOperator::kGte || op == RangeOperator::kLte;
  jit::RelativeDateRange range;
  (is_lower_bound ? range.low : range.high) = std::move(bound);
  (is_lower_bound ? range.includes_low : range.includes_high) = is_inclusive;
  return range;
}

}  // namespace

LeafMeaning DateValue(const Literal& value, const LeafType& leaf) {
  const FieldType type = leaf.type;
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const auto date = DateOf(leaf, value, Ends::kLast);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&date)) {
    return *why_not;
  }
  const auto& math = std::get<DateMath>(date);
  if (math.IsRelative()) {
    return Only(jit::RelativeDateRange{LiteralText(value), LiteralText(value)});
  }
  const Instants instants = InstantsOf(type, math, LiteralText(value));
  return Only(jit::IntegerRange{instants.first, instants.last});
}

LeafMeaning DateRangeValue(const LeafType& leaf, RangeOperator op, const Literal& value) {
  const FieldType type = leaf.type;
  const bool rounds_up = op == RangeOperator::kGt || op == RangeOperator::kLte;
  const auto date = DateOf(leaf, value, rounds_up ? Ends::kLast : Ends::kFirst);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&date)) {
    return *why_not;
  }
  const auto& math = std::get<DateMath>(date);
  if (math.IsRelative()) {
    return Only(RelativeRange(op, LiteralText(value)));
  }
  const Instants instants = InstantsOf(type, math, LiteralText(value));
  const std::int64_t edge = rounds_up ? instants.last : instants.first;
  jit::IntegerRange range{std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()};
  switch (op) {
    case RangeOperator::kGt:
      range.first = edge + 1;
      break;
    case RangeOperator::kGte:
      range.first = edge;
      break;
    case RangeOperator::kLt:
      range.last = edge - 1;
      break;
    case RangeOperator::kLte:
      range.last = edge;
      break;
  }
  return Only(range);
}

}  // namespace tripline::compiler
