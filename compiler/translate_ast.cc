// One forward loop over the post-order Ast: when a node is reached, its operands' JSON is ready and
// is moved into it. Writing the text recurses as deep as the query nests, which Parse bounds.
#include "compiler/translate_ast.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/overloaded.h"
#include "compiler/translate_text.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

using Json = nlohmann::ordered_json;
using grammar::Literal;
using Kind = grammar::Literal::Kind;

Json WildcardNode(const Literal& literal) {
  std::string value = literal.pieces.at(0);
  for (std::size_t i = 1; i < literal.pieces.size(); ++i) {
    value += grammar::kStarMark;
    value += literal.pieces[i];
  }
  Json node;
  node["type"] = "wildcard";
  node["value"] = std::move(value);
  return node;
}

Json LiteralNode(const Literal& literal) {
  Json value;
  switch (literal.kind) {
    case Kind::kNull:
      break;
    case Kind::kBoolean:
      value = literal.boolean;
      break;
    case Kind::kString:
      value = literal.text;
      break;
    case Kind::kWildcard:
      return WildcardNode(literal);
  }
  Json node;
  node["type"] = "literal";
  node["value"] = std::move(value);
  node["isQuoted"] = literal.is_quoted;
  return node;
}

Json FunctionNode(std::string_view name, Json arguments) {
  Json node;
  node["type"] = "function";
  node["function"] = name;
  node["arguments"] = std::move(arguments);
  return node;
}

class Writer {
 public:
  std::string Run(const grammar::Ast& ast) {
    done_.reserve(ast.nodes.size());
    for (const grammar::Node& node : ast.nodes) {
      done_.push_back(Translated(node));
    }
    Check(ast.root < done_.size(), "the root is one of the nodes");
    return Printed(done_[ast.root].dump(-1, ' ', false, Json::error_handler_t::replace));
  }

 private:
  Json Translated(const grammar::Node& node) {
    return std::visit(
        Overloaded{
            [&](const grammar::OrNode& n) { return FunctionNode("or", TakeAll(n.operands)); },
            [&](const grammar::AndNode& n) { return FunctionNode("and", TakeAll(n.operands)); },
            [&](const grammar::NotNode& n) { return FunctionNode("not", TakeAll({n.operand})); },
            [&](const grammar::NestedNode& n) {
              Json arguments = Json::array();
              arguments.push_back(LiteralNode(n.path));
              arguments.push_back(Take(n.child));
              return FunctionNode("nested", std::move(arguments));
            },
            [](const grammar::IsNode& n) {
              Json arguments = Json::array();
              arguments.push_back(LiteralNode(n.field));
              arguments.push_back(LiteralNode(n.value));
              return FunctionNode("is", std::move(arguments));
            },
            [](const grammar::RangeNode& n) {
              Json arguments = Json::array();
              arguments.push_back(LiteralNode(n.field));
              arguments.push_back(RangeOperatorName(n.op));
              arguments.push_back(n.value.pieces.empty() ? LiteralNode(n.value)
                                                         : WildcardNode(n.value));
              return FunctionNode("range", std::move(arguments));
            },
        },
        node.data);
  }

  Json Take(grammar::NodeId id) { return std::move(done_.at(id)); }

  Json TakeAll(const std::vector<grammar::NodeId>& operands) {
    Json all = Json::array();
    for (const grammar::NodeId operand : operands) {
      all.push_back(Take(operand));
    }
    return all;
  }

  std::vector<Json> done_;
};

}  // namespace

std::string_view RangeOperatorName(grammar::RangeOperator op) {
  switch (op) {
    case grammar::RangeOperator::kLt:
      return "lt";
    case grammar::RangeOperator::kLte:
      return "lte";
    case grammar::RangeOperator::kGt:
      return "gt";
    case grammar::RangeOperator::kGte:
      return "gte";
  }
  return "lt";
}

std::string TranslateToAst(const grammar::Ast& ast) {
  const std::optional<grammar::Ast> guarded = GuardedAst(ast);
  return Writer().Run(guarded ? *guarded : ast);
}

}  // namespace tripline::compiler
