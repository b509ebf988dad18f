// lint.escape: `\t`, `\r` and `\n` are a TAB and line breaks, quoted or not, and so "C:\temp" holds
// a TAB and `\not` begins with a line break. Said where the backslash is more likely one of a path
// or of an account. A TAB that is meant can be written `\u0009`.
#include <cctype>
#include <string>
#include <string_view>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool IsAlnum(std::string_view text, std::size_t at) {
  return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
}

// The first `\t`, `\r` or `\n` with a letter or digit behind it; npos if there is none.
std::size_t FindControlEscape(std::string_view source) {
  for (std::size_t at = 0; at + 1 < source.size(); ++at) {
    if (source[at] == '\\') {
      if ((source[at + 1] == 't' || source[at + 1] == 'r' || source[at + 1] == 'n') &&
          IsAlnum(source, at + 2)) {
        return at;
      }
      ++at;  // what is escaped is no backslash of its own
    }
  }
  return source.npos;
}

// A backslash that quotes leave as it is, because nothing follows that it escapes.
bool HasPlainBackslash(std::string_view source) {
  constexpr std::string_view kEscapable = "trnu\\\"";
  for (std::size_t at = 0; at + 1 < source.size(); ++at) {
    if (source[at] == '\\') {
      if (!kEscapable.contains(source[at + 1])) {
        return true;
      }
      ++at;
    }
  }
  return false;
}

// `C:\temp`, `%APPDATA%\new`, `HKLM\system\run`, `CORP\tom`
bool LooksLikePath(std::string_view inner, std::size_t escape) {
  const bool has_drive =
      inner.size() > 2 && IsAlnum(inner, 0) && inner[1] == ':' && inner[2] == '\\';
  const bool is_one_word = inner.find_first_of(" ;(){}=<>") == inner.npos;
  const bool is_behind_name =
      escape > 0 && (IsAlnum(inner, escape - 1) || inner[escape - 1] == '%' ||
                     inner[escape - 1] == '*' || inner[escape - 1] == ':');
  return has_drive || HasPlainBackslash(inner) || (is_one_word && is_behind_name);
}

const char* NameOf(char escaped) { return escaped == 't' ? "a TAB" : "a line break"; }

void Look(const LintSubject& subject, const Literal& literal, bool holds_text,
          LintFindings& findings) {
  std::string_view source = TextAt(subject.query, literal.span);
  std::uint32_t begin = literal.span.begin;
  if (literal.is_quoted) {
    source = source.substr(1, source.size() - 2);
    ++begin;
  }
  const std::size_t at = FindControlEscape(source);
  if (at == source.npos || (literal.is_quoted && !LooksLikePath(source, at)) ||
      (holds_text && literal.is_quoted && !HasPlainBackslash(source))) {
    return;
  }
  const std::uint32_t where = begin + static_cast<std::uint32_t>(at);
  const std::string escape(source.substr(at, 2));
  findings.Say({where, where + 2},
               "`" + escape + "` is " + NameOf(escape[1]) + " in " + InBackticks(source) +
                   ", not a backslash and a letter",
               "for the backslash write `\\\\`" +
                   std::string(escape == "\\n" && LowerCased(source.substr(at)).starts_with("\\not")
                                   ? ", for the word `\\NOT` or quotes"
                                   : ""));
}

}  // namespace

void LintEscape(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.begins_field) {
      Look(subject, *leaf.field, false, findings);
    }
    Look(subject, *leaf.value, HoldsSentences(leaf), findings);
  }
}

}  // namespace tripline::compiler
