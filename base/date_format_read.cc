// A text is read from left to right into fields, as
// java.time does it strictly: a number takes as many digits as its width allows, less those that
// numbers of fixed width right behind it need; an optional section is read or passed over whole.
// What a date leaves out is filled from below and from above, as a search engine rounds.
#include "base/date_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>

namespace tripline {
namespace {

constexpr std::size_t kMaxText = 128;
constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

struct DateFormat::Values {
  std::array<std::optional<std::int64_t>, static_cast<std::size_t>(Field::kCount)> of{};

  [[nodiscard]] std::optional<std::int64_t>& operator[](Field field) {
    return of[static_cast<std::size_t>(field)];
  }
  [[nodiscard]] std::int64_t Or(Field field, std::int64_t otherwise) const {
    return of[static_cast<std::size_t>(field)].value_or(otherwise);
  }
  [[nodiscard]] bool Has(Field field) const {
    return of[static_cast<std::size_t>(field)].has_value();
  }
  [[nodiscard]] bool IsWithin(Field field, std::int64_t first, std::int64_t last) const {
    return !Has(field) || (Or(field, 0) >= first && Or(field, 0) <= last);
  }

  [[nodiscard]] bool IsInOrder(DateResolver resolver) const;
  [[nodiscard]] std::optional<std::chrono::sys_days> DateByWeek(std::chrono::year year) const;
  [[nodiscard]] std::optional<std::chrono::sys_days> Date(DateResolver resolver) const;
  [[nodiscard]] std::optional<DateRange> Range(DateResolver resolver) const;
};

struct DateFormat::Reading {
  std::string_view text;
  std::size_t at = 0;
  Values values{};

  [[nodiscard]] char Peek() const { return at < text.size() ? text[at] : '\0'; }
  [[nodiscard]] bool Skip(char c) {
    if (Peek() != c || c == '\0') {
      return false;
    }
    ++at;
    return true;
  }
  [[nodiscard]] std::size_t NumDigits(std::size_t most) const {
    std::size_t count = 0;
    while (count < most && at + count < text.size() && IsDigit(text[at + count])) {
      ++count;
    }
    return count;
  }
  [[nodiscard]] std::int64_t TakeDigits(std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value * 10 + (text[at++] - '0');
    }
    return value;
  }
  // One value for a field: a second one has to be the same.
  [[nodiscard]] bool Put(Field field, std::int64_t value) {
    auto& found = values[field];
    const bool fits = !found || *found == value;
    found = value;
    return fits;
  }
  [[nodiscard]] bool ReadNumber(const Element& element);
  [[nodiscard]] bool ReadFraction(const Element& element);
  [[nodiscard]] bool ReadOffset(const Element& element);
  [[nodiscard]] bool ReadName(std::span<const std::string_view> names, const Element& element);
};

bool DateFormat::Reading::ReadNumber(const Element& element) {
  const bool is_plus = element.sign == Sign::kBeyondWidth && Skip('+');
  const bool is_minus = !is_plus && element.sign != Sign::kNever && Skip('-');
  constexpr std::size_t kMostDigits = 18;
  std::size_t count =
      NumDigits(std::min<std::size_t>(element.most + element.reserved, kMostDigits));
  if (element.reserved > 0) {
    count = std::clamp<std::size_t>(count - std::min<std::size_t>(count, element.reserved),
                                    std::min<std::size_t>(element.least, count), element.most);
  }
  const bool is_wide = count > element.least;
  if (count < element.least || count == 0 ||
      (element.sign == Sign::kBeyondWidth && !is_minus && is_plus != is_wide)) {
    return false;
  }
  const std::int64_t value = TakeDigits(count);
  return Put(element.field, is_minus ? -value : value);
}

bool DateFormat::Reading::ReadFraction(const Element& element) {
  const bool may_be_comma = element.sign == Sign::kMinus;
  if (element.has_point && !Skip('.') && !(may_be_comma && Skip(','))) {
    return false;
  }
  const std::size_t count = NumDigits(element.most);
  if (count < element.least) {
    return false;
  }
  std::int64_t value = TakeDigits(count);
  for (std::size_t i = count; i < 9; ++i) {
    value *= 10;
  }
  return Put(Field::kFraction, value);
}

bool DateFormat::Reading::ReadOffset(const Element& element) {
  if (element.most != 0 && Skip('Z')) {
    return Put(Field::kOffset, 0);
  }
  const bool is_bare_zero = element.Form() == OffsetForm::kMayFollow && element.most == 0;
  if (is_bare_zero && text.substr(at).starts_with("+00")) {
    at += 3;
    return Put(Field::kOffset, 0);
  }
  const std::int64_t sign = Peek() == '-' ? -1 : 1;
  if ((!Skip('+') && !Skip('-')) || NumDigits(2) < 2) {
    return false;
  }
  const std::int64_t hour = TakeDigits(2);
  const bool may_have_colon =
      element.Form() == OffsetForm::kBehindColon || element.Form() == OffsetForm::kAny;
  const std::size_t before = at;
  const bool has_colon = may_have_colon && Skip(':');
  const bool has_minute =
      NumDigits(2) == 2 && (has_colon || element.Form() != OffsetForm::kBehindColon);
  if (!has_minute) {
    at = before;
    if (has_colon || element.Form() == OffsetForm::kFollow ||
        element.Form() == OffsetForm::kBehindColon) {
      return false;
    }
  }
  const std::int64_t minute = has_minute ? TakeDigits(2) : 0;
  return hour <= 18 && minute <= 59 && Put(Field::kOffset, sign * (hour * 3600 + minute * 60));
}

bool DateFormat::Reading::ReadName(std::span<const std::string_view> names,
                                   const Element& element) {
  constexpr std::size_t kShort = 3;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = element.least != 0 ? names[i] : names[i].substr(0, kShort);
    if (text.substr(at).starts_with(name)) {
      at += name.size();
      return Put(element.field, static_cast<std::int64_t>(i) + 1);
    }
  }
  return false;
}

