// Prints how a date format reads a text, for date_formats_test.py, which asks a node the same: a
// format and a text come in, a line each; the first and the last millisecond go out, or "none".
//
//   printf '%s\\n' epoch_second 5 | tripline_show_dates     # 5000 5999
#include <iostream>
#include <string>

#include "base/date_format.h"

int main() {
  std::string format;
  for (std::string text; std::getline(std::cin, format) && std::getline(std::cin, text);) {
    const auto made = tripline::DateFormat::Parse(format);
    if (!made) {
      std::cerr << "'" << format << "' is no format that is known\n";
      return 2;
    }
    if (const auto range = made->Read(text)) {
      std::cout << range->first.time_since_epoch().count() << ' '
                << range->last.time_since_epoch().count() << '\n';
    } else {
      std::cout << "none\n";
    }
  }
  return 0;
}
