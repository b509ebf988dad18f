// The named date formats of a search engine as patterns (base/date_format.cc): java.time's letters,
// and behind a mark letters of our own for what those cannot say:
//
//   year: Y strict, y lenient, 4 exactly four digits    week's year: W, x, P    week: w, v
//   lenient n month, e day, h hour, i minute, t second    day of the year: D three digits, j
//   u weekday    f a point and a fraction, c the same with a comma, 3 of three digits at most    z
//   an offset
#pragma once

#include <string_view>

#include "base/date_format.h"

namespace tripline {

inline constexpr char kNamedMark = '%';

struct NamedDateFormat {
  std::string_view name;
  std::string_view pattern;
  DateResolver resolver = DateResolver::kStrict;
};

/// A named format; null pointer if there is none. `epoch_second` and its like are none.
[[nodiscard]] const NamedDateFormat* FindNamedDateFormat(std::string_view name);

}  // namespace tripline
