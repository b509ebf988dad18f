#include "compiler/query_parts.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "base/overloaded.h"
#include "compiler/check.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"
#include "jit/verify.h"

namespace tripline::compiler {
namespace {

// The tree below a node, as an Ast of its own. Post-order keeps its order.
class Extraction {
 public:
  explicit Extraction(const grammar::Ast& whole) : whole_(whole) {}

  grammar::Ast Of(grammar::NodeId root) {
    std::set<grammar::NodeId> wanted = {root};
    for (auto at = wanted.rbegin(); at != wanted.rend(); ++at) {
      grammar::VisitOperands(whole_.nodes[*at],
                             [&](grammar::NodeId operand) { wanted.insert(operand); });
    }
    grammar::Ast part;
    std::map<grammar::NodeId, grammar::NodeId> moved;
    for (const grammar::NodeId id : wanted) {
      moved[id] = static_cast<grammar::NodeId>(part.nodes.size());
      part.nodes.push_back(whole_.nodes[id]);
      Rename(part.nodes.back(), moved);
    }
    part.root = moved[root];
    return part;
  }

 private:
  static void Rename(grammar::Node& node, std::map<grammar::NodeId, grammar::NodeId>& moved) {
    std::visit(
        Overloaded{[&](grammar::OrNode& any) {
                     for (grammar::NodeId& operand : any.operands) {
                       operand = moved[operand];
                     }
                   },
                   [&](grammar::AndNode& all) {
                     for (grammar::NodeId& operand : all.operands) {
                       operand = moved[operand];
                     }
                   },
                   [&](grammar::NotNode& negated) { negated.operand = moved[negated.operand]; },
                   [&](grammar::NestedNode& nested) { nested.child = moved[nested.child]; },
                   [](grammar::IsNode&) {}, [](grammar::RangeNode&) {}},
        node.data);
  }

  const grammar::Ast& whole_;
};

std::string Cut(const SourceText& query, Span span) {
  return query.text.substr(span.begin, span.end - span.begin);
}

class Splitter {
 public:
  Splitter(const SourceText& query, const FieldCatalog& catalog, Diagnostics& said)
      : query_(query), catalog_(catalog), said_(said) {}

  std::optional<QueryParts> Run() {
    auto ast = grammar::Parse(query_);
    if (!ast) {
      std::ranges::move(std::move(ast).error(), std::back_inserter(said_));
      return std::nullopt;
    }
    CheckedQuery whole = Check(*ast, query_, catalog_);
    std::ranges::move(whole.diagnostics, std::back_inserter(said_));
    if (!whole.ast || !Add(*ast, ast->root)) {
      return std::nullopt;
    }
    parts_.program = jit::Link(programs_);
    if (!jit::Verify(parts_.program)) {
      return std::nullopt;
    }
    return std::move(parts_);
  }

 private:
  // In an order of their own: parts within nested groups are left out. The grammar bounds depth.
  std::optional<std::uint32_t> Add(const grammar::Ast& ast, grammar::NodeId id) {
    const grammar::Node& node = ast.nodes[id];
    QueryPart part;
    part.kind = std::holds_alternative<grammar::AndNode>(node.data)   ? QueryPart::Kind::kAllOf
                : std::holds_alternative<grammar::OrNode>(node.data)  ? QueryPart::Kind::kAnyOf
                : std::holds_alternative<grammar::NotNode>(node.data) ? QueryPart::Kind::kNot
                                                                      : QueryPart::Kind::kLeaf;
    bool is_complete = true;
    if (part.kind != QueryPart::Kind::kLeaf) {
      grammar::VisitOperands(node, [&](grammar::NodeId operand) {
        const auto added = is_complete ? Add(ast, operand) : std::nullopt;
        is_complete = added.has_value();
        part.operands.push_back(added.value_or(0));
      });
    }
    const CheckedQuery checked = Check(Extraction(ast).Of(id), query_, catalog_);
    if (!is_complete || !checked.ast) {
      return std::nullopt;
    }
    jit::Program program = Rewrite(Lower(*checked.ast));
    if (part.kind == QueryPart::Kind::kLeaf) {
      part.text = TextOfLeaf(query_, node);
      for (const jit::Field& field : program.fields) {
        part.fields.push_back(field.name);
      }
    }
    programs_.push_back(std::move(program));
    parts_.parts.push_back(std::move(part));
    return static_cast<std::uint32_t>(parts_.parts.size() - 1);
  }