bool DateFormat::Values::IsInOrder(DateResolver resolver) const {
  const bool is_lenient = resolver == DateResolver::kLenient;
  const bool is_midnight =
      resolver == DateResolver::kSmart && Or(Field::kMinute, 0) == 0 && Or(Field::kSecond, 0) == 0;
  return IsWithin(Field::kMonth, is_lenient ? 0 : 1, is_lenient ? 99 : 12) &&
         IsWithin(Field::kDay, is_lenient ? 0 : 1, is_lenient ? 99 : 31) &&
         IsWithin(Field::kDayOfYear, 1, 366) && IsWithin(Field::kWeek, 1, 53) &&
         IsWithin(Field::kWeekday, 1, 7) && IsWithin(Field::kHour, 0, is_midnight ? 24 : 23) &&
         IsWithin(Field::kHour12, 1, 12) && IsWithin(Field::kMinute, 0, 59) &&
         IsWithin(Field::kSecond, 0, 59);
}

std::optional<std::chrono::sys_days> DateFormat::Values::DateByWeek(std::chrono::year year) const {
  using std::chrono::sys_days;
  const sys_days fourth = sys_days(year / 1 / 4);  // always in the first week
  const sys_days monday = fourth - (std::chrono::weekday(fourth) - std::chrono::Monday);
  const sys_days in_last_week = sys_days(year / 12 / 28);
  const std::chrono::days days((Or(Field::kWeek, 1) - 1) * 7 + Or(Field::kWeekday, 1) - 1);
  const bool has_week = !Has(Field::kWeekday) || Or(Field::kWeek, 1) <= 52 ||
                        monday + std::chrono::days(52 * 7) <= in_last_week;
  return has_week ? std::optional(monday + days) : std::nullopt;
}

