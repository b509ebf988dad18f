#include "compiler/dsl_values.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace tripline::compiler {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000;

}  // namespace

std::optional<grammar::Literal> LiteralOf(const Node& value) {
  if (value.IsNull() || value.AsArray() != nullptr || value.AsObject() != nullptr) {
    return std::nullopt;
  }
  grammar::Literal literal;
  literal.kind = grammar::Literal::Kind::kString;
  literal.text = value.AsString() != nullptr ? *value.AsString() : ToJson(value);
  literal.is_quoted = true;
  return literal;
}

jit::Glob GlobOfWildcard(std::string_view text) {
  jit::Glob glob{.pieces = {""}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      glob.pieces.emplace_back();
      continue;
    }
    glob.has_question = glob.has_question || text[i] == '?';
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
    }
    glob.pieces.back() += text[i];
  }
  return glob;
}

const Member* OnlyField(const Node& body) {
  const Node::Object* const object = body.AsObject();
  if (object == nullptr) {
    return nullptr;
  }
  const Member* found = nullptr;
  for (const Member& member : *object) {
    if (member.key != "boost" && member.key != "_name") {
      if (found != nullptr) {
        return nullptr;
      }
      found = &member;
    }
  }
  return found;
}

std::optional<grammar::RangeOperator> RangeOperatorOf(std::string_view key) {
  using grammar::RangeOperator;
  static constexpr std::array<std::pair<std::string_view, RangeOperator>, 4> kOperators = {
      {{"gt", RangeOperator::kGt},
       {"gte", RangeOperator::kGte},
       {"lt", RangeOperator::kLt},
       {"lte", RangeOperator::kLte}}};
  for (const auto& [name, op] : kOperators) {
    if (name == key) {
      return op;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> CountOf(const Node& node) {
  std::int64_t count = -1;
  if (const auto* const whole = std::get_if<std::int64_t>(&node.value)) {
    count = *whole;
  } else if (const std::string* const text = node.AsString();
             text != nullptr && text->size() == 1 && (*text)[0] >= '0' && (*text)[0] <= '9') {
    count = (*text)[0] - '0';
  }
  if (count < 0 || count > kMaxCount) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace tripline::compiler
