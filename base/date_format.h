// DateFormat: how a mapping's `format` reads dates: the named formats of a search engine and
// patterns of java.time, several of them joined by "||", the first that reads a text wins.
//
//   DateFormat::Parse("epoch_second||dd/MM/yyyy HH:mm")->Read("02/01/2024 05:06")
//
// The default, strict_date_optional_time||epoch_millis, is base/time.h's ParseDateRange. Not known
// are names of time zones, eras and texts in other languages than English; Parse answers nothing
// then. Immutable; any number of threads may read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace tripline {

/// What becomes of a day or an hour that is not there.
enum class DateResolver : std::uint8_t {
  kStrict,   // no date
  kSmart,    // 31 February is the last of it, 24:00 the next day's beginning
  kLenient,  // 31 February is 2 or 3 March
};

class DateFormat {
 public:
  /// None if a part is not known, or the text is beyond any format's size.
  [[nodiscard]] static std::optional<DateFormat> Parse(std::string_view format);

  /// The first and last millisecond that the text stands for, of the years 1 to 9999; none if no
  /// part of the format reads it.
  [[nodiscard]] std::optional<DateRange> Read(std::string_view text) const;

  /// False if a search engine refuses queries whose bounds it would fill up to the end of what they
  /// name: dates by week and weekday, and hours of half a day.
  [[nodiscard]] bool CanRoundUp() const { return can_round_up_; }

 private:
  enum class Field : std::uint8_t {
    kYear,
    kMonth,
    kDay,
    kDayOfYear,
    kWeekYear,
    kWeek,
    kWeekday,
    kHour,    // 0-23
    kHour12,  // 1-12
    kHalf,    // 0 am, 1 pm
    kMinute,
    kSecond,
    kFraction,  // nanoseconds
    kOffset,    // seconds
    kCount,
  };
  enum class Kind : std::uint8_t {
    kNumber,
    kFraction,
    kMonthName,
    kWeekdayName,
    kHalf,
    kOffset,
    kLiteral,
    kOptional,  // `last` is the element behind the section's end
    kEpochSeconds,
    kEpochMillis,
    kIso,  // what ParseDateRange reads, without milliseconds since the epoch
  };
  /// How the minutes of an offset are written.
  enum class OffsetForm : std::uint8_t { kMayFollow, kFollow, kBehindColon, kAny };
  enum class Sign : std::uint8_t { kNever, kMinus, kBeyondWidth };
  struct Element {
    Kind kind = Kind::kLiteral;
    Field field = Field::kCount;
    std::uint8_t least = 0;  // digits, or the form of an offset or name
    std::uint8_t most = 0;
    Sign sign = Sign::kNever;
    bool has_point = false;     // kFraction: a point stands before it
    std::uint8_t reserved = 0;  // digits that the fields right behind need
    std::string text{};         // kLiteral
    std::size_t last = 0;

    [[nodiscard]] OffsetForm Form() const { return static_cast<OffsetForm>(least); }
  };
  struct Part {
    std::vector<Element> elements{};
    DateResolver resolver = DateResolver::kStrict;
  };
  struct Values;
  struct Reading;

  [[nodiscard]] static std::optional<Part> ParsePart(std::string_view part);
  [[nodiscard]] static bool AddPattern(std::string_view pattern, std::vector<Element>* elements);
  [[nodiscard]] static bool AddLetters(char letter, std::size_t count,
                                       std::vector<Element>* elements);
  [[nodiscard]] static bool ReadElements(const std::vector<Element>& elements, std::size_t begin,
                                         std::size_t end, Reading* reading);
  [[nodiscard]] static bool ReadElement(const Element& element, Reading* reading);
  [[nodiscard]] static std::optional<DateRange> ReadPart(const Part& part, std::string_view text);

  std::vector<Part> parts_;
  bool can_round_up_ = true;
};

}  // namespace tripline
