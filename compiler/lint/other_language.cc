// lint.other_language: signs that are operators in other languages, and in KQL characters of the
// value: `&&` and `||`, `!x`, lists with commas, ranges in brackets, regular expressions, a sign in
// front of a field.
#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

bool HasLogicSign(const BareText& bare, const std::vector<std::string_view>& words) {
  return (bare.leaf.IsBare() || !HoldsSentences(bare.leaf)) &&
         std::ranges::any_of(words, [](std::string_view w) { return w == "&&" || w == "||"; });
}

bool IsNegated(std::string_view text) {
  return text.size() > 1 && text[0] == '!' && text[1] != '=' &&
         (std::isalpha(static_cast<unsigned char>(text[1])) != 0 || text[1] == '*');
}

bool IsBracketRange(std::string_view text) {
  return text.starts_with('[') && text.ends_with(']') && LowerCased(text).contains(" to ");
}

bool IsRegularExpression(std::string_view text) {
  if (text.size() < 3 || !text.starts_with('/') || !text.ends_with('/')) {
    return false;
  }
  const auto has = [&](std::string_view sign) { return text.contains(sign); };
  return has(".*") || has(".+") || has("[") || has("|") || has("$/") || has("/^");
}

// `a, b, c`: single words, each but the last with a comma; of two only in parentheses.
bool IsCommaList(const LintSubject& subject, const BareText& bare,
                 const std::vector<std::string_view>& words) {
  const auto ends_in_comma = [](std::string_view word) { return word.ends_with(','); };
  const bool is_list =
      words.size() > 1 && std::all_of(words.begin(), words.end() - 1, ends_in_comma);
  const bool is_dense = words.size() == 1 && words[0].contains(',');
  return !bare.text.contains('=') && !HoldsSentences(bare.leaf) &&
         ((is_list && words.size() > 2) ||
          ((is_list || is_dense) && IsAloneInParentheses(subject, bare.leaf)));
}

// The field without the sign in front of it, if that is a field.
std::string SignedField(const LintSubject& subject, std::string_view text) {
  if (text.empty() || (text[0] != '!' && text[0] != '-' && text[0] != '+')) {
    return "";
  }
  const std::string name(Trimmed(text.substr(1)));
  return text[0] == '!' || FindField(subject.catalog, name) != nullptr ? name : "";
}

void LookAtField(const LintSubject& subject, const BareText& bare, LintFindings& findings) {
  if (const std::string name = SignedField(subject, bare.text); !name.empty()) {
    findings.Say(bare.literal.span,
                 "the sign is part of the field's name, " + InBackticks(bare.text),
                 bare.text[0] == '+' ? "write " + InBackticks(name)
                                     : "to negate write " + InBackticks("not " + name + " : ..."));
  }
}

void LookAtValue(const LintSubject& subject, const BareText& bare, LintFindings& findings) {
  const std::vector<std::string_view> words = WordsIn(bare.text);
  const std::string shown = InBackticks(bare.text);
  if (HasLogicSign(bare, words)) {
    findings.Say(bare.literal.span, "`&&` and `||` are no operators: " + shown + " is one value",
                 "write `and` or `or`");
  } else if (IsNegated(bare.text)) {
    findings.Say(bare.literal.span, "`!` is part of the value " + shown,
                 bare.leaf.IsBare() ? "write `not` in front of the condition"
                                    : "write `not` in front of the condition, or of the value in "
                                      "parentheses: `field : (not value)`");
  } else if (IsBracketRange(bare.text)) {
    findings.Say(bare.literal.span, "brackets are no range: " + shown + " is one value",
                 "write `field >= a and field <= b`");
  } else if (IsRegularExpression(bare.text)) {
    findings.Say(bare.literal.span, "KQL has no regular expressions: " + shown + " is one value",
                 "the only wildcard is `*`");
  } else if (IsCommaList(subject, bare, words)) {
    findings.Say(bare.literal.span, "commas make no list: " + shown + " is one value",
                 "write `or` between the values; quote the text if it is one value");
  }
}

}  // namespace

void LintOtherLanguage(const LintSubject& subject, LintFindings& findings) {
  ForEachUnquoted(subject, [&](const BareText& bare) {
    if (bare.is_field) {
      LookAtField(subject, bare, findings);
    } else if (!bare.leaf.comparison) {
      LookAtValue(subject, bare, findings);
    }
  });
}

}  // namespace tripline::compiler
