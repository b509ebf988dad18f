// lint.double_star and lint.star_in_bound: two places where a star is not what it is elsewhere.
// `a:**` is a pattern, not the question whether the field exists; `a > 5*` compares with the text
// `5*`.
#include <algorithm>
#include <string>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {

void LintDoubleStar(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    const bool is_only_stars =
        leaf.value->kind == grammar::Literal::Kind::kWildcard && leaf.value->pieces.size() > 2 &&
        std::ranges::all_of(leaf.value->pieces, [](const auto& piece) { return piece.empty(); });
    if (is_only_stars) {
      findings.Say(leaf.value->span,
                   InBackticks(LiteralText(*leaf.value)) +
                       " is a pattern that every value is compared with, not the test whether the "
                       "field exists",
                   "write a single star");
    }
  }
}

void LintStarInBound(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    const bool is_text =
        ColumnKindOf(leaf.type()) == jit::ColumnKind::kString || IsText(leaf.type());
    const std::string_view source = TextAt(subject.query, leaf.value->span);
    if (leaf.comparison && !leaf.value->is_quoted && is_text && source.contains('*') &&
        !source.contains("\\*")) {
      findings.Say(leaf.value->span,
                   "a bound has no wildcards: values are compared with the text " +
                       InBackticks(source) + ", star included",
                   "leave the star out, or ask for a pattern with `:`");
    }
  }
}

}  // namespace tripline::compiler
