// The lints, one a file: <name>.cc has Lint<Name>, which says `lint.<name>`. The table that runs
// them is in lint.cc.
#pragma once

#include "compiler/lint/lint.h"

namespace tripline::compiler {

void LintMissingOr(const LintSubject& subject, LintFindings& findings);
void LintQuotedWildcard(const LintSubject& subject, LintFindings& findings);
void LintQuestionMark(const LintSubject& subject, LintFindings& findings);
void LintOperatorWord(const LintSubject& subject, LintFindings& findings);
void LintBareTerm(const LintSubject& subject, LintFindings& findings);
void LintDoubleStar(const LintSubject& subject, LintFindings& findings);
void LintStarInBound(const LintSubject& subject, LintFindings& findings);
void LintEscape(const LintSubject& subject, LintFindings& findings);
void LintComment(const LintSubject& subject, LintFindings& findings);
void LintWordCase(const LintSubject& subject, LintFindings& findings);
void LintSplitPattern(const LintSubject& subject, LintFindings& findings);
void LintLuceneOperator(const LintSubject& subject, LintFindings& findings);
void LintNeverInText(const LintSubject& subject, LintFindings& findings);
void LintTextOrder(const LintSubject& subject, LintFindings& findings);
void LintOtherLanguage(const LintSubject& subject, LintFindings& findings);
void LintCaseSensitive(const LintSubject& subject, LintFindings& findings);
void LintAlwaysTrue(const LintSubject& subject, LintFindings& findings);
void LintAlwaysFalse(const LintSubject& subject, LintFindings& findings);
void LintRedundant(const LintSubject& subject, LintFindings& findings);
void LintSubnetInside(const LintSubject& subject, LintFindings& findings);

/// A superfluous condition for a block of addresses inside another one.
[[nodiscard]] bool IsSubnetInside(const TypedAst& typed, const LogicFinding& found);

}  // namespace tripline::compiler
