// lint.always_true and lint.always_false: parts that hold for every event, or for none, whatever it
// has: two conditions that exclude or complete each other, and `*:*` among alternatives. A query
// that is `*:*` as a whole is meant to match everything.
#include <algorithm>
#include <cstddef>
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

// The conditions of findings as they stand in the query: with the `not` that is between one of them
// and the group that holds both.
class Written {
 public:
  explicit Written(const LintSubject& subject) : subject_(subject) {
    const std::vector<grammar::Node>& nodes = subject.ast.nodes;
    parents_.resize(nodes.size(), subject.ast.root);
    for (std::size_t id = 0; id < nodes.size(); ++id) {
      grammar::VisitOperands(nodes[id], [&](grammar::NodeId operand) {
        parents_[operand] = static_cast<grammar::NodeId>(id);
      });
    }
  }

  std::string Text(grammar::NodeId node, grammar::NodeId beside) const {
    const std::vector<grammar::NodeId> way_of_other = WayUp(beside);
    bool is_negated = false;
    for (const grammar::NodeId above : WayUp(node)) {
      if (std::ranges::find(way_of_other, above) != way_of_other.end()) {
        break;
      }
      const auto& data = subject_.ast.nodes[above].data;
      is_negated = is_negated != std::holds_alternative<grammar::NotNode>(data);
    }
    const std::string text = NodeText(subject_, node);
    return is_negated ? "`not " + text.substr(1) : text;
  }

 private:
  std::vector<grammar::NodeId> WayUp(grammar::NodeId id) const {
    std::vector<grammar::NodeId> way = {id};
    while (id != subject_.ast.root) {
      id = parents_[id];
      way.push_back(id);
    }
    return way;
  }

  const LintSubject& subject_;
  std::vector<grammar::NodeId> parents_;  // by node; the root is its own
};

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
  const Written written(subject);
  for (const LogicFinding& found : subject.logic.findings) {
    if (found.kind == LogicFinding::Kind::kAlways) {
      findings.Say(subject.ast.nodes[found.node].span,
                   "every event satisfies " + written.Text(found.because, found.node) + " or " +
                       written.Text(found.node, found.because) + ": together they ask nothing",
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
  const Written written(subject);
  for (const LogicFinding& found : subject.logic.findings) {
    if (found.kind == LogicFinding::Kind::kNever) {
      findings.Say(subject.ast.nodes[found.node].span,
                   written.Text(found.because, found.node) + " and " +
                       written.Text(found.node, found.because) +
                       " exclude each other: no event satisfies this part",
                   "one of the two must go; or they were meant as alternatives, joined with `or`");
    }
  }
}

}  // namespace tripline::compiler
