// lint.missing_or: an unquoted value runs to the next operator, blanks and line breaks included. So
// two values with nothing but a line break between them are one value, which no event has. Within a
// line only what cannot be one value is said: several names of files, several paths, and several
// words alone in parentheses.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool HasLineBreak(std::string_view text) { return text.find_first_of("\r\n") != text.npos; }

std::string_view ExtensionOf(std::string_view word) {
  static constexpr auto kKnown = std::to_array<std::string_view>(
      {".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".lnk", ".msi",
       ".ps1", ".py", ".scr", ".sh", ".sys", ".vbs"});
  const std::size_t dot = word.rfind('.');
  const std::string_view ending = dot == word.npos ? std::string_view() : word.substr(dot);
  return std::ranges::find(kKnown, ending) == kKnown.end() ? std::string_view() : ending;
}

bool IsPath(std::string_view word) {
  return word.starts_with('/') && std::ranges::count(word, '/') >= 2;
}

// Every word is a whole name of a file, or a whole path.
bool AreSeveralFiles(const std::vector<std::string_view>& words) {
  return std::ranges::all_of(words, [](auto word) { return !ExtensionOf(word).empty(); }) ||
         std::ranges::all_of(words, IsPath);
}

std::string Joined(const std::vector<std::string_view>& words) {
  std::string joined;
  for (const std::string_view word : words) {
    joined += (joined.empty() ? "" : " or ") + std::string(word);
  }
  return joined;
}

void LookOverLines(const LintSubject& subject, const Literal& literal, const char* what,
                   LintFindings& findings) {
  const std::string_view text = Trimmed(TextAt(subject.query, literal.span));
  const std::size_t line_break = text.find_first_of("\r\n");
  const std::string_view rest = Trimmed(text.substr(line_break));
  const auto end = static_cast<std::uint32_t>(literal.span.begin + line_break);
  findings.Say(
      {literal.span.begin, end},
      "nothing joins " + InBackticks(text.substr(0, line_break)) + " to " +
          InBackticks(rest.substr(0, rest.find_first_of("\r\n"))) +
          " on the next line: they are one " + what + ", line break included",
      "write `or` (or `and`) between them; quote the text if it is one " + std::string(what));
}

}  // namespace

void LintMissingOr(const LintSubject& subject, LintFindings& findings) {
  ForEachUnquoted(subject, [&](const BareText& bare) {
    const std::vector<std::string_view> words = WordsIn(bare.text);
    if (HasLineBreak(bare.text)) {
      LookOverLines(subject, bare.literal, bare.is_field ? "field name" : "value", findings);
    } else if (!bare.is_field && words.size() > 1 && !HoldsSentences(bare.leaf) &&
               (AreSeveralFiles(words) || IsAloneInParentheses(subject, bare.leaf))) {
      findings.Say(
          bare.literal.span,
          InBackticks(bare.text) + " is one value, blanks included: nothing joins its words",
          "for several values write " + InBackticks(Joined(words)) +
              "; quote the text if it is one value");
    }
  });
}

}  // namespace tripline::compiler
