// ExactEventParser: the careful twin of SimdEventParser. It reads what simdjson does not (numbers
// of any size and as they are written, half surrogate pairs, lines of many megabytes without memory
// to match, deep documents), and says what is wrong with a line that nobody can read.
//
//   ExactEventParser parser;
//   SearchHit hit;
//   std::string fault = parser.Parse(line, &columns, &hit);   // empty: the row is filled
//
// Thread-safety: one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "runtime/event_columns.h"
#include "runtime/search_hit.h"

namespace tripline::runtime {

class ExactEventParser {
 public:
  /// Adds the document's values to the present row. Returns what is wrong with the line, or nothing
  /// if it is well formed; if it is not, no value was added. `hit` looks into the parser, until the
  /// next call.
  [[nodiscard]] std::string Parse(std::string_view line, EventColumns* columns, SearchHit* hit);

 private:
  std::string index_;
  std::string id_;
  std::string scratch_;
};

/// The event's own text in a line: `_source` of a search hit, else the line. Empty if the line is
/// broken.
[[nodiscard]] std::string_view DocumentText(std::string_view line);

}  // namespace tripline::runtime
