#include "runtime/number_form.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/time.h"
#include "jit/number_form.h"
#include "runtime/decimal.h"

namespace tripline::runtime {
namespace {

using jit::NumberForm;

// Years 1 to 9999, as base/time.h has it.
constexpr std::int64_t kFirstMillisecond = -62135596800000;
constexpr std::int64_t kLastMillisecond = 253402300799999;
constexpr std::int64_t kNanosPerMilli = 1'000'000;

// Digits before a point, an exponent or the end; a fraction is cut off.
std::optional<std::int64_t> UnsignedOfText(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc() && (rest == end || *rest == '.') && ParseDecimal(text)) {
    return jit::FromUnsigned(number);
  }
  const std::optional<std::int64_t> value = TruncateDecimal(text);
  return value && *value >= 0 ? std::optional(jit::FromUnsigned(static_cast<std::uint64_t>(*value)))
                              : std::nullopt;
}

std::optional<std::int64_t> InCalendar(std::optional<std::int64_t> milliseconds) {
  if (milliseconds && (*milliseconds < kFirstMillisecond || *milliseconds > kLastMillisecond)) {
    return std::nullopt;
  }
  return milliseconds;
}

}  // namespace

std::optional<std::int64_t> IntegerOfText(const jit::Field& field, std::string_view text) {
  switch (field.form) {
    case NumberForm::kUnsigned:
      return UnsignedOfText(text);
    case NumberForm::kScaled: {
      const std::optional<double> value = ParseDecimal(text);
      return value ? ScaledOf(*value, field.scale) : std::nullopt;
    }
    case NumberForm::kPlain:
    case NumberForm::kSingle:
    case NumberForm::kHalf:
    case NumberForm::kNanos:
      break;
  }
  return TruncateDecimal(text);
}

std::optional<std::int64_t> DateOfText(const jit::Field& field,
                                       const std::optional<DateFormat>& format,
                                       std::string_view text) {
  if (format) {
    const std::optional<DateRange> range = format->Read(text);
    return range ? std::optional(range->first.time_since_epoch().count()) : std::nullopt;
  }
  if (field.form == NumberForm::kNanos) {
    return ParseDateNanos(text);
  }
  const std::optional<Timestamp> time = ParseDate(text);
  return InCalendar(time ? std::optional(time->time_since_epoch().count()) : std::nullopt);
}

std::optional<std::int64_t> IntegerInForm(const jit::Field& field,
                                          std::optional<std::int64_t> value) {
  if (!value) {
    return value;
  }
  switch (field.form) {
    case NumberForm::kUnsigned:
      return *value < 0 ? std::nullopt
                        : std::optional(jit::FromUnsigned(static_cast<std::uint64_t>(*value)));
    case NumberForm::kScaled:
      return ScaledOf(static_cast<double>(*value), field.scale);
    case NumberForm::kNanos:
      return *value >= 0 && *value <= std::numeric_limits<std::int64_t>::max() / kNanosPerMilli
                 ? std::optional(*value * kNanosPerMilli)
                 : std::nullopt;
    case NumberForm::kPlain:
    case NumberForm::kSingle:
    case NumberForm::kHalf:
      break;
  }
  return value;
}

std::optional<double> FloatInForm(const jit::Field& field, std::optional<double> value) {
  if (!value) {
    return value;
  }
  const double rounded = jit::RoundedTo(field.form, *value);
  return std::isfinite(rounded) ? std::optional(rounded) : std::nullopt;
}

std::optional<std::int64_t> ScaledOf(double value, double scale) {
  return Truncate(std::floor(value * scale + 0.5));
}

}  // namespace tripline::runtime