std::optional<std::chrono::sys_days> DateFormat::Values::Date(DateResolver resolver) const {
  using std::chrono::sys_days;
  const bool is_by_week = Has(Field::kWeekYear);
  const std::int64_t y = Or(is_by_week ? Field::kWeekYear : Field::kYear, 1970);
  if (y < 1 || y > 9999) {
    return std::nullopt;
  }
  const std::chrono::year year(static_cast<int>(y));
  if (is_by_week) {
    return DateByWeek(year);
  }
  if (Has(Field::kDayOfYear)) {
    const std::int64_t day = Or(Field::kDayOfYear, 1);
    return day == 366 && !year.is_leap()
               ? std::nullopt
               : std::optional(sys_days(year / 1 / 1) + std::chrono::days(day - 1));
  }
  if (resolver == DateResolver::kLenient) {
    const std::chrono::months months(static_cast<int>(Or(Field::kMonth, 1)) - 1);
    return sys_days(year / 1 / 1 + months) + std::chrono::days(Or(Field::kDay, 1) - 1);
  }
  const auto month = year / std::chrono::month(static_cast<unsigned>(Or(Field::kMonth, 1)));
  const auto date = month / std::chrono::day(static_cast<unsigned>(Or(Field::kDay, 1)));
  if (!date.ok() && resolver == DateResolver::kStrict) {
    return std::nullopt;
  }
  return sys_days(date.ok() ? date : std::chrono::year_month_day(month / std::chrono::last));
}

std::optional<DateRange> DateFormat::Values::Range(DateResolver resolver) const {
  const bool has_time = Has(Field::kHour) || Has(Field::kHour12);
  const bool has_date = Has(Field::kYear) || Has(Field::kWeekYear);
  const bool has_day = has_date || (Has(Field::kMonth) && Has(Field::kDay));
  const auto date = IsInOrder(resolver) ? Date(resolver) : std::nullopt;
  if (!date || (!has_day && !has_time)) {
    return std::nullopt;
  }
  const std::int64_t hour12 = Or(Field::kHour12, 0) % 12 + 12 * Or(Field::kHalf, 0);
  // The end of a lenient date is sought less leniently.
  const auto end = resolver == DateResolver::kLenient && IsInOrder(DateResolver::kSmart)
                       ? Date(DateResolver::kSmart)
                       : date;
  const auto at = [&](std::chrono::sys_days day, std::int64_t hour, std::int64_t minute,
                      std::int64_t second, std::int64_t nanos) {
    hour = Or(Field::kHour, Has(Field::kHour12) ? hour12 : hour);
    hour = hour == 24 && !has_day ? 0 : hour;
    const std::int64_t of_day = hour * 3600 + Or(Field::kMinute, minute) * 60 +
                                Or(Field::kSecond, second) - Or(Field::kOffset, 0);
    return Timestamp(day) + std::chrono::seconds(of_day) +
           Milliseconds((has_time ? Or(Field::kFraction, nanos) : nanos) / 1'000'000);
  };
  return DateRange{at(*date, 0, 0, 0, 0), at(*end, 23, 59, 59, 999'999'999)};
}

bool DateFormat::ReadElement(const Element& element, Reading* reading) {
  switch (element.kind) {
    case Kind::kNumber:
      return reading->ReadNumber(element);
    case Kind::kFraction:
      return reading->ReadFraction(element);
    case Kind::kMonthName:
      return reading->ReadName(kMonths, element);
    case Kind::kWeekdayName:
      return reading->ReadName(kWeekdays, element);
    case Kind::kHalf: {
      const std::string_view rest = reading->text.substr(reading->at, 2);
      reading->at += rest.size();
      return (rest == "AM" || rest == "PM") && reading->Put(Field::kHalf, rest == "PM" ? 1 : 0);
    }
    case Kind::kOffset:
      return reading->ReadOffset(element);
    case Kind::kLiteral:
      if (!reading->text.substr(reading->at).starts_with(element.text)) {
        return false;
      }
      reading->at += element.text.size();
      return true;
    case Kind::kOptional:
    case Kind::kEpochSeconds:
    case Kind::kEpochMillis:
    case Kind::kIso:
      break;
  }
  return false;
}

