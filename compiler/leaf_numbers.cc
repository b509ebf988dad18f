// Numbers are read exactly where they are whole, and as doubles where they have decimals. A bound
// with decimals on an integer field is moved inwards to the next whole number.
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "compiler/leaf_families.h"

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
    case FieldType::kByte:
      return {-128, 127};
    case FieldType::kShort:
      return {-32'768, 32'767};
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

}  // namespace

LeafMeaning IntegerValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
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

LeafMeaning IntegerRangeValue(FieldType type, RangeOperator op, const Literal& value) {
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
  const auto number = ParseFloat(LiteralText(value));
  if (!number) {
    return WrongType(value, type, "a number");
  }
  return Only(jit::FloatRange{*number, *number, true, true});
}

LeafMeaning FloatRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  const auto bound = ParseFloat(LiteralText(value));
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
