#include "compiler/translate_error.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostic.h"
#include "compiler/translate_text.h"

namespace tripline::compiler {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The UTF-16 unit at `offset`, as three bytes where it is half of a pair. Requires valid UTF-8 and
// an offset inside it at which a character begins.
std::string UnitAt(std::string_view text, std::size_t offset) {
  std::size_t at = 0;
  for (std::size_t unit = 0; unit < offset && at < text.size();) {
    unit += static_cast<unsigned char>(text[at]) >= 0xF0 ? 2 : 1;
    do {
      ++at;
    } while (at < text.size() && IsContinuation(text[at]));
  }
  std::size_t length = 1;
  while (at + length < text.size() && IsContinuation(text[at + length])) {
    ++length;
  }
  const std::string_view character = text.substr(at, length);
  if (character.size() < 4) {
    return std::string(character);
  }
  // The first half is U+D800 + (c - U+10000) / 0x400: ten bits of the character less one plane.
  const auto bits = [&](std::size_t i) { return static_cast<unsigned char>(character[i]) & 0x3FU; };
  const unsigned high = ((bits(0) & 7U) << 8U | bits(1) << 2U | bits(2) >> 4U) - 0x40U;
  return {'\xED', static_cast<char>(0xA0U + (high >> 6U)),
          static_cast<char>(0x80U + (high & 0x3FU))};
}

// A diagnostic shows whole and visible characters; Kibana a unit.
std::string KibanasMessage(const Diagnostic& diagnostic, std::string_view query) {
  constexpr std::string_view kFound = " but \"";
  const std::size_t found = diagnostic.message.rfind(kFound);
  if (diagnostic.code != "kql.syntax" || found == std::string::npos) {
    return diagnostic.message + ".";
  }
  return diagnostic.message.substr(0, found + kFound.size()) +
         UnitAt(query, diagnostic.utf16_offset) + "\" found.";
}

}  // namespace

std::string ErrorJson(const Diagnostic& diagnostic, std::string_view query) {
  using Json = nlohmann::ordered_json;
  Json error;
  error["message"] = Guarded(KibanasMessage(diagnostic, query));
  if (diagnostic.code != "kql.nested_group") {
    error["offset"] = diagnostic.utf16_offset;
  }
  Json answer;
  answer["error"] = std::move(error);
  // A message may quote bytes of a query that is no UTF-8.
  return Printed(answer.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace tripline::compiler
