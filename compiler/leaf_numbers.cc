// Numbers are read exactly where they are whole, and as doubles where they have decimals. A bound
// with decimals on an integer field is moved inwards to the next whole number.
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "compiler/leaf_families.h"
#include "jit/number_form.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;
using Kind = grammar::Literal::Kind;

std::optional<double> ParseFloat(const std::string& text) {
  double number = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(begin, end, number);
  return problem == std::errc() && rest == end && std::isfinite(number) ? std::optional(number)
                                                                        : std::nullopt;
}

struct IntegerLimits {
  std::int64_t lowest;
  std::int64_t highest;
};

IntegerLimits LimitsOf(FieldType type) {
  switch (type) {
    case FieldType::kByte:  // is asked as an integer: a number that it cannot hold is no mistake
    case FieldType::kShort:
    case FieldType::kInteger:
      return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

LeafMeaning OutOfRange(const Literal& value, FieldType type) {
  const IntegerLimits limits = LimitsOf(type);
  return WrongType(
      value, type,
      "a number from " + std::to_string(limits.lowest) + " to " + std::to_string(limits.highest));
}

std::optional<std::int64_t> ParseInteger(const std::string& text) {
  std::int64_t number = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(begin, end, number);
  return problem == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// A whole number inside the type's limits; or why not.
std::variant<std::int64_t, LeafMeaning> WholeNumber(const Literal& value, FieldType type,
                                                    bool rounds_up) {
  const std::string text = LiteralText(value);
  const auto exact = ParseInteger(text);
  const auto number = exact ? std::optional(static_cast<double>(*exact)) : ParseFloat(text);
  if (!number) {
    return WrongType(value, type, "a number");
  }
  const double whole = rounds_up ? std::ceil(*number) : std::floor(*number);
  const IntegerLimits limits = LimitsOf(type);
  const bool is_inside_int64 = exact || (whole >= -0x1p63 && whole < 0x1p63);
  const std::int64_t answer =
      exact ? *exact : (is_inside_int64 ? static_cast<std::int64_t>(whole) : 0);
  if (!is_inside_int64 || answer < limits.lowest || answer > limits.highest) {
    return OutOfRange(value, type);
  }
  return answer;
}

// ---- scaled_float: whole numbers of 1 / scale ---------------------------------------------------

LeafMeaning ScaledValue(const Literal& value, double scale) {
  const auto number = ParseFloat(LiteralText(value));
  if (!number) {
    return WrongType(value, FieldType::kScaledFloat, "a number");
  }
  const double scaled = std::floor(*number * scale + 0.5);
  if (!(std::abs(scaled) < 0x1p63)) {
    return Never();
  }
  const auto whole = static_cast<std::int64_t>(scaled);
  return Only(jit::IntegerRange{whole, whole});
}

LeafMeaning ScaledRangeValue(RangeOperator op, const Literal& value, double scale) {
  const auto number = ParseFloat(LiteralText(value));
  if (!number) {
    return WrongType(value, FieldType::kScaledFloat, "a number");
  }
  // A bound is rounded as a document's value is; then it counts, or what lies beyond it.
  const bool is_lower_bound = op == RangeOperator::kGt || op == RangeOperator::kGte;
  const double scaled = *number * scale;
  double bound = std::floor(scaled);
  bound += scaled - bound >= 0.5 ? 1 : 0;
  if (op == RangeOperator::kGt || op == RangeOperator::kLt) {
    bound += is_lower_bound ? 1 : -1;
  }
  jit::IntegerRange range{std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()};
  if (std::abs(bound) < 0x1p63) {
    (is_lower_bound ? range.first : range.last) = static_cast<std::int64_t>(bound);
    return Only(range);
  }
  return (bound > 0) == is_lower_bound ? Never() : Only(range);
}

// ---- unsigned_long: 0 to 2^64 - 1, with 2^63 taken away -----------------------------------------

// A number as its whole part, and whether there is more; a text of digits is exact.
struct Unsigned {
  bool is_negative = false;
  bool is_too_large = false;
  std::uint64_t whole = 0;
  bool has_fraction = false;
};

std::optional<Unsigned> ParseUnsigned(const std::string& text) {
  Unsigned number;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(begin, end, number.whole);
  if (problem == std::errc() && rest == end) {
    return number;
  }
  const auto value = ParseFloat(text);
  if (!value) {
    return std::nullopt;
  }
  const double whole = std::trunc(*value);
  number.has_fraction = whole != *value;
  number.is_negative = *value < 0;
  number.is_too_large = whole >= 0x1p64;
  number.whole = number.is_negative || number.is_too_large ? 0 : static_cast<std::uint64_t>(whole);
  return number;
}

LeafMeaning UnsignedValue(const Literal& value) {
  const auto number = ParseUnsigned(LiteralText(value));
  if (!number || number->is_negative || number->is_too_large) {
    return WrongType(value, FieldType::kUnsignedLong, "a number from 0 to 18446744073709551615");
  }
  if (number->has_fraction) {
    return Problem(Severity::kWarning, "value.never_matches",
                   "`" + LiteralText(value) + "` has decimals, which no whole number has",
                   "write a whole number or a range");
  }
  const std::int64_t place = jit::FromUnsigned(number->whole);
  return Only(jit::IntegerRange{place, place});
}

LeafMeaning UnsignedRangeValue(RangeOperator op, const Literal& value) {
  const auto number = ParseUnsigned(LiteralText(value));
  if (!number || number->is_negative || number->is_too_large) {
    return WrongType(value, FieldType::kUnsignedLong, "a number from 0 to 18446744073709551615");
  }
  jit::IntegerRange range{std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()};
  const std::int64_t place = jit::FromUnsigned(number->whole);
  const bool is_exclusive = op == RangeOperator::kGt || op == RangeOperator::kLt;
  if (op == RangeOperator::kGt || op == RangeOperator::kGte) {
    const bool is_next = number->has_fraction || is_exclusive;
    if (is_next && place == range.last) {
      return Never();
    }
    range.first = is_next ? place + 1 : place;
  } else {
    const bool is_before = !number->has_fraction && is_exclusive;
    if (is_before && place == range.first) {
      return Never();
    }
    range.last = is_before ? place - 1 : place;
  }
  return Only(range);
}

// What the field keeps of a number.
double Rounded(FieldType type, double number) {
  const jit::NumberForm form = type == FieldType::kFloat       ? jit::NumberForm::kSingle
                               : type == FieldType::kHalfFloat ? jit::NumberForm::kHalf
                                                               : jit::NumberForm::kPlain;
  return jit::RoundedTo(form, number);
}

std::optional<double> ParseRounded(const Literal& value, FieldType type) {
  const auto number = ParseFloat(LiteralText(value));
  const double rounded = number ? Rounded(type, *number) : 0;
  return number && std::isfinite(rounded) ? std::optional(rounded) : std::nullopt;
}

}  // namespace

LeafMeaning IntegerValue(const Literal& value, const LeafType& leaf) {
  const FieldType type = leaf.type;
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  if (type == FieldType::kScaledFloat) {
    return ScaledValue(value, leaf.scale);
  }
  if (type == FieldType::kUnsignedLong) {
    return UnsignedValue(value);
  }
  const auto low = WholeNumber(value, type, false);
  const auto high = WholeNumber(value, type, true);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&low)) {
    return *why_not;
  }
  if (low.index() != high.index() || std::get<std::int64_t>(low) != std::get<std::int64_t>(high)) {
    return Problem(Severity::kWarning, "value.never_matches",
                   "`" + LiteralText(value) + "` has decimals, which no value of a field of type " +
                       FieldTypeName(type) + " has",
                   "write a whole number or a range");
  }
  return Only(jit::IntegerRange{std::get<std::int64_t>(low), std::get<std::int64_t>(low)});
}

