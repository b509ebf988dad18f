// lint.operator_word: an operator needs a blank on either side, and a condition behind it. Where it
// lacks one it is part of the value: `a:foo not`, `a:(b or c or)`, `or:a`.
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

bool IsOperator(std::string_view word) {
  const std::string lower = LowerCased(word);
  return lower == "or" || lower == "and" || lower == "not";
}

}  // namespace

void LintOperatorWord(const LintSubject& subject, LintFindings& findings) {
  ForEachUnquoted(subject, [&](const BareText& bare) {
    const std::vector<std::string_view> words = WordsIn(bare.text);
    if (words.empty() || (!IsOperator(words.front()) && !IsOperator(words.back()))) {
      return;
    }
    const std::string word = InBackticks(IsOperator(words.back()) ? words.back() : words.front());
    const std::string what = bare.is_field ? "field name" : "value";
    findings.Say(bare.literal.span,
                 words.size() == 1 ? word + " is no operator here, but the whole " + what
                                   : word + " is no operator here, but part of the " + what + " " +
                                         InBackticks(bare.text),
                 "an operator needs a blank on either side and a condition behind it; quote the "
                 "word if it is meant");
  });
}

}  // namespace tripline::compiler
