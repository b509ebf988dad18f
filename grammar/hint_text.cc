#include "grammar/hint_text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "grammar/literal.h"
#include "grammar/syntax_error.h"

namespace tripline::grammar {

std::string Lowercase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return lower;
}

std::string InBackticks(std::string_view text) {
  constexpr std::size_t kMaxShown = 48;
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (shown.size() >= kMaxShown && (byte & 0xC0U) != 0x80U) {
      shown += "...";
      break;
    }
    shown += byte < 0x20U || byte == 0x7FU ? ' ' : c;
  }
  return "`" + shown + "`";
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool LooksLikeField(std::string_view word) {
  const auto is_field_character = [](char c) {
    return IsLetter(c) || (c >= '0' && c <= '9') ||
           std::string_view("._-@").find(c) != std::string_view::npos;
  };
  return !word.empty() && (IsLetter(word[0]) || word[0] == '@' || word[0] == '_') &&
         std::ranges::all_of(word, is_field_character);
}

bool IsBlank(char c) { return BlankLength(std::string_view(&c, 1)) > 0; }

bool IsStop(char c) {
  return IsBlank(c) || std::string_view("()\"{}<>").find(c) != std::string_view::npos;
}

bool IsKeyword(std::string_view word) {
  const std::string lower = Lowercase(word);
  return lower == "and" || lower == "or" || lower == "not";
}

std::string_view LastWord(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !IsBlank(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin);
}

std::string_view LastOfSeveralWords(std::string_view text) {
  const std::string_view last = LastWord(text);
  return last.size() < text.size() ? last : std::string_view();
}

std::string_view Rest(const SyntaxError& error) {
  return std::string_view(error.source.text).substr(error.found.span.begin);
}

std::string_view ValueText(const SyntaxError& error) {
  return error.literal.empty()
             ? Rest(error)
             : std::string_view(error.source.text).substr(error.literal.front().span.begin);
}

std::string FieldName(const SyntaxError& error) {
  return error.field.empty() ? "field" : std::string(error.TextOf(error.field));
}

}  // namespace tripline::grammar
