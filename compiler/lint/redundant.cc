// lint.redundant: conditions that change nothing, because another one covers them. Blocks of
// addresses are lint.subnet_inside's.
#include <string>
#include <variant>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

// `true or "true"`, on a field that may be a boolean somewhere and a keyword elsewhere.
bool IsBooleanBesideItsText(const LintSubject& subject, const LogicFinding& found) {
  const auto* const a = std::get_if<grammar::IsNode>(&subject.ast.nodes[found.node].data);
  const auto* const b = std::get_if<grammar::IsNode>(&subject.ast.nodes[found.because].data);
  return a != nullptr && b != nullptr && a->value.kind != b->value.kind &&
         (a->value.kind == grammar::Literal::Kind::kBoolean ||
          b->value.kind == grammar::Literal::Kind::kBoolean);
}

}  // namespace

void LintRedundant(const LintSubject& subject, LintFindings& findings) {
  for (const LogicFinding& found : subject.logic.findings) {
    if (found.kind != LogicFinding::Kind::kSuperfluous || IsSubnetInside(*subject.typed, found) ||
        IsBooleanBesideItsText(subject, found)) {
      continue;
    }
    const std::string node = NodeText(subject, found.node);
    const std::string because = NodeText(subject, found.because);
    findings.Say(subject.ast.nodes[found.node].span,
                 node == because ? node + " stands there twice"
                                 : node + " changes nothing beside " + because,
                 "leave it out, or mend it if another value or field was meant");
  }
}

}  // namespace tripline::compiler
