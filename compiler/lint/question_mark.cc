// lint.question_mark: KQL has one wildcard, the star; a question mark is an ordinary character.
// Said where it stands in for a letter, as it would in EQL or in a search engine's own patterns:
// `?:\\Windows\\*`, `cdn??.space`. Not where texts have question marks: before the parameters of an
// address, behind a sentence, in an option such as `/?`.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// `?name=`, `?name*`, `?name&` or `?*`, behind the rest of an address.
bool BeginsParameters(std::string_view text, std::size_t at) {
  if (text.find('?', at + 1) != text.npos) {
    return text.find('=', at + 1) != text.npos;
  }
  std::size_t end = at + 1;
  while (end < text.size() && (IsWordCharacter(text[end]) || text[end] == '.')) {
    ++end;
  }
  const bool is_named = end == text.size() || text[end] == '=' || text[end] == '*' ||
                        text[end] == '&' || text[end] == '%';
  const bool is_behind_address = text.substr(0, at).contains('/') || text.contains('=');
  return is_named && is_behind_address;
}

bool HoldsAddresses(std::string_view path) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"url", "uri", "referrer", "http.", "Uri", "Url", "URL", "query", "user_agent"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return path.contains(word); });
}

// Behind a word, before a blank or the end; or with no word at either side: `/?`, `-?`, `?`.
bool IsPunctuation(std::string_view text, std::size_t at) {
  const bool is_before_blank = at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '"';
  const bool is_behind_word = at > 0 && IsWordCharacter(text[at - 1]);
  const bool is_sentence = text.contains(' ');
  const bool is_option = at == 0 || text[at - 1] == '/' || text[at - 1] == '-';
  return is_before_blank && ((is_behind_word && is_sentence) || is_option);
}

bool StandsForALetter(std::string_view text, std::size_t at, std::string_view path) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("?:\\") || rest.starts_with("?:/")) {
    return true;
  }
  const bool touches_word = (at > 0 && (IsWordCharacter(text[at - 1]) || text[at - 1] == '.')) ||
                            (at + 1 < text.size() && (IsWordCharacter(text[at + 1]) ||
                                                      text[at + 1] == '.' || text[at + 1] == '?'));
  return touches_word && !HoldsAddresses(path) && !text.contains("://") &&
         !BeginsParameters(text, at) && !IsPunctuation(text, at);
}

bool HasPlaceholder(const std::string& text, const std::string& path) {
  for (std::size_t at = text.find('?'); at != text.npos; at = text.find('?', at + 1)) {
    if (StandsForALetter(text, at, path)) {
      return true;
    }
  }
  return false;
}

std::string WithStars(std::string_view source) {
  std::string text;
  for (const char c : source) {
    if (c != '?' || !text.ends_with('*')) {
      text += c == '?' ? '*' : c;
    }
  }
  return text;
}

}  // namespace

void LintQuestionMark(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    const bool is_words_of_text =
        leaf.value->kind != Literal::Kind::kWildcard && (IsText(leaf.type()) || leaf.IsBare());
    if (leaf.comparison || is_words_of_text ||
        !HasPlaceholder(LiteralText(*leaf.value), leaf.path)) {
      continue;
    }
    const std::string_view source = TextAt(subject.query, leaf.value->span);
    findings.Say(leaf.value->span,
                 "`?` is an ordinary character in KQL: only a value with a question mark there "
                 "matches",
                 leaf.value->is_quoted
                     ? "the only wildcard is `*`, without quotes; or name each value"
                     : "the only wildcard is `*`: write " + InBackticks(WithStars(source)) +
                           ", or name each value");
  }
}

}  // namespace tripline::compiler
