// The TOML door. The only file that sees toml++, whose exceptions end here.
//
// toml++ bounds the nesting of values (256), but neither dotted keys nor table headers, and frees
// its tree by recursion: `a.a.a.a...` overflows the stack. So nesting is counted roughly before it
// sees the text (brackets, and the parts of each key, outside strings and comments), and exactly
// while its tree is converted.
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "compiler/document.h"
#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

constexpr std::size_t kMaxKeyParts = 20;
constexpr std::size_t kMaxBrackets = 40;

// End of the string that begins at `i`. Unterminated ones end where toml++ gives up on them.
std::size_t StringEnd(std::string_view text, std::size_t i) {
  const char quote = text[i];
  const std::string triple(3, quote);
  const bool is_multi_line = text.substr(i, 3) == triple;
  for (i += is_multi_line ? 3 : 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == '\n' && !is_multi_line) {
      return i;
    } else if (text[i] == quote && !is_multi_line) {
      return i + 1;
    } else if (text[i] == quote && text.substr(i, 3) == triple) {
      // One or two quotes may stand right before the closing three.
      for (std::size_t extra = 0; extra < 2 && text.substr(i + 1, 3) == triple; ++extra) {
        ++i;
      }
      return i + 3;
    }
  }
  return text.size();
}

Problem ProblemAt(ProblemKind kind, std::size_t offset) {
  return {kind, static_cast<std::uint32_t>(offset), ""};
}

// The first key or bracket that nests too deeply, or the value that is one too many.
std::optional<Problem> FindExcess(std::string_view text) {
  std::size_t num_brackets = 0;
  std::size_t num_dots = 0;
  std::size_t num_values = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = StringEnd(text, i);
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '.') {
      ++num_dots;
    } else if (c == '=' || c == ',' || c == '\n') {
      num_dots = 0;
      num_values += c == '\n' ? 0 : 1;
    } else if (c == '[' || c == '{') {
      num_dots = 0;
      ++num_brackets;
    } else if (c == ']' || c == '}') {
      num_dots = 0;
      num_brackets -= num_brackets > 0 ? 1 : 0;
    }
    if (num_dots >= kMaxKeyParts || num_brackets > kMaxBrackets) {
      return ProblemAt(ProblemKind::kTooDeep, i);
    }
    if (num_values > kMaxDocumentValues) {
      return ProblemAt(ProblemKind::kTooMany, i);
    }
    ++i;
  }
  return std::nullopt;
}

class Converter {
 public:
  explicit Converter(const SourceFile& file) : file_(file) {}

  Node Convert(const toml::node& from, std::size_t depth) {
    Node node{std::monostate(), SpanOf(from.source())};
    if (depth > kMaxDocumentDepth) {
      problem_ = ProblemAt(ProblemKind::kTooDeep, node.span.begin);
    } else if (const toml::table* const table = from.as_table()) {
      node.value = Members(*table, depth);
    } else if (const toml::array* const array = from.as_array()) {
      Node::Array elements;
      for (const toml::node& element : *array) {
        elements.push_back(Convert(element, depth + 1));
      }
      node.value = std::move(elements);
    } else if (const auto* const text = from.as_string()) {
      node.value = text->get();
    } else if (const auto* const integer = from.as_integer()) {
      node.value = std::int64_t{integer->get()};
    } else if (const auto* const number = from.as_floating_point()) {
      ConvertDouble(number->get(), node);
    } else if (const auto* const flag = from.as_boolean()) {
      node.value = flag->get();
    } else if (const auto* const date = from.as_date()) {
      node.value = Spelled(date->get());
    } else if (const auto* const time = from.as_time()) {
      node.value = Spelled(time->get());
    } else if (const auto* const date_time = from.as_date_time()) {
      node.value = Spelled(date_time->get());
    }
    return node;
  }
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }

 private:
  Node::Object Members(const toml::table& table, std::size_t depth) {
    Node::Object members;
    for (const auto& [key, value] : table) {
      members.push_back({std::string(key.str()), SpanOf(key.source()), Convert(value, depth + 1)});
    }
    std::ranges::sort(members, {}, &Member::key);
    return members;
  }
  void ConvertDouble(double number, Node& node) {
    if (std::isfinite(number)) {
      node.value = number;
      return;
    }
    problem_ = Problem{ProblemKind::kNoJson, node.span.begin,
                       "a rule cannot hold the numbers nan and inf"};
  }
  template <class Time>
  static std::string Spelled(const Time& time) {
    std::ostringstream text;
    text << time;
    return text.str();
  }
  [[nodiscard]] Span SpanOf(const toml::source_region& region) const {
    return {file_.OffsetOf({region.begin.line, region.begin.column}),
            file_.OffsetOf({region.end.line, region.end.column})};
  }

  const SourceFile& file_;
  std::optional<Problem> problem_;
};

}  // namespace

std::expected<ParsedDocument, Problem> ParseToml(const SourceFile& file) {
  if (const auto excess = FindExcess(file.text())) {
    return std::unexpected(*excess);
  }
  try {
    const toml::table table = toml::parse(file.text());
    Converter converter(file);
    ParsedDocument parsed{converter.Convert(table, 0), {}};
    if (converter.problem()) {
      return std::unexpected(*converter.problem());
    }
    return parsed;
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    constexpr std::size_t kMaxSentence = 200;
    return std::unexpected(Problem{ProblemKind::kSyntax, file.OffsetOf({at.line, at.column}),
                                   std::string(error.description().substr(0, kMaxSentence))});
  }
}

}  // namespace tripline::compiler
