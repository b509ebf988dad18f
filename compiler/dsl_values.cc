#include "compiler/dsl_values.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace tripline::compiler {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000;

bool IsText(const Node& value, std::string_view wanted) {
  const std::string* const text = value.AsString();
  return text != nullptr && AsciiLowerCased(*text) == wanted;
}

}  // namespace

std::optional<grammar::Literal> LiteralOf(const Node& value) {
  if (value.IsNull() || value.AsArray() != nullptr || value.AsObject() != nullptr) {
    return std::nullopt;
  }
  grammar::Literal literal;
  literal.kind = grammar::Literal::Kind::kString;
  literal.text = value.AsString() != nullptr ? *value.AsString() : ToJson(value);
  literal.is_quoted = true;
  return literal;
}

WildcardText ReadWildcard(std::string_view text) {
  WildcardText wildcard;
  wildcard.glob.pieces = {""};
  bool has_escaped_question = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      wildcard.glob.pieces.emplace_back();
      continue;
    }
    wildcard.glob.has_question = wildcard.glob.has_question || text[i] == '?';
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      has_escaped_question = has_escaped_question || text[i] == '?';
      const bool is_lost = text[i] != '*' && text[i] != '?' && text[i] != '\\';
      if (is_lost && wildcard.lost_backslashes.find(text[i]) == std::string::npos) {
        wildcard.lost_backslashes += text[i];
      }
    }
    wildcard.glob.pieces.back() += text[i];
  }
  wildcard.is_ambiguous = wildcard.glob.has_question && has_escaped_question;
  return wildcard;
}

std::string AboutLostBackslash(const WildcardText& text) {
  const char first = text.lost_backslashes.at(0);
  const bool is_printable = first > ' ' && first < 0x7F;
  return std::string("the backslash before ") +
         (is_printable ? "`" + std::string(1, first) + "`" : "an ordinary character") +
         " is lost: in a wildcard it only takes the meaning from `*`, `?` and itself";
}

bool IgnoresCase(const Node& options) {
  const Node* const flag = options.Find("case_insensitive");
  const bool* const value = flag == nullptr ? nullptr : std::get_if<bool>(&flag->value);
  return value != nullptr && *value;
}

std::string_view ChangingOption(const Node& options, std::string_view value_key) {
  // `lenient` hides errors, and a zero_terms_query of none is the default.
  static constexpr std::array<std::string_view, 7> kHarmless = {
      "_name", "boost", "case_insensitive", "lenient", "operator", "rewrite", "type"};
  for (const Member& member : *options.AsObject()) {
    const bool is_harmless = std::ranges::find(kHarmless, member.key) != kHarmless.end() ||
                             (member.key == "slop" && CountOf(member.value) == 0) ||
                             (member.key == "zero_terms_query" && IsText(member.value, "none"));
    if (member.key != value_key && !is_harmless) {
      return member.key;
    }
  }
  return "";
}

bool IsUsualDateFormat(const Member& option) {
  const std::string* const format = option.value.AsString();
  return option.key == "format" && format != nullptr &&
         (*format == "strict_date_optional_time" || *format == "date_optional_time" ||
          *format == "strict_date_optional_time||epoch_millis");
}

std::string AsciiLowerCased(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return lower;
}

const Member* OnlyField(const Node& body) {
  const Node::Object* const object = body.AsObject();
  if (object == nullptr) {
    return nullptr;
  }
  const Member* found = nullptr;
  for (const Member& member : *object) {
    if (member.key != "boost" && member.key != "_name") {
      if (found != nullptr) {
        return nullptr;
      }
      found = &member;
    }
  }
  return found;
}

std::optional<grammar::RangeOperator> RangeOperatorOf(std::string_view key) {
  using grammar::RangeOperator;
  static constexpr std::array<std::pair<std::string_view, RangeOperator>, 4> kOperators = {
      {{"gt", RangeOperator::kGt},
       {"gte", RangeOperator::kGte},
       {"lt", RangeOperator::kLt},
       {"lte", RangeOperator::kLte}}};
  for (const auto& [name, op] : kOperators) {
    if (name == key) {
      return op;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CountOf(const Node& node) {
  std::int64_t count = -1;
  if (const auto* const whole = std::get_if<std::int64_t>(&node.value)) {
    count = *whole;
  } else if (const std::string* const text = node.AsString();
             text != nullptr && text->size() == 1 && (*text)[0] >= '0' && (*text)[0] <= '9') {
    count = (*text)[0] - '0';
  }
  if (count < 0 || count > kMaxCount) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace tripline::compiler
