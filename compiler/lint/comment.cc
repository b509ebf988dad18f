// lint.comment: KQL has no comments. What follows `//` is part of the value or the field name.
#include <string>
#include <string_view>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

bool BeginsComment(const BareText& bare, std::size_t i, std::string_view word) {
  const bool is_whole_word = word == "//" || word == "/*";
  if (i == 0) {
    const bool is_front = bare.is_field || bare.leaf.IsBare();
    return is_front && (is_whole_word || word.starts_with("//") || word == "#");
  }
  return is_whole_word || (word == "#" && !HoldsSentences(bare.leaf));
}

}  // namespace

void LintComment(const LintSubject& subject, LintFindings& findings) {
  ForEachUnquoted(subject, [&](const BareText& bare) {
    const std::vector<std::string_view> words = WordsIn(bare.text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (BeginsComment(bare, i, words[i])) {
        const auto begin = static_cast<std::uint32_t>(words[i].data() - subject.query.text.data());
        findings.Say({begin, bare.literal.span.end},
                     "KQL has no comments: " + InBackticks(bare.text) + " is " +
                         (bare.is_field        ? "the field's name"
                          : bare.leaf.IsBare() ? "looked for in every field"
                                               : "the value"),
                     "leave the comment out; a rule has its `note` for it");
        return;
      }
    }
  });
}

}  // namespace tripline::compiler
