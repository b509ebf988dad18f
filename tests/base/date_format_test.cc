#include "base/date_format.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/time.h"

namespace tripline {
namespace {

std::string First(std::string_view format, std::string_view text) {
  const auto made = DateFormat::Parse(format);
  if (!made) return "unknown";
  const auto range = made->Read(text);
  return range ? ToIsoString(range->first) : "none";
}

std::string Last(std::string_view format, std::string_view text) {
  return ToIsoString(DateFormat::Parse(format).value().Read(text).value().last);
}

TEST(DateFormat, ReadsSecondsAndMillisecondsSinceTheEpoch) {
  EXPECT_EQ(First("epoch_second", "1704153600"), "2024-01-02T00:00:00.000Z");
  EXPECT_EQ(Last("epoch_second", "1704153600"), "2024-01-02T00:00:00.999Z");
  EXPECT_EQ(First("epoch_second", "1704153600.25"), "2024-01-02T00:00:00.250Z");
  EXPECT_EQ(First("epoch_second", "-1.5"), "1969-12-31T23:59:58.500Z");
  EXPECT_EQ(First("epoch_millis", "1704153600123.4"), "2024-01-02T00:00:00.123Z");
  EXPECT_EQ(First("epoch_second", "1e3"), "none");
  EXPECT_EQ(First("epoch_second", "99999999999999"), "none") << "beyond the year 9999";
}

TEST(DateFormat, ReadsNamedFormats) {
  EXPECT_EQ(First("basic_date", "20240102"), "2024-01-02T00:00:00.000Z");
  EXPECT_EQ(Last("basic_date", "20240102"), "2024-01-02T23:59:59.999Z");
  EXPECT_EQ(First("basic_date_time", "20240102T030405.678+0100"), "2024-01-02T02:04:05.678Z");
  EXPECT_EQ(First("ordinal_date", "2024-366"), "2024-12-31T00:00:00.000Z");
  EXPECT_EQ(First("ordinal_date", "2023-366"), "none");
  EXPECT_EQ(First("week_date", "2024-W02-3"), "2024-01-10T00:00:00.000Z");
  EXPECT_EQ(First("strict_week_date", "2024-W53-1"), "none");
  EXPECT_EQ(First("strict_week_date", "2020-W53-1"), "2020-12-28T00:00:00.000Z");
  EXPECT_EQ(First("date_time_no_millis", "2024-1-2T3:4"), "2024-01-02T03:04:00.000Z");
  EXPECT_EQ(First("strict_date_time", "2024-01-02T03:04:05"), "none") << "no offset";
  EXPECT_EQ(First("hour_minute", "3:4"), "1970-01-01T03:04:00.000Z");
  EXPECT_EQ(Last("year_month", "2024-2"), "2024-02-01T23:59:59.999Z");
  EXPECT_EQ(First("strict_date_optional_time", "1704153600000"), "none");
  EXPECT_EQ(First("no_such_format", "2024"), "unknown");
}

TEST(DateFormat, ReadsPatterns) {
  EXPECT_EQ(First("dd.MM.yyyy HH:mm:ss", "02.01.2024 03:04:05"), "2024-01-02T03:04:05.000Z");
  EXPECT_EQ(First("dd/MMM/yyyy:HH:mm:ss Z", "02/Jan/2024:03:04:05 +0100"),
            "2024-01-02T02:04:05.000Z");
  EXPECT_EQ(First("yyyyMMddHHmmssSSS", "20240102030405678"), "2024-01-02T03:04:05.678Z");
  EXPECT_EQ(First("yyyy-MM-dd'T'HH:mm[:ss][.SSS][X]", "2024-01-02T03:04Z"),
            "2024-01-02T03:04:00.000Z");
  EXPECT_EQ(First("MM/dd/yyyy hh:mm:ss a", "01/02/2024 12:04:05 AM"), "2024-01-02T00:04:05.000Z");
  EXPECT_EQ(First("yyyy-MM-ddx", "2024-01-02+00"), "2024-01-02T00:00:00.000Z");
  EXPECT_EQ(First("yyyy-MM-ddx", "2024-01-02+0000"), "none");
  EXPECT_EQ(First("''yyyy", "'2024"), "2024-01-01T00:00:00.000Z");
  EXPECT_EQ(First("yyyy-MM-dd", "2024-02-30"), "none");
  EXPECT_EQ(First("yyyy-MM-dd", "24-01-02"), "none");
  EXPECT_EQ(First("d MMM yyyy", "2 jan 2024"), "none");
}

TEST(DateFormat, TakesTheFirstPartThatReadsTheText) {
  EXPECT_EQ(First("yyyy||epoch_second", "2024"), "2024-01-01T00:00:00.000Z");
  EXPECT_EQ(First("yyyy||epoch_second", "1704153600"), "2024-01-02T00:00:00.000Z");
  EXPECT_EQ(First("strict_date_optional_time||epoch_second", "-1704153600"), "none")
      << "a year, which is not in the calendar";
}

TEST(DateFormat, ResolvesDaysThatAreNotThereAsTheFormatsDo) {
  EXPECT_EQ(First("strict_date", "2024-02-30"), "2024-03-01T00:00:00.000Z");
  EXPECT_EQ(First("strict_date_hour", "2024-02-30T03"), "2024-02-29T03:00:00.000Z");
  EXPECT_EQ(First("strict_date_hour", "2024-01-02T24"), "2024-01-03T00:00:00.000Z");
  EXPECT_EQ(First("strict_date_time", "2024-02-30T00:00:00Z"), "none");
}

TEST(DateFormat, SaysWhichDatesHaveNoEndToASearchEngine) {
  EXPECT_TRUE(DateFormat::Parse("yyyy-MM-dd").value().CanRoundUp());
  EXPECT_FALSE(DateFormat::Parse("strict_week_date").value().CanRoundUp());
  EXPECT_FALSE(DateFormat::Parse("yyyy-MM-dd hh a").value().CanRoundUp());
}

TEST(DateFormat, DoesNotKnowWhatItCannotRead) {
  for (const char* const format :
       {"", "||", "yyyy||", "yy-MM-dd", "MMMM d", "EEEE", "yyyy-MM-dd z", "yyyy G", "hh:mm",
        "yyyy]", "'open", "yyyy{", "YYYY-ww", "rfc3339_lenient", "iso8601"}) {
    EXPECT_FALSE(DateFormat::Parse(format)) << format;
  }
  EXPECT_FALSE(DateFormat::Parse(std::string(2000, 'y')));
  EXPECT_EQ(First(std::string(400, '['), "x"), "none");
  EXPECT_EQ(First("yyyy", std::string(4000, '1')), "none");
}

TEST(DateFormat, IsWhatDateMathReadsItsDateWith) {
  const auto format = DateFormat::Parse("dd.MM.yyyy");

  const auto math = ParseDateMath("15.01.2024||+1M/M", &*format);
  ASSERT_TRUE(math);
  EXPECT_EQ(ToIsoString(math->Resolve({}, Rounding::kUp)), "2024-02-29T23:59:59.999Z");
  EXPECT_FALSE(ParseDateMath("2024-01-15", &*format));
  EXPECT_TRUE(ParseDateMath("now-1d", &*format));
}

}  // namespace
}  // namespace tripline
