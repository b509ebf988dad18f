// lint.always_true and lint.always_false: parts that hold for every event, or for none, whatever it
// has: two conditions that exclude or complete each other, and `*:*` among alternatives. A query
// that is `*:*` as a whole is meant to match everything.
#include <string>
#include <variant>
#include <vector>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

// `*:*`, or a star without a field.
bool IsEverything(const LintSubject& subject, grammar::NodeId node) {
  const auto* const is = std::get_if<grammar::IsNode>(&subject.ast.nodes[node].data);
  return is != nullptr && IsLoneStar(is->value) &&
         (IsLoneStar(is->field) || is->field.kind == Literal::Kind::kNull);
}

}  // namespace

void LintAlwaysTrue(const LintSubject& subject, LintFindings& findings) {
  for (const grammar::Node& node : subject.ast.nodes) {
    const auto* const any = std::get_if<grammar::OrNode>(&node.data);
    for (const grammar::NodeId id :
         any == nullptr ? std::vector<grammar::NodeId>() : any->operands) {
      if (IsEverything(subject, id)) {
        findings.Say(subject.ast.nodes[id].span,
                     "this alternative holds for every event, so the others change nothing",
                     "name a field in front of the star, or leave the alternative out");
      }
    }
  }
  for (const LogicFinding& found : subject.logic.findings) {
    if (found.kind == LogicFinding::Kind::kAlways) {
      findings.Say(subject.ast.nodes[found.node].span,
                   "every event satisfies " + NodeText(subject, found.because) + " or " +
                       NodeText(subject, found.node) + ": together they ask nothing",
                   "leave the part out, or mend the condition that was meant otherwise");
    }
  }
}

void LintAlwaysFalse(const LintSubject& subject, LintFindings& findings) {
  for (const grammar::Node& node : subject.ast.nodes) {
    const auto* const negation = std::get_if<grammar::NotNode>(&node.data);
    if (negation != nullptr && IsEverything(subject, negation->operand)) {
      findings.Say(node.span, "`not *` holds for no event",
                   "to ask for a missing field write `not field : *`");
    }
  }
  for (const LogicFinding& found : subject.logic.findings) {
    if (found.kind == LogicFinding::Kind::kNever) {
      findings.Say(subject.ast.nodes[found.node].span,
                   NodeText(subject, found.because) + " and " + NodeText(subject, found.node) +
                       ", one of them negated, exclude each other: no event satisfies this part",
                   "one of the two must go; or they were meant as alternatives, joined with `or`");
    }
  }
}

}  // namespace tripline::compiler