  const SourceText& query_;
  const FieldCatalog& catalog_;
  Diagnostics& said_;
  QueryParts parts_;
  std::vector<jit::Program> programs_;
};

// How many leaves have to turn for each part to become false and true; parts in order, so that
// operands come first.
using Costs = std::vector<std::array<std::uint32_t, 2>>;

constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max() / 4;

Costs CostsOf(const QueryParts& parts, const std::vector<bool>& answers) {
  Costs costs(parts.parts.size());
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const QueryPart& part = parts.parts[i];
    const bool is_all = part.kind == QueryPart::Kind::kAllOf;
    if (part.kind == QueryPart::Kind::kLeaf) {
      costs[i] = {answers[i] ? 1U : 0U, answers[i] ? 0U : 1U};
    } else if (part.kind == QueryPart::Kind::kNot) {
      const auto& operand = costs[part.operands[0]];
      costs[i] = {operand[1], operand[0]};
    } else {
      std::uint32_t every = 0;     // all operands as `is_all` says
      std::uint32_t one = kNever;  // one operand the other way
      for (const std::uint32_t operand : part.operands) {
        every = std::min(kNever, every + costs[operand][is_all ? 1 : 0]);
        one = std::min(one, costs[operand][is_all ? 0 : 1]);
      }
      costs[i][is_all ? 1 : 0] = every;
      costs[i][is_all ? 0 : 1] = one;
    }
  }
  return costs;
}

void Collect(const QueryParts& parts, const Costs& costs, std::uint32_t at, bool wanted,
             std::vector<std::uint32_t>& leaves) {
  const QueryPart& part = parts.parts[at];
  if (costs[at][wanted ? 1 : 0] == 0) {
    return;
  }
  switch (part.kind) {
    case QueryPart::Kind::kLeaf:
      leaves.push_back(at);
      return;
    case QueryPart::Kind::kNot:
      Collect(parts, costs, part.operands[0], !wanted, leaves);
      return;
    case QueryPart::Kind::kAllOf:
    case QueryPart::Kind::kAnyOf:
      break;
  }
  if ((part.kind == QueryPart::Kind::kAllOf) == wanted) {
    for (const std::uint32_t operand : part.operands) {
      Collect(parts, costs, operand, wanted, leaves);
    }
    return;
  }
  const auto cheapest = std::ranges::min_element(
      part.operands, {}, [&](std::uint32_t operand) { return costs[operand][wanted ? 1 : 0]; });
  Collect(parts, costs, *cheapest, wanted, leaves);
}

}  // namespace

std::string TextOfLeaf(const SourceText& query, const grammar::Node& leaf) {
  const auto with_field = [&](const grammar::Literal& field, const std::string& op,
                              const grammar::Literal& value) {
    const bool is_named = field.span.end > field.span.begin;
    return (is_named ? Cut(query, field.span) + " " + op + " " : "") + Cut(query, value.span);
  };
  if (const auto* is = std::get_if<grammar::IsNode>(&leaf.data)) {
    return with_field(is->field, ":", is->value);
  }
  if (const auto* range = std::get_if<grammar::RangeNode>(&leaf.data)) {
    return with_field(range->field, std::string(RangeOperatorText(range->op)), range->value);
  }
  return Cut(query, leaf.span);
}

std::optional<QueryParts> SplitQuery(const SourceText& query, const FieldCatalog& catalog,
                                     Diagnostics& said) {
  return Splitter(query, catalog, said).Run();
}

std::vector<std::uint32_t> LeavesToTurn(const QueryParts& parts, const std::vector<bool>& answers,
                                        bool wanted) {
  std::vector<std::uint32_t> leaves;
  const Costs costs = CostsOf(parts, answers);
  Collect(parts, costs, static_cast<std::uint32_t>(parts.parts.size() - 1), wanted, leaves);
  return leaves;
}

}  // namespace tripline::compiler
