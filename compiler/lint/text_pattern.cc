// lint.split_pattern, lint.lucene_operator and lint.never_in_text: what becomes of a pattern that
// is sent as a query string, as it is for analysed text, for fields that indices disagree about,
// inside of nested groups, and without a field. It falls apart at blanks; AND, OR and NOT in upper
// case are operators again; and each part is compared with single tokens, in which some characters
// never occur.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool IsQueryString(const LintLeaf& leaf) {
  const bool is_split = IsText(leaf.type()) || leaf.is_in_group || leaf.IsBare() ||
                        (leaf.info != nullptr && leaf.info->IsMixed());
  return is_split && !leaf.comparison && leaf.value->kind == Literal::Kind::kWildcard;
}

// Characters that separate tokens of the standard analyzer wherever they stand.
bool HasSeparator(std::string_view piece) {
  return piece.find_first_of("-/\\()[]{}$%&+<=>?@^`|~! ") != piece.npos;
}

bool IsBeyondTokens(const FieldTest& test, const jit::Atom& atom) {
  const auto* const glob = std::get_if<jit::TextGlob>(&atom);
  return glob != nullptr && test.field.analysis == jit::Analysis::kStandard &&
         std::ranges::any_of(glob->glob.pieces, HasSeparator);
}

}  // namespace

void LintSplitPattern(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    const std::string_view text = Trimmed(TextAt(subject.query, leaf.value->span));
    const std::vector<std::string_view> words = WordsIn(text);
    if (!IsQueryString(leaf) || words.size() < 2) {
      continue;
    }
    std::string parts;
    for (const std::string_view word : words) {
      parts += (parts.empty() ? "" : " or ") + std::string(word);
    }
    findings.Say(leaf.value->span,
                 "the pattern falls apart at its blanks: " + InBackticks(parts) + " is searched",
                 "ask for each word by itself, joined with `and`; or for a phrase, in quotes and "
                 "without stars");
  }
}

void LintLuceneOperator(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (!IsQueryString(leaf)) {
      continue;
    }
    for (const std::string& piece : leaf.value->pieces) {
      for (const std::string_view word : WordsIn(piece)) {
        if (word == "AND" || word == "OR" || word == "NOT") {
          findings.Say(leaf.value->span,
                       InBackticks(word) +
                           " in a pattern is an operator of the search engine's own language, "
                           "escaped or not",
                       "write the word in lower case, or ask without a star, in quotes");
        }
      }
    }
  }
}

void LintNeverInText(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (subject.typed == nullptr || !IsText(leaf.type())) {
      continue;
    }
    const auto* const tests = std::get_if<TestNode>(&subject.typed->nodes[leaf.node]);
    for (std::size_t i = 0; tests != nullptr && i < tests->tests.size(); ++i) {
      const FieldTest& test = tests->tests[i];
      if (std::ranges::any_of(test.atoms, [&](const auto& a) { return IsBeyondTokens(test, a); })) {
        findings.Say(leaf.value->span,
                     InBackticks(TextAt(subject.query, leaf.value->span)) +
                         " never matches: the field is kept as single words, and no word has the "
                         "characters between the stars",
                     "ask for the phrase in quotes, without stars; or for a keyword field");
        break;
      }
    }
  }
}

}  // namespace tripline::compiler
