#include "compiler/diagnostics_json.h"

#include <nlohmann/json.hpp>

namespace tripline::compiler {

std::string DiagnosticsToJson(const Diagnostics& diagnostics) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    list.push_back({{"severity", SeverityName(diagnostic.severity)},
                    {"code", diagnostic.code},
                    {"message", diagnostic.message},
                    {"hint", diagnostic.hint},
                    {"file", diagnostic.file},
                    {"line", diagnostic.where.line},
                    {"column", diagnostic.where.column},
                    {"offset", diagnostic.utf16_offset},
                    {"line_text", diagnostic.line_text}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tripline::compiler
