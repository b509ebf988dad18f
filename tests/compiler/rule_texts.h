// Rule documents for tests: short ones that have all that a rule needs, with room for more.
#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "compiler/rule_reader.h"

namespace tripline::compiler {

/// Whether one of the lines begins with `key =`.
[[nodiscard]] inline bool SetsKey(std::string_view lines, const std::string& key) {
  return lines.starts_with(key + " =") || lines.contains("\n" + key + " =");
}

/// A query rule as TOML. `keys` are lines of [rule]; `tables` stand behind them.
[[nodiscard]] inline std::string TomlRule(std::string_view keys = "",
                                          std::string_view tables = "") {
  return "[rule]\n"
         "rule_id = \"r-1\"\n"
         "name = \"A rule\"\n"
         "description = \"What it finds\"\n"
         "risk_score = 47\n"
         "severity = \"medium\"\n" +
         std::string(SetsKey(keys, "type") ? "" : "type = \"query\"\n") +
         std::string(SetsKey(keys, "query") ? "" : "query = \"process.name : curl\"\n") +
         std::string(keys) + "\n" + std::string(tables);
}

/// The same rule as JSON; `members` begin with a comma.
[[nodiscard]] inline std::string JsonRule(std::string_view members = "",
                                          std::string_view id = "r-1") {
  return R"({"rule_id":")" + std::string(id) +
         R"(","name":"A rule","description":"What it finds","risk_score":47,"severity":"medium")" +
         std::string(members.contains(",\"type\":") ? "" : R"(,"type":"query")") +
         std::string(members.contains(",\"query\":") ? "" : R"(,"query":"process.name : curl")") +
         std::string(members) + "}";
}

/// "rule.missing_key@1:1 ..." of all diagnostics, in their order.
[[nodiscard]] inline std::string Codes(const ReadRules& read) {
  std::string codes;
  for (const Diagnostic& d : read.diagnostics) {
    codes += (codes.empty() ? "" : " ") + d.code + "@" + std::to_string(d.where.line) + ":" +
             std::to_string(d.where.column);
  }
  return codes;
}

}  // namespace tripline::compiler