LeafMeaning IntegerRangeValue(const LeafType& leaf, RangeOperator op, const Literal& value) {
  const FieldType type = leaf.type;
  if (type == FieldType::kScaledFloat) {
    return ScaledRangeValue(op, value, leaf.scale);
  }
  if (type == FieldType::kUnsignedLong) {
    return UnsignedRangeValue(op, value);
  }
  const bool is_lower_bound = op == RangeOperator::kGt || op == RangeOperator::kGte;
  const bool is_strict = op == RangeOperator::kGt || op == RangeOperator::kLt;
  const auto bound = WholeNumber(value, type, is_lower_bound);
  if (const auto* const why_not = std::get_if<LeafMeaning>(&bound)) {
    return *why_not;
  }
  std::int64_t edge = std::get<std::int64_t>(bound);
  const auto other_way = WholeNumber(value, type, !is_lower_bound);
  const bool was_whole =
      std::holds_alternative<std::int64_t>(other_way) && std::get<std::int64_t>(other_way) == edge;
  jit::IntegerRange range{std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()};
  if (is_strict && was_whole) {
    if (edge == (is_lower_bound ? range.last : range.first)) {
      return Never();
    }
    edge += is_lower_bound ? 1 : -1;
  }
  (is_lower_bound ? range.first : range.last) = edge;
  return Only(range);
}

LeafMeaning FloatValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const auto number = ParseRounded(value, type);
  if (!number) {
    return WrongType(value, type, "a number");
  }
  return Only(jit::FloatRange{*number, *number, true, true});
}

LeafMeaning FloatRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  // A 16-bit float is compared with bounds that are rounded to 32 bits only.
  const auto bound = ParseRounded(value, type == FieldType::kHalfFloat ? FieldType::kFloat : type);
  if (!bound) {
    return WrongType(value, type, "a number");
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool is_inclusive = op == RangeOperator::kGte || op == RangeOperator::kLte;
  if (op == RangeOperator::kGt || op == RangeOperator::kGte) {
    return Only(jit::FloatRange{*bound, kInfinity, is_inclusive, true});
  }
  return Only(jit::FloatRange{-kInfinity, *bound, true, is_inclusive});
}

}  // namespace tripline::compiler
