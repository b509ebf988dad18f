#include "runtime/column_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "base/time.h"
#include "jit/number_form.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/column_slots.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;

constexpr Timestamp kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp kLast = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) +
                            std::chrono::days(1) - Milliseconds(1);

// Where a linear look for repeated values would take long.
constexpr std::size_t kManyValues = 16;

std::optional<Timestamp> InCalendar(std::int64_t milliseconds) {
  const Timestamp time{Milliseconds(milliseconds)};
  return time < kFirst || time > kLast ? std::nullopt : std::optional(time);
}

std::int64_t MillisecondsAt(const Column& column, std::uint32_t slot) {
  constexpr std::int64_t kNanosPerMilli = 1'000'000;
  const std::int64_t value = column.integers[slot];
  return column.form == jit::NumberForm::kNanos ? value / kNanosPerMilli : value;
}

// A 32-bit float as the decimal that it was read from, if that was short enough: 6.1,
// not 6.0999999.
double FloatAt(const Column& column, std::uint32_t slot) {
  const double value = column.floats[slot];
  if (column.form != jit::NumberForm::kSingle) {
    return value;
  }
  std::array<char, 32> digits;
  const auto written =
      std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<float>(value));
  double shortest = value;
  (void)std::from_chars(digits.data(), written.ptr, shortest);
  return shortest;
}

std::string IntegerTermAt(const Column& column, std::int64_t value) {
  switch (column.form) {
    case jit::NumberForm::kScaled:
      return FloatTerm(static_cast<double>(value) / column.scale);
    case jit::NumberForm::kUnsigned: {
      const std::uint64_t number = jit::ToUnsigned(value);
      return number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                 ? IntegerTerm(static_cast<std::int64_t>(number))
                 : FloatTerm(static_cast<double>(number));
    }
    case jit::NumberForm::kPlain:
    case jit::NumberForm::kSingle:
    case jit::NumberForm::kHalf:
    case jit::NumberForm::kNanos:
      break;
  }
  return IntegerTerm(value);
}

std::optional<Timestamp> TimeAt(const Column& column, std::uint32_t slot) {
  switch (column.kind) {
    case ColumnKind::kDate:
    case ColumnKind::kInteger:
      return InCalendar(MillisecondsAt(column, slot));
    case ColumnKind::kString:
    case ColumnKind::kText:
      return ParseDate(column.dictionary.values[column.codes[slot]]);
    case ColumnKind::kFloat:
    case ColumnKind::kBoolean:
    case ColumnKind::kAddress:
    case ColumnKind::kObject:
    case ColumnKind::kDelegated:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string TermAt(const Column& column, std::uint32_t slot) {
  switch (column.kind) {
    case ColumnKind::kString:
    case ColumnKind::kText:
      return StringTerm(column.dictionary.values[column.codes[slot]]);
    case ColumnKind::kAddress: {
      IpAddress address;
      std::memcpy(address.bytes.data(), column.dictionary.values[column.codes[slot]].data(),
                  address.bytes.size());
      return AddressTerm(address);
    }
    case ColumnKind::kInteger:
      return IntegerTermAt(column, column.integers[slot]);
    case ColumnKind::kDate:
      return DateTerm(Timestamp(Milliseconds(MillisecondsAt(column, slot))));
    case ColumnKind::kBoolean:
      return BooleanTerm(column.integers[slot] != 0);
    case ColumnKind::kFloat:
      return FloatTerm(FloatAt(column, slot));
    case ColumnKind::kObject:
    case ColumnKind::kDelegated:
      break;
  }
  return {};
}

}  // namespace

std::optional<Timestamp> EarliestTime(const Column& column, std::uint32_t row) {
  const SlotRange slots = SlotsOf(column, row);
  std::optional<Timestamp> earliest;
  for (std::uint32_t slot = slots.begin; slot < slots.end; ++slot) {
    const std::optional<Timestamp> time =
        HasValue(column, slot) ? TimeAt(column, slot) : std::nullopt;
    if (time && (!earliest || *time < *earliest)) {
      earliest = time;
    }
  }
  return earliest;
}

void AppendTerms(const Column& column, std::uint32_t row, std::vector<std::string>& terms) {
  const SlotRange slots = SlotsOf(column, row);
  std::unordered_set<std::string> known;  // only where there are many
  for (std::uint32_t slot = slots.begin; slot < slots.end; ++slot) {
    if (!HasValue(column, slot)) {
      continue;
    }
    std::string term = TermAt(column, slot);
    const bool is_new = slots.end - slots.begin > kManyValues
                            ? known.insert(term).second
                            : std::ranges::find(terms, term) == terms.end();
    if (is_new) {
      terms.push_back(std::move(term));
    }
  }
}

}  // namespace tripline::runtime
