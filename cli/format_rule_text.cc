#include "cli/format_rule_text.h"

#include <cstddef>
#include <string_view>

#include "compiler/format_query.h"

namespace tripline::cli {
namespace {

constexpr std::string_view kLiteral = "'''";
constexpr std::string_view kBasic = "\"\"\"";

// The byte offset of a line and column (in code points) of the text.
std::optional<std::size_t> OffsetOf(std::string_view text, LineColumn place) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < place.line; ++line) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) {
      return std::nullopt;
    }
    ++at;
  }
  for (std::uint32_t column = 1; column < place.column && at < text.size(); ++column) {
    do {
      ++at;
    } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
  }
  return at;
}

}  // namespace

std::optional<std::string> FormatRuleText(const compiler::Rule& rule, const std::string& text) {
  const std::string& query = rule.query.text;
  const std::optional<std::size_t> begin = OffsetOf(text, rule.query.origin);
  const std::optional<std::string> formatted = compiler::FormatQuery(rule.query);
  if (!begin || !formatted || query.empty() || text.compare(*begin, query.size(), query) != 0) {
    return std::nullopt;
  }
  // What stands before the query: its quotes, and the line break that TOML leaves out after them.
  std::size_t quotes = *begin;
  if (quotes > 0 && text[quotes - 1] == '\n') {
    --quotes;
  }
  if (quotes > 0 && text[quotes - 1] == '\r') {
    --quotes;
  }
  const std::string_view before = std::string_view(text).substr(0, quotes);
  const std::string_view after = std::string_view(text).substr(*begin + query.size());
  std::string_view found;
  for (const std::string_view mark :
       {kLiteral, kBasic, std::string_view("'"), std::string_view("\"")}) {
    if (found.empty() && before.ends_with(mark) && after.starts_with(mark)) {
      found = mark;
    }
  }
  const bool has_escapes = found.starts_with('"') && query.find('\\') != std::string::npos;
  if (found.empty() || has_escapes || formatted->find(kLiteral) != std::string::npos) {
    return std::nullopt;
  }
  const bool is_one_line = formatted->find('\n') == std::string::npos;
  const std::string value =
      found.size() == 1 && is_one_line
          ? std::string(found) + *formatted + std::string(found)
          : std::string(kLiteral) + "\n" + *formatted + "\n" + std::string(kLiteral);
  return std::string(before.substr(0, before.size() - found.size())) + value +
         std::string(after.substr(found.size()));
}

}  // namespace tripline::cli
