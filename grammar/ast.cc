// Print is one forward loop: when a node is reached, the texts of its operands are ready.
#include "grammar/ast.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace tripline::grammar {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

std::string Quote(std::string_view text, char mark) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted(1, mark);
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == mark || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20U || byte == 0x7FU) {
      quoted += "\\x";
      quoted += kHex[byte >> 4U];
      quoted += kHex[byte & 0xFU];
    } else {
      quoted += c;
    }
  }
  return quoted + mark;
}

std::string PrintLiteral(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNull:
      return "null";
    case Literal::Kind::kBoolean:
      return literal.boolean ? "true" : "false";
    case Literal::Kind::kString:
      return Quote(literal.text, literal.is_quoted ? '"' : '\'');
    case Literal::Kind::kWildcard:
      break;
  }
  std::string text;
  for (std::size_t i = 0; i < literal.pieces.size(); ++i) {
    text += i > 0 ? "*" : "";
    text += literal.pieces[i].empty() ? "" : Quote(literal.pieces[i], '\'');
  }
  return text;
}

// Takes the operands' texts out of `printed`: each is used by exactly one node.
std::string PrintGroup(std::string_view name, const std::vector<NodeId>& operands,
                       std::vector<std::string>& printed) {
  std::string text = "(";
  text += name;
  for (const NodeId operand : operands) {
    text += " " + std::exchange(printed.at(operand), {});
  }
  return text + ")";
}

}  // namespace

std::string_view RangeOperatorText(RangeOperator op) {
  switch (op) {
    case RangeOperator::kLt:
      return "<";
    case RangeOperator::kLte:
      return "<=";
    case RangeOperator::kGt:
      return ">";
    case RangeOperator::kGte:
      return ">=";
  }
  return "<";
}

std::string Print(const Ast& ast) {
  std::vector<std::string> printed;
  printed.reserve(ast.nodes.size());
  for (const Node& node : ast.nodes) {
    printed.push_back(std::visit(
        Overloaded{
            [&](const OrNode& n) { return PrintGroup("or", n.operands, printed); },
            [&](const AndNode& n) { return PrintGroup("and", n.operands, printed); },
            [&](const NotNode& n) { return PrintGroup("not", {n.operand}, printed); },
            [&](const NestedNode& n) {
              return PrintGroup("nested " + PrintLiteral(n.path), {n.child}, printed);
            },
            [](const IsNode& n) {
              return "(is " + PrintLiteral(n.field) + " " + PrintLiteral(n.value) + ")";
            },
            [](const RangeNode& n) {
              return "(range " + PrintLiteral(n.field) + " " +
                     std::string(RangeOperatorText(n.op)) + " " + PrintLiteral(n.value) + ")";
            },
        },
        node.data));
  }
  Check(ast.root < printed.size(), "the root is one of the nodes");
  return std::move(printed[ast.root]);
}

}  // namespace tripline::grammar
