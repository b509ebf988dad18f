// The lints, one a file: <name>.cc has Lint<Name>, which says `lint.<name>`. The table that runs
// them is in lint.cc.
#pragma once

#include "compiler/lint/lint.h"

namespace tripline::compiler {

void LintMissingOr(const LintSubject& subject, LintFindings& findings);
void LintQuotedWildcard(const LintSubject& subject, LintFindings& findings);
void LintQuestionMark(const LintSubject& subject, LintFindings& findings);
void LintAlwaysTrue(const LintSubject& subject, LintFindings& findings);
void LintAlwaysFalse(const LintSubject& subject, LintFindings& findings);
void LintRedundant(const LintSubject& subject, LintFindings& findings);
void LintSubnetInside(const LintSubject& subject, LintFindings& findings);

/// A superfluous condition for a block of addresses inside another one.
[[nodiscard]] bool IsSubnetInside(const TypedAst& typed, const LogicFinding& found);

}  // namespace tripline::compiler
