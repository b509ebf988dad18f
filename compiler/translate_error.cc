#include "compiler/translate_error.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

#include "base/diagnostic.h"

namespace tripline::compiler {

std::string ErrorJson(const Diagnostic& diagnostic) {
  using Json = nlohmann::ordered_json;
  Json error;
  error["message"] = diagnostic.message + ".";
  error["offset"] = diagnostic.utf16_offset;
  Json answer;
  answer["error"] = std::move(error);
  // A message may quote bytes of a query that is no UTF-8.
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tripline::compiler
