// A format becomes a list of elements per part; base/date_format_read.cc reads texts with them.
#include <algorithm>

#include "base/date_format.h"
#include "base/date_format_names.h"

namespace tripline {
namespace {

constexpr std::size_t kMaxFormat = 1000;
constexpr std::size_t kMaxParts = 32;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::optional<DateFormat> DateFormat::Parse(std::string_view format) {
  DateFormat made;
  if (format.size() > kMaxFormat) {
    return std::nullopt;
  }
  while (true) {
    const std::size_t bars = format.find("||");
    std::optional<Part> part = ParsePart(format.substr(0, bars));
    if (!part || part->elements.empty() || made.parts_.size() == kMaxParts) {
      return std::nullopt;
    }
    const auto has = [&](Field field) {
      return std::ranges::any_of(part->elements,
                                 [field](const Element& e) { return e.field == field; });
    };
    const bool is_by_weekday = has(Field::kWeekYear) && has(Field::kWeekday);
    made.can_round_up_ = made.can_round_up_ && !is_by_weekday && !has(Field::kHalf);
    made.parts_.push_back(*std::move(part));
    if (bars == std::string_view::npos) {
      return made;
    }
    format.remove_prefix(bars + 2);
  }
}

std::optional<DateFormat::Part> DateFormat::ParsePart(std::string_view part) {
  Part made;
  if (part == "epoch_second" || part == "epoch_millis" || part == "strict_date_optional_time" ||
      part == "strict_date_optional_time_nanos") {
    made.elements.push_back({part == "epoch_second"   ? Kind::kEpochSeconds
                             : part == "epoch_millis" ? Kind::kEpochMillis
                                                      : Kind::kIso});
    return made;
  }
  const NamedDateFormat* const named = FindNamedDateFormat(part);
  if (named == nullptr && part.find('_') != std::string_view::npos) {
    return std::nullopt;  // a name that is not known is no pattern either
  }
  made.resolver = named != nullptr ? named->resolver : DateResolver::kStrict;
  const bool is_known = AddPattern(named != nullptr ? named->pattern : part, &made.elements);
  return is_known ? std::optional(std::move(made)) : std::nullopt;
}

bool DateFormat::AddPattern(std::string_view pattern, std::vector<Element>* elements) {
  std::vector<std::size_t> open;
  const auto literal = [&](std::string_view text) {
    elements->push_back(
        {Kind::kLiteral, Field::kCount, 0, 0, Sign::kNever, false, 0, std::string(text)});
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == kNamedMark || IsLetter(c)) {
      const std::size_t begin = c == kNamedMark ? i + 1 : i;
      std::size_t end = begin + 1;
      while (c != kNamedMark && end < pattern.size() && pattern[end] == c) {
        ++end;
      }
      const bool is_known = c == kNamedMark ? AddLetters(pattern[begin], 0, elements)
                                            : AddLetters(c, end - begin, elements);
      if (!is_known) {
        return false;
      }
      i = end - 1;
    } else if (c == '\'') {
      std::string text;
      std::size_t end = i + 1;
      for (; end < pattern.size(); ++end) {
        if (pattern[end] == '\'') {
          if (end + 1 >= pattern.size() || pattern[end + 1] != '\'') {
            break;
          }
          ++end;
        }
        text += pattern[end];
      }
      if (end >= pattern.size()) {
        return false;
      }
      literal(text.empty() ? "'" : text);
      i = end;
    } else if (c == '[') {
      open.push_back(elements->size());
      elements->push_back({Kind::kOptional});
    } else if (c == ']') {
      if (open.empty()) {
        return false;
      }
      (*elements)[open.back()].last = elements->size();
      open.pop_back();
    } else if (c == '{' || c == '}' || c == '#') {
      return false;
    } else {
      literal(pattern.substr(i, 1));
    }
  }
  for (const std::size_t section : open) {
    (*elements)[section].last = elements->size();
  }
  // Numbers of fixed width right behind a number take their digits first.
  std::size_t reserved = 0;
  for (std::size_t i = elements->size(); i-- > 0;) {
    Element& element = (*elements)[i];
    const bool is_number = element.kind == Kind::kNumber;
    const bool is_fixed =
        (is_number && element.least == element.most) ||
        (element.kind == Kind::kFraction && !element.has_point && element.least == element.most);
    element.reserved = static_cast<std::uint8_t>(is_number && !is_fixed ? reserved : 0);
    reserved = is_fixed ? reserved + element.least : 0;
  }
  const auto has = [&](Field field) {
    return std::ranges::any_of(*elements, [field](const Element& e) { return e.field == field; });
  };
  return has(Field::kHour12) == has(Field::kHalf);
}

bool DateFormat::AddLetters(char letter, std::size_t count, std::vector<Element>* elements) {
  const auto number = [elements](Field field, std::size_t least, std::size_t most,
                                 Sign sign = Sign::kNever) {
    elements->push_back({Kind::kNumber, field, static_cast<std::uint8_t>(least),
                         static_cast<std::uint8_t>(most), sign});
    return true;
  };
  // One letter is a number of any width, two are two digits.
  const auto short_number = [&](Field field) {
    if (count > 2) {
      return false;
    }
    return count == 1 ? number(field, 1, 18, Sign::kMinus) : number(field, 2, 2);
  };
  const auto offset = [elements](OffsetForm form, bool has_zero_letter) {
    elements->push_back({Kind::kOffset, Field::kOffset, static_cast<std::uint8_t>(form),
                         static_cast<std::uint8_t>(has_zero_letter ? 1 : 0)});
    return true;
  };
  const auto fraction = [elements](std::size_t least, std::size_t most, bool has_point) {
    elements->push_back({Kind::kFraction, Field::kFraction, static_cast<std::uint8_t>(least),
                         static_cast<std::uint8_t>(most), Sign::kNever, has_point});
    return true;
  };
  const auto name = [&](Kind kind, Field field) {
    elements->push_back({kind, field, static_cast<std::uint8_t>(count == 4 ? 1 : 0), 0});
    return true;
  };
  if (count == 0) {  // of base/date_format_names.h
    switch (letter) {
      case 'Y':
        return number(Field::kYear, 4, 10, Sign::kBeyondWidth);
      case 'y':
        return number(Field::kYear, 1, 9, Sign::kMinus);
      case '4':
        return number(Field::kYear, 4, 4);
      case 'W':
        return number(Field::kWeekYear, 4, 10, Sign::kBeyondWidth);
      case 'x':
        return number(Field::kWeekYear, 1, 9, Sign::kMinus);
      case 'P':
        return number(Field::kWeekYear, 4, 4);
      case 'w':
        return number(Field::kWeek, 2, 2);
      case 'v':
        return number(Field::kWeek, 1, 2);
      case 'u':
        return number(Field::kWeekday, 1, 1);
      case 'D':
        return number(Field::kDayOfYear, 3, 3);
      case 'j':
        return number(Field::kDayOfYear, 1, 3);
      case 'n':
        return number(Field::kMonth, 1, 2);
      case 'e':
        return number(Field::kDay, 1, 2);
      case 'h':
        return number(Field::kHour, 1, 2);
      case 'i':
        return number(Field::kMinute, 1, 2);
      case 't':
        return number(Field::kSecond, 1, 2);
      case 'f':
        return fraction(1, 9, true);
      case '3':
        return fraction(1, 3, true);
      case 'c':
        fraction(1, 9, true);
        elements->back().sign = Sign::kMinus;
        return true;
      case 'z':
        return offset(OffsetForm::kAny, true);
      default:
        return false;
    }
  }
  switch (letter) {
    case 'y':
    case 'u':
      if (count == 2 || count > 10) {
        return false;  // two digits of a year
      }
      return number(Field::kYear, count, 18, count < 4 ? Sign::kMinus : Sign::kBeyondWidth);
    case 'M':
      return count < 3    ? short_number(Field::kMonth)
             : count == 3 ? name(Kind::kMonthName, Field::kMonth)
                          : false;
    case 'd':
      return short_number(Field::kDay);
    case 'D':
      return count == 3 && number(Field::kDayOfYear, 3, 3);
    case 'E':
      return count <= 3 && name(Kind::kWeekdayName, Field::kWeekday);
    case 'H':
      return short_number(Field::kHour);
    case 'h':
      return short_number(Field::kHour12);
    case 'm':
      return short_number(Field::kMinute);
    case 's':
      return short_number(Field::kSecond);
    case 'S':
      return count <= 9 && fraction(count, count, false);
    case 'a':
      return count == 1 && name(Kind::kHalf, Field::kHalf);
    case 'X':
    case 'x':
      return count <= 3 && offset(count == 1   ? OffsetForm::kMayFollow
                                  : count == 2 ? OffsetForm::kFollow
                                               : OffsetForm::kBehindColon,
                                  letter == 'X');
    case 'Z':
      return count <= 3 && offset(OffsetForm::kFollow, false);
    default:
      return false;
  }
}

}  // namespace tripline
