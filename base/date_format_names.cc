#include "base/date_format_names.h"

#include <algorithm>
#include <array>

namespace tripline {
namespace {

constexpr std::array kNamed = std::to_array<NamedDateFormat>({
    {"basic_date", "%4MM%e"},
    {"basic_date_time", "%4MMdd'T'HHmmss%f%z"},
    {"basic_date_time_no_millis", "%4MMdd'T'HHmmss%z"},
    {"basic_ordinal_date", "%4%D"},
    {"basic_ordinal_date_time", "%4%D'T'HHmmss%f%z"},
    {"basic_ordinal_date_time_no_millis", "%4%D'T'HHmmss%z"},
    {"basic_time", "HHmmss%f%z"},
    {"basic_time_no_millis", "HHmmss%z"},
    {"basic_t_time", "'T'HHmmss%f%z"},
    {"basic_t_time_no_millis", "'T'HHmmss%z"},
    {"basic_week_date", "%P'W'%w%u"},
    {"basic_week_date_time", "%P'W'%w%u'T'HHmmss%f%z"},
    {"basic_week_date_time_no_millis", "%P'W'%w%u'T'HHmmss%z"},
    {"date_optional_time", "%y[-%n[-%e]['T'[%h[:%i[:%t[%c]][%z]]]]]"},
    {"date", "%y[-%n[-%e]]"},
    {"date_hour", "%y-%n-%e'T'%h"},
    {"date_hour_minute", "%y-%n-%e'T'%h:%i"},
    {"date_hour_minute_second", "%y-%n-%e'T'%h:%i:%t"},
    {"date_hour_minute_second_fraction", "%y-%n-%e'T'%h:%i:%t%f"},
    {"date_hour_minute_second_millis", "%y-%n-%e'T'%h:%i:%t%3"},
    {"date_time", "%y-%n-%e'T'%h:%i[:%t%f]%z"},
    {"date_time_no_millis", "%y-%n-%e'T'%h:%i[:%t][%z]"},
    {"hour", "%h"},
    {"hour_minute", "%h:%i"},
    {"hour_minute_second", "%h:%i:%t"},
    {"hour_minute_second_fraction", "%h:%i:%t%f"},
    {"hour_minute_second_millis", "%h:%i:%t%3"},
    {"ordinal_date", "%Y-%j"},
    {"ordinal_date_time", "%y-%j'T'%h:%i:%t%f%z"},
    {"ordinal_date_time_no_millis", "%y-%j'T'%h:%i:%t%z"},
    {"time", "%h:%i:%t%f%z"},
    {"time_no_millis", "%h:%i:%t%z"},
    {"t_time", "'T'%h:%i:%t%f%z"},
    {"t_time_no_millis", "'T'%h:%i:%t%z"},
    {"week_date", "%x-'W'%v-%u"},
    {"week_date_time", "%x-'W'%v-%u'T'%h:%i:%t%f%z"},
    {"week_date_time_no_millis", "%x-'W'%v-%u'T'%h:%i:%t%z"},
    {"weekyear", "%x"},
    {"weekyear_week", "%x-'W'%v"},
    {"weekyear_week_day", "%x-'W'%v-%u"},
    {"year", "%y"},
    {"year_month", "%y-M"},
    {"year_month_day", "%y-%n-%e"},
    {"strict_basic_week_date", "%P'W'%w%u"},
    {"strict_basic_week_date_time", "%P'W'%w%u'T'HHmmss%f%z"},
    {"strict_basic_week_date_time_no_millis", "%P'W'%w%u'T'HHmmss%z"},
    {"strict_date", "%Y-MM-dd", DateResolver::kLenient},
    {"strict_date_hour", "%Y-MM-dd'T'HH", DateResolver::kSmart},
    {"strict_date_hour_minute", "%Y-MM-dd'T'HH:mm", DateResolver::kSmart},
    {"strict_date_hour_minute_second", "%Y-MM-dd'T'HH:mm:ss", DateResolver::kSmart},
    {"strict_date_hour_minute_second_fraction", "%Y-MM-dd'T'HH:mm:ss%f"},
    {"strict_date_hour_minute_second_millis", "%Y-MM-dd'T'HH:mm:ss%f"},
    {"strict_date_time", "%Y-MM-dd'T'HH:mm:ss[%f]%z"},
    {"strict_date_time_no_millis", "%Y-MM-dd'T'HH:mm:ss%z"},
    {"strict_hour", "HH", DateResolver::kSmart},
    {"strict_hour_minute", "HH:mm"},
    {"strict_hour_minute_second", "HH:mm:ss"},
    {"strict_hour_minute_second_fraction", "HH:mm:ss%f"},
    {"strict_hour_minute_second_millis", "HH:mm:ss%f"},
    {"strict_ordinal_date", "%Y-%D"},
    {"strict_ordinal_date_time", "%Y-%D'T'HH:mm:ss%f%z"},
    {"strict_ordinal_date_time_no_millis", "%Y-%D'T'HH:mm:ss%z"},
    {"strict_time", "HH:mm:ss%f%z"},
    {"strict_time_no_millis", "HH:mm:ss%z"},
    {"strict_t_time", "'T'HH:mm:ss%f%z"},
    {"strict_t_time_no_millis", "'T'HH:mm:ss%z"},
    {"strict_week_date", "%W-'W'%w-%u"},
    {"strict_week_date_time", "%W-'W'%w-%u'T'HH:mm:ss%f%z"},
    {"strict_week_date_time_no_millis", "%W-'W'%w-%u'T'HH:mm:ss%z"},
    {"strict_weekyear", "%W"},
    {"strict_weekyear_week", "%W-'W'%w"},
    {"strict_weekyear_week_day", "%W-'W'%w-%u"},
    {"strict_year", "%Y"},
    {"strict_year_month", "%Y-MM"},
    {"strict_year_month_day", "%Y[-MM[-dd]]"},
});

}  // namespace

const NamedDateFormat* FindNamedDateFormat(std::string_view name) {
  const auto* const found = std::ranges::find(kNamed, name, &NamedDateFormat::name);
  return found == kNamed.end() ? nullptr : found;
}

}  // namespace tripline
