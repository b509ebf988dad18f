#include "tests/differential/ast_oracle.h"

#include <algorithm>
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

std::string LowerCase(std::string text) {
  for (char& c : text) {
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return text;
}

// The test's texts are ASCII letters and digits with blanks and slashes between them.
std::vector<std::string> TokensOf(const std::string& text) {
  std::vector<std::string> tokens(1);
  for (const char c : LowerCase(text)) {
    if (c == ' ' || c == '/') {
      tokens.emplace_back();
    } else {
      tokens.back() += c;
    }
  }
  std::erase(tokens, "");
  return tokens;
}

bool HasToken(const std::vector<std::string>& tokens, const std::string& token) {
  return std::ranges::find(tokens, token) != tokens.end();
}

bool TextIs(const std::string& text, const Literal& literal) {
  const std::vector<std::string> tokens = TokensOf(text);
  if (literal.kind == Literal::Kind::kWildcard) {
    std::vector<std::string> pieces;
    for (const std::string& piece : literal.pieces) {
      pieces.push_back(LowerCase(piece));
    }
    return std::ranges::any_of(
        tokens, [&](const std::string& token) { return GlobHolds(pieces, 0, token); });
  }
  const std::vector<std::string> wanted = TokensOf(TextOf(literal));
  if (literal.is_quoted) {
    return !wanted.empty() && !std::ranges::search(tokens, wanted).empty();
  }
  return std::ranges::any_of(wanted, [&](const std::string& one) { return HasToken(tokens, one); });
}

struct Moment {
  const char* text;
  std::int64_t first;
  std::int64_t last;
};

// Worked out by hand.
Moment MomentOf(const std::string& text) {
  static constexpr Moment kMoments[] = {
      {"now", kNow, kNow},
      {"now-1d", kNow - 86'400'000, kNow - 86'400'000},
      {"now/d", 1777593600000, 1777679999999},
      {"now-1h/h", 1777633200000, 1777636799999},
      {"2026-05-01", 1777593600000, 1777679999999},
  };
  for (const Moment& moment : kMoments) {
    if (text == moment.text) {
      return moment;
    }
  }
  Check(false, "the test's dates are in the table");
  return {};
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
  const bool is_lone_star =
      literal.kind == Literal::Kind::kWildcard && literal.pieces == std::vector<std::string>(2);
  if (type == 't' && !is_lone_star) {
    return TextIs(AsText(value), literal);
  }
  if (literal.kind == Literal::Kind::kWildcard) {
    return type == 'k' ? GlobHolds(literal.pieces, 0, AsText(value))
                       : true;  // elsewhere only the lone star is asked
  }
  const std::string wanted = TextOf(literal);
  switch (type) {
    case 'k':
      return AsText(value) == wanted;
    case 'd': {
      const Moment moment = MomentOf(wanted);
      return moment.first <= value.get<std::int64_t>() && value.get<std::int64_t>() <= moment.last;
    }
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
    case 't':
      return std::ranges::any_of(TokensOf(AsText(value)), [&](const std::string& token) {
        return Compares(token, op, bound);
      });
    case 'f':
      return Compares(AsText(value) == "true", op, bound == "true");
    case 'd': {
      const Moment moment = MomentOf(bound);
      const bool is_last = op == RangeOperator::kGt || op == RangeOperator::kLte;
      return Compares(value.get<std::int64_t>(), op, is_last ? moment.last : moment.first);
    }
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

bool IsNumber(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// A type that cannot hold the value is passed over.
bool CouldBe(char type, const Literal& literal) {
  const std::string wanted = TextOf(literal);
  const bool is_pattern = literal.kind == Literal::Kind::kWildcard;
  switch (type) {
    case 'n':
      return !is_pattern && IsNumber(wanted);
    case 'f':
      return !is_pattern && (wanted == "true" || wanted == "false");
    case 'i':
      return !is_pattern && (ParseIpAddress(wanted) || ParseIpPrefix(wanted));
    case 'd':
      return false;  // the test's bare values are no dates of its events
    default:
      return true;
  }
}

// A bare value asks every scalar of the document but those of nested objects.
bool AnywhereIs(const json& value, const std::string& path, const Literal& literal) {
  if (path == "w.o") {
    return false;
  }
  if (value.is_array()) {
    return std::ranges::any_of(
        value, [&](const json& element) { return AnywhereIs(element, path, literal); });
  }
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      if (AnywhereIs(inner, path.empty() ? key : path + "." + key, literal)) {
        return true;
      }
    }
    return false;
  }
  const std::string types = "knitfd";
  const char type = types.contains(path[0]) ? path[0] : 'k';
  return !value.is_null() && CouldBe(type, literal) && ValueIs(type, value, literal);
}

// The objects at the path, each an event of its own.
void CollectObjects(const json& value, const std::string& path, std::vector<json>& objects) {
  if (value.is_array()) {
    for (const json& element : value) {
      CollectObjects(element, path, objects);
    }
  } else if (value.is_object() && path.empty()) {
    objects.push_back(value);
  } else if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      if (path == key) {
        CollectObjects(inner, "", objects);
      } else if (path.starts_with(key + ".")) {
        CollectObjects(inner, path.substr(key.size() + 1), objects);
      }
    }
  }
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
          [&](const grammar::NestedNode& node) {
            std::vector<json> objects;
            CollectObjects(document, node.path.text, objects);
            return std::ranges::any_of(
                objects, [&](const json& object) { return NodeHolds(ast, node.child, object); });
          },
          [&](const grammar::IsNode& node) {
            const std::vector<std::string> star(2);  // the texts around a lone one
            if (node.field.pieces == star && node.value.pieces == star) {
              return true;  // *:* is every event
            }
            if (node.field.kind == Literal::Kind::kNull) {
              return AnywhereIs(document, "", node.value);
            }
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
