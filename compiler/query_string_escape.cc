#include "compiler/query_string_escape.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::compiler {

std::string QueryStringPattern(const std::vector<std::string>& pieces) {
  constexpr std::string_view kSpecial = "+-=&|><!(){}[]^\"~*?:\\/";
  std::string pattern;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) {
      pattern += '*';
    }
    for (const char c : pieces[i]) {
      if (kSpecial.contains(c)) {
        pattern += '\\';
      }
      pattern += c;
    }
  }
  return pattern;
}

}  // namespace tripline::compiler
