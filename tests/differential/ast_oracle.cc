#include "tests/differential/ast_oracle.h"

#include <cstdlib>
#include <vector>

#include "base/check.h"
#include "base/ip.h"
#include "base/overloaded.h"

namespace tripline::differential {
namespace {

using grammar::Ast;
using grammar::Literal;
using grammar::NodeId;
using grammar::RangeOperator;
using nlohmann::json;

// Every scalar under the dotted path, nulls left out; objects may be nested, dotted, or in arrays.
void Collect(const json& value, const std::string& path, std::vector<json>& values) {
  if (value.is_array()) {
    for (const json& element : value) {
      Collect(element, path, values);
    }
    return;
  }
  if (path.empty()) {
    if (!value.is_null() && !value.is_object()) {
      values.push_back(value);
    }
    return;
  }
  if (!value.is_object()) {
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    if (path == key) {
      Collect(inner, "", values);
    } else if (path.starts_with(key + ".")) {
      Collect(inner, path.substr(key.size() + 1), values);
    }
  }
}

bool GlobHolds(const std::vector<std::string>& pieces, std::size_t piece, const std::string& text) {
  if (!text.starts_with(pieces[piece])) {
    return false;
  }
  const std::string rest = text.substr(pieces[piece].size());
  if (piece + 1 == pieces.size()) {
    return rest.empty();
  }
  for (std::size_t skip = 0; skip <= rest.size(); ++skip) {
    if (GlobHolds(pieces, piece + 1, rest.substr(skip))) {
      return true;
    }
  }
  return false;
}

std::string TextOf(const Literal& literal) {
  if (literal.kind == Literal::Kind::kBoolean) {
    return literal.boolean ? "true" : "false";
  }
  return literal.text;
}

template <class T>
bool Compares(const T& value, RangeOperator op, const T& bound) {
  switch (op) {
    case RangeOperator::kLt:
      return value < bound;
    case RangeOperator::kLte:
      return !(bound < value);
    case RangeOperator::kGt:
      return bound < value;
    case RangeOperator::kGte:
      return !(value < bound);
  }
  return false;
}

std::string AsText(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool ValueIs(char type, const json& value, const Literal& literal) {
  if (literal.kind == Literal::Kind::kWildcard) {
    return type == 'k' ? GlobHolds(literal.pieces, 0, AsText(value))
                       : true;  // elsewhere only the lone star is asked
  }
  const std::string wanted = TextOf(literal);
  switch (type) {
    case 'k':
      return AsText(value) == wanted;
    case 'n':
      return std::atoll(AsText(value).c_str()) == std::atoll(wanted.c_str());
    case 'f':
      return AsText(value) == wanted;
    case 'i': {
      const IpAddress address = *ParseIpAddress(AsText(value));
      const auto prefix = ParseIpPrefix(wanted);
      return prefix ? prefix->Contains(address) : address == *ParseIpAddress(wanted);
    }
    default:
      break;
  }
  Check(false, "the test's fields are of four types");
  return false;
}

bool ValueIsInRange(char type, const json& value, RangeOperator op, const Literal& literal) {
  const std::string bound = TextOf(literal);
  switch (type) {
    case 'k':
      return Compares(AsText(value), op, bound);
    case 'n':
      return Compares(std::atoll(AsText(value).c_str()), op, std::atoll(bound.c_str()));
    case 'i':
      return Compares(*ParseIpAddress(AsText(value)), op, *ParseIpAddress(bound));
    default:
      break;
  }
  Check(false, "the test asks ranges of three types");
  return false;
}

template <class Test>
bool AnyValue(const json& document, const Literal& field, const Test& test) {
  std::vector<json> values;
  Collect(document, field.text, values);
  for (const json& value : values) {
    if (test(field.text[0], value)) {
      return true;
    }
  }
  return false;
}

bool NodeHolds(const Ast& ast, NodeId id, const json& document) {
  return std::visit(
      Overloaded{
          [&](const grammar::OrNode& node) {
            for (const NodeId operand : node.operands) {
              if (NodeHolds(ast, operand, document)) {
                return true;
              }
            }
            return false;
          },
          [&](const grammar::AndNode& node) {
            for (const NodeId operand : node.operands) {
              if (!NodeHolds(ast, operand, document)) {
                return false;
              }
            }
            return true;
          },
          [&](const grammar::NotNode& node) { return !NodeHolds(ast, node.operand, document); },
          [&](const grammar::NestedNode&) { return false; },
          [&](const grammar::IsNode& node) {
            return AnyValue(document, node.field, [&](char type, const json& value) {
              return ValueIs(type, value, node.value);
            });
          },
          [&](const grammar::RangeNode& node) {
            return AnyValue(document, node.field, [&](char type, const json& value) {
              return ValueIsInRange(type, value, node.op, node.value);
            });
          },
      },
      ast.nodes[id].data);
}

}  // namespace

bool Holds(const Ast& ast, const json& document) { return NodeHolds(ast, ast.root, document); }

}  // namespace tripline::differential
