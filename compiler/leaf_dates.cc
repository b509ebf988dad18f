// A date with parts left out stands for all the time it names: the first or the last millisecond
// counts, as the operator has it.
#include <limits>
#include <utility>
#include <variant>

#include "base/time.h"
#include "compiler/leaf_families.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;
using Kind = grammar::Literal::Kind;

std::variant<DateMath, LeafMeaning> AbsoluteDate(FieldType type, const Literal& value) {
  const auto date = ParseDateMath(LiteralText(value));
  if (!date) {
    return WrongType(value, type, "a date such as 2026-05-01 or 2026-05-01T12:00:00Z");
  }
  if (date->IsRelative()) {
    return Problem(Severity::kNotYet, "not_yet.relative_date",
                   "dates relative to `now` inside a query are not evaluated yet",
                   "use an absolute date, or the rule's own time window");
  }
  return *date;
}

}  // namespace

LeafMeaning DateValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const auto date = AbsoluteDate(type, value);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&date)) {
    return *why_not;
  }
  const auto& math = std::get<DateMath>(date);
  return Only(jit::IntegerRange{math.Resolve({}, Rounding::kDown).time_since_epoch().count(),
                                math.Resolve({}, Rounding::kUp).time_since_epoch().count()});
}

LeafMeaning DateRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  const auto date = AbsoluteDate(type, value);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&date)) {
    return *why_not;
  }
  const auto& math = std::get<DateMath>(date);
  const bool rounds_up = op == RangeOperator::kGt || op == RangeOperator::kLte;
  const std::int64_t edge =
      math.Resolve({}, rounds_up ? Rounding::kUp : Rounding::kDown).time_since_epoch().count();
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
