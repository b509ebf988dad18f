// lint.subnet_inside: an address or a block of addresses inside another block of the same list.
// Where both must hold, it is the wider one that changes nothing: that is lint.redundant's.
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "compiler/atom_cover.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

constexpr std::size_t kMaxNamed = 6;

const IpPrefix* BlockOf(const TypedAst& typed, TypedNodeId node) {
  const auto* const tests = std::get_if<TestNode>(&typed.nodes[node]);
  return tests != nullptr && tests->tests.size() == 1 && tests->tests[0].atoms.size() == 1
             ? std::get_if<IpPrefix>(&tests->tests[0].atoms[0])
             : nullptr;
}

}  // namespace

bool IsSubnetInside(const TypedAst& typed, const LogicFinding& found) {
  const IpPrefix* const inner = BlockOf(typed, found.node);
  const IpPrefix* const outer = BlockOf(typed, found.because);
  return found.kind == LogicFinding::Kind::kSuperfluous && inner != nullptr && outer != nullptr &&
         *inner != *outer && Covers(*outer, *inner);
}

// One remark a block, however many lie inside of it.
void LintSubnetInside(const LintSubject& subject, LintFindings& findings) {
  std::map<TypedNodeId, std::vector<TypedNodeId>> inside;  // by the block around
  for (const LogicFinding& found : subject.logic.findings) {
    if (IsSubnetInside(*subject.typed, found)) {
      inside[found.because].push_back(found.node);
    }
  }
  for (const auto& [outer, inner] : inside) {
    std::string names;
    for (std::size_t i = 0; i < std::min(inner.size(), kMaxNamed); ++i) {
      names += (i == 0 ? "" : ", ") +
               std::string(TextAt(subject.query, subject.ast.nodes[inner[i]].span));
    }
    if (inner.size() > kMaxNamed) {
      names += " and " + std::to_string(inner.size() - kMaxNamed) + " more";
    }
    findings.Say(
        subject.ast.nodes[inner[0]].span,
        names + (inner.size() == 1 ? " lies" : " lie") + " inside of " + NodeText(subject, outer),
        "leave out what is inside, or mend it if another block was meant");
  }
}

}  // namespace tripline::compiler
