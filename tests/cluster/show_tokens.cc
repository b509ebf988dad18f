// Prints what an analyzer makes of texts, for analysis_test.py, which asks a node the same: a text
// a line comes in, in hexadecimal digits; its tokens go out, in hexadecimal digits with blanks
// between them ("-" is the place of a dropped word).
//
//   echo 466f6f20426172 | tripline_show_tokens standard     # 666f6f 626172
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

#include "compiler/analysis_settings.h"
#include "jit/tokens.h"

namespace tripline {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string FromHex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(kDigits.find(digits[i]) << 4U | kDigits.find(digits[i + 1]));
  }
  return bytes;
}

std::string ToHex(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += kDigits[static_cast<unsigned char>(byte) >> 4U];
    digits += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return bytes.empty() ? "-" : digits;
}

int Run(std::string_view analyzer) {
  const auto analysis = compiler::AnalysisSettings().Analyzer(analyzer);
  if (!analysis) {
    std::cerr << "'" << analyzer << "' is no analyzer that is known\n";
    return 2;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::string_view between;
    for (const std::string& token : jit::Tokens(FromHex(line), *analysis)) {
      std::cout << between << ToHex(token);
      between = " ";
    }
    std::cout << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace tripline

int main(int argc, char** argv) { return tripline::Run(argc > 1 ? argv[1] : "standard"); }