// Sections nest at most as deep as a format is long, which Parse bounds.
bool DateFormat::ReadElements(const std::vector<Element>& elements, std::size_t begin,
                              std::size_t end, Reading* reading) {
  for (std::size_t i = begin; i < end; ++i) {
    const Element& element = elements[i];
    if (element.kind == Kind::kOptional) {
      Reading tried = *reading;
      if (ReadElements(elements, i + 1, element.last, &tried)) {
        *reading = tried;
      }
      i = element.last - 1;
    } else if (!ReadElement(element, reading)) {
      return false;
    }
  }
  return true;
}

namespace {

// Digits with an optional fraction of at most `most` digits; `scale` milliseconds each.
std::optional<DateRange> ReadEpoch(std::string_view text, std::int64_t scale, std::size_t most) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::int64_t value = 0;
  const auto [rest, problem] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  constexpr std::int64_t kMost = 400'000'000'000'000;
  if (problem != std::errc() || rest != whole.data() + whole.size()) {
    return std::nullopt;
  }
  if (value > kMost / scale || value < -kMost / scale) {
    return DateRange{Timestamp::max(), Timestamp::max()};
  }
  const Milliseconds first(value * scale);
  if (point == std::string_view::npos) {
    // Of a negative number the search engine fills the nanoseconds downwards.
    const Milliseconds filled(scale == 1 && text.starts_with('-') ? -1 : scale - 1);
    return DateRange{Timestamp(first), Timestamp(first + filled)};
  }
  const std::string_view digits = text.substr(point + 1);
  if (digits.size() > most || !std::ranges::all_of(digits, IsDigit)) {
    return std::nullopt;
  }
  std::int64_t fraction = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    fraction = fraction * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  const Milliseconds more(scale == 1 ? 0 : fraction);
  const Timestamp at(text.starts_with('-') ? first - more : first + more);
  return DateRange{at, at};
}

// Digits with a sign are a year, of which none is in the calendar.
std::optional<DateRange> ReadIso(std::string_view text) {
  constexpr std::size_t kFewest = 4;
  constexpr std::size_t kMost = 10;
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const std::string_view digits = text.substr(has_sign ? 1 : 0);
  if (has_sign && digits.size() >= kFewest && digits.size() <= kMost &&
      std::ranges::all_of(digits, IsDigit)) {
    return DateRange{Timestamp::max(), Timestamp::max()};
  }
  return ParseIsoDateRange(text);
}

}  // namespace

std::optional<DateRange> DateFormat::ReadPart(const Part& part, std::string_view text) {
  switch (part.elements.front().kind) {
    case Kind::kEpochSeconds:
      return ReadEpoch(text, 1000, 9);
    case Kind::kEpochMillis:
      return ReadEpoch(text, 1, 6);
    case Kind::kIso:
      return ReadIso(text);
    default:
      break;
  }
  Reading reading{text};
  const bool is_read = ReadElements(part.elements, 0, part.elements.size(), &reading);
  return is_read && reading.at == text.size() ? reading.values.Range(part.resolver) : std::nullopt;
}

std::optional<DateRange> DateFormat::Read(std::string_view text) const {
  if (text.empty() || text.size() > kMaxText) {
    return std::nullopt;
  }
  for (const Part& part : parts_) {
    if (const std::optional<DateRange> range = ReadPart(part, text)) {
      // The first that reads it decides, wherever that leads.
      const bool is_in = IsInCalendar(range->first) && IsInCalendar(range->last);
      return is_in ? range : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace tripline
