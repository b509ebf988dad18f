// Ast: the meaning-free shape of one KQL query, as Kibana's parser builds it.
//
// It stands between the text (grammar/parse.h) and the typed tree (compiler/typed_ast.h). Nodes lie
// in one flat vector in post-order: every operand comes before the node that uses it and the root
// is the last node, so a pass over the tree is a forward loop without recursion. Plain values: any
// number of threads may read one Ast.
//
//   a:(b or "c*") and not d > 5   prints as
//   (and (or (is 'a' 'b') (is 'a' "c*")) (not (range 'd' > '5')))
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "base/source_text.h"

namespace tripline::grammar {

/// Kibana's trees hold a star as this mark, and take the mark for a star where it was typed beside
/// one.
inline constexpr std::string_view kStarMark = "@kuery-wildcard@";

/// What becomes of a \uD800 to \uDFFF that is no half of a pair.
enum class LoneSurrogates : std::uint8_t {
  kReplaced,  // U+FFFD: what a Lucene index would hold for it
  kKept,      // three bytes as if it were a character, for translations: no valid UTF-8
};

/// A field name or a value. Escapes are decoded, surrounding blanks of an unquoted literal are
/// gone; numbers stay text. Quoted literals are always kString, whatever they hold.
struct Literal {
  enum class Kind : std::uint8_t {
    kNull,      // the word null; as a field: "all default fields"
    kBoolean,   // the word true or false
    kString,    // text
    kWildcard,  // at least one star that matches anything
  };
  Kind kind = Kind::kNull;
  bool boolean = false;             // for kBoolean
  std::string text;                 // for kString: UTF-8, see LoneSurrogates
  // For kWildcard: the texts around the stars; "*" is {"", ""}. Also beside the text of a bound that
  // was written with stars.
  std::vector<std::string> pieces;
  bool is_quoted = false;
  Span span;  // where it stands, with its quotes; empty for a field that the query does not name

  friend bool operator==(const Literal&, const Literal&) = default;
};

/// Index into Ast::nodes.
using NodeId = std::uint32_t;

enum class RangeOperator : std::uint8_t { kLt, kLte, kGt, kGte };

/// At least two operands, in the order of the text; parenthesised groups are not merged.
struct OrNode {
  std::vector<NodeId> operands;
};
struct AndNode {
  std::vector<NodeId> operands;
};
struct NotNode {
  NodeId operand = 0;
};
/// path: { child }
struct NestedNode {
  Literal path;
  NodeId child = 0;
};
/// field: value. A field of kind kNull is the bare-value form, which asks all default fields; an
/// empty query is a star asked of a star.
struct IsNode {
  Literal field;
  Literal value;
};
/// field > value. The value is never of kind kWildcard: here stars are ordinary characters.
struct RangeNode {
  Literal field;
  RangeOperator op = RangeOperator::kLt;
  Literal value;
};

struct Node {
  std::variant<OrNode, AndNode, NotNode, NestedNode, IsNode, RangeNode> data;
  // The text that makes the node, without parentheses around it. A leaf inside a value list stands
  // for its value alone; its field's place is in the field's literal.
  Span span;
};

struct Ast {
  std::vector<Node> nodes;
  NodeId root = 0;
};

/// Calls `visit` with the number of every operand, in the order of the text.
template <class Visit>
void VisitOperands(const Node& node, const Visit& visit) {
  std::visit(Overloaded{[&](const OrNode& any) { std::ranges::for_each(any.operands, visit); },
                        [&](const AndNode& all) { std::ranges::for_each(all.operands, visit); },
                        [&](const NotNode& negated) { visit(negated.operand); },
                        [&](const NestedNode& nested) { visit(nested.child); },
                        [](const IsNode&) {}, [](const RangeNode&) {}},
             node.data);
}

/// "<", "<=", ">" or ">=".
[[nodiscard]] std::string_view RangeOperatorText(RangeOperator op);

/// The tree on one line, for tests and for people: 'unquoted' and "quoted" text, null, true, false,
/// wildcards as 'text'*'text'. Requires a well-formed Ast.
[[nodiscard]] std::string Print(const Ast& ast);

}  // namespace tripline::grammar
