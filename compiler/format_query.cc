#include "compiler/format_query.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar/ast.h"
#include "grammar/parse.h"

namespace tripline::compiler {
namespace {

using grammar::NodeId;

constexpr std::size_t kIndent = 2;
constexpr std::size_t kNeverFits = std::size_t{1} << 30U;

class Formatter {
 public:
  Formatter(const SourceText& query, const grammar::Ast& ast, std::size_t width)
      : query_(query), ast_(ast), width_(width), list_field_(ast.nodes.size()) {
    FindValueLists();
    MeasureLines();
  }

  std::string Run() { return Text(ast_.root, 0, false); }

 private:
  [[nodiscard]] std::string Cut(Span span) const {
    return query_.text.substr(span.begin, span.end - span.begin);
  }

  [[nodiscard]] static std::span<const NodeId> OperandsOf(const grammar::Node& node) {
    if (const auto* any = std::get_if<grammar::OrNode>(&node.data)) {
      return any->operands;
    }
    if (const auto* all = std::get_if<grammar::AndNode>(&node.data)) {
      return all->operands;
    }
    if (const auto* negated = std::get_if<grammar::NotNode>(&node.data)) {
      return {&negated->operand, 1};
    }
    return {};
  }

  [[nodiscard]] static bool IsGroup(const grammar::Node& node) {
    return OperandsOf(node).size() > 1;
  }

  // A tree below one field name, `field : (...)`: its leaves name the field at the same place,
  // which lies before all of it.
  void FindValueLists() {
    for (NodeId id = 0; id < ast_.nodes.size(); ++id) {
      const grammar::Node& node = ast_.nodes[id];
      if (const auto* is = std::get_if<grammar::IsNode>(&node.data)) {
        const bool stands_for_its_value = node.span.begin == is->value.span.begin;
        if (stands_for_its_value && is->field.span.end > is->field.span.begin) {
          list_field_[id] = is->field.span;
        }
        continue;
      }
      const auto operands = OperandsOf(node);
      if (!operands.empty() && list_field_[operands[0]] &&
          node.span.begin >= list_field_[operands[0]]->begin &&
          std::ranges::all_of(operands, [&](NodeId operand) {
            return list_field_[operand] == list_field_[operands[0]];
          })) {
        list_field_[id] = list_field_[operands[0]];
      }
    }
  }

  // How long each node is in one line, outside and inside of a value list.
  void MeasureLines() {
    for (NodeId id = 0; id < ast_.nodes.size(); ++id) {
      const grammar::Node& node = ast_.nodes[id];
      std::array<std::size_t, 2> length{};
      for (const bool is_in_list : {false, true}) {
        std::size_t& here = length[is_in_list ? 1 : 0];
        if (const auto* nested = std::get_if<grammar::NestedNode>(&node.data)) {
          here = Cut(nested->path.span).size() + std::string_view(" : {  }").size() +
                 lengths_[nested->child][0];
        } else if (const auto operands = OperandsOf(node); !operands.empty()) {
          here = operands.size() == 1 ? std::string_view("not ").size()
                                      : (operands.size() - 1) * (WordOf(node).size() + 2);
          for (const NodeId operand : operands) {
            here +=
                lengths_[operand][is_in_list ? 1 : 0] + (IsBare(node, operand, is_in_list) ? 2 : 0);
          }
        } else {
          const std::string text = Leaf(node, is_in_list);
          here = text.find('\n') == std::string::npos ? text.size() : kNeverFits;
        }
      }
      if (list_field_[id]) {
        const bool is_leaf = OperandsOf(node).empty();
        length[0] = Cut(*list_field_[id]).size() + std::string_view(" : ").size() + length[1] +
                    (is_leaf ? 0 : 2);
      }
      for (std::size_t& each : length) {
        each = std::min(each, kNeverFits);
      }
      lengths_.push_back(length);
    }
  }

  [[nodiscard]] static std::string_view WordOf(const grammar::Node& node) {
    return std::holds_alternative<grammar::OrNode>(node.data) ? "or" : "and";
  }

  // Groups in groups have parentheses: without them a tree may be another one. So has a negation
  // that is negated: the language has no `not not`.
  [[nodiscard]] bool IsBare(const grammar::Node& parent, NodeId id, bool is_in_list) const {
    const grammar::Node& node = ast_.nodes[id];
    const bool has_own_brackets = !is_in_list && list_field_[id].has_value();
    const bool is_negated_twice = std::holds_alternative<grammar::NotNode>(parent.data) &&
                                  std::holds_alternative<grammar::NotNode>(node.data);
    return !has_own_brackets && (IsGroup(node) || is_negated_twice);
  }

  [[nodiscard]] std::string Leaf(const grammar::Node& node, bool is_in_list) const {
    if (const auto* is = std::get_if<grammar::IsNode>(&node.data)) {
      const bool has_field = is->field.span.end > is->field.span.begin;
      return (has_field && !is_in_list ? Cut(is->field.span) + " : " : "") + Cut(is->value.span);
    }
    const auto& range = std::get<grammar::RangeNode>(node.data);
    return Cut(range.field.span) + " " + std::string(RangeOperatorText(range.op)) + " " +
           Cut(range.value.span);
  }

  // The node with its first line at column `indent`; the others are indented in the text.
  [[nodiscard]] std::string Text(NodeId id, std::size_t indent, bool is_in_list) const {
    const grammar::Node& node = ast_.nodes[id];
    const auto operands = OperandsOf(node);
    if (!is_in_list && list_field_[id]) {
      const std::string field = Cut(*list_field_[id]) + " : ";
      return field + (operands.empty()
                          ? Leaf(node, true)
                          : InBrackets({"(", ")"}, id, indent + field.size(), indent, true));
    }
    if (const auto* nested = std::get_if<grammar::NestedNode>(&node.data)) {
      const std::string path = Cut(nested->path.span) + " : ";
      return path + InBrackets({"{ ", " }"}, nested->child, indent + path.size(), indent, false);
    }
    if (operands.size() == 1) {
      return "not " + Operand(node, operands[0], indent + 4, indent, is_in_list);
    }
    return operands.empty() ? Leaf(node, is_in_list) : Group(id, indent, is_in_list);
  }

  [[nodiscard]] std::string Operand(const grammar::Node& parent, NodeId id, std::size_t column,
                                    std::size_t indent, bool is_in_list) const {
    return IsBare(parent, id, is_in_list) ? InBrackets({"(", ")"}, id, column, indent, is_in_list)
                                          : Text(id, indent, is_in_list);
  }

  [[nodiscard]] std::string Group(NodeId id, std::size_t indent, bool is_in_list) const {
    const grammar::Node& node = ast_.nodes[id];
    const bool is_one_line = indent + lengths_[id][is_in_list ? 1 : 0] <= width_;
    const std::string between =
        " " + std::string(WordOf(node)) + (is_one_line ? " " : "\n" + std::string(indent, ' '));
    std::string text;
    for (const NodeId operand : OperandsOf(node)) {
      text += (text.empty() ? "" : between) + Operand(node, operand, indent, indent, is_in_list);
    }
    return text;
  }

  struct Brackets {
    std::string_view open;
    std::string_view close;
  };

  // From `column` on in one line if it fits, else the content in lines of its own.
  [[nodiscard]] std::string InBrackets(Brackets brackets, NodeId content, std::size_t column,
                                       std::size_t indent, bool is_in_list) const {
    const std::size_t length =
        lengths_[content][is_in_list ? 1 : 0] + brackets.open.size() + brackets.close.size();
    if (column + length <= width_) {
      return std::string(brackets.open) + Text(content, 0, is_in_list) +
             std::string(brackets.close);
    }
    const std::size_t inner = indent + kIndent;
    return std::string(brackets.open.substr(0, 1)) + "\n" + std::string(inner, ' ') +
           Text(content, inner, is_in_list) + "\n" + std::string(indent, ' ') +
           std::string(brackets.close.substr(brackets.close.size() - 1));
  }

  const SourceText& query_;
  const grammar::Ast& ast_;
  std::size_t width_;
  std::vector<std::optional<Span>> list_field_;  // where the field of a value list stands
  std::vector<std::array<std::size_t, 2>> lengths_;
};

}  // namespace

std::optional<std::string> FormatQuery(const SourceText& query, std::size_t width) {
  const auto ast = grammar::Parse(query);
  if (!ast || ast->nodes.empty()) {
    return std::nullopt;
  }
  std::string text = Formatter(query, *ast, width).Run();
  const auto again = grammar::Parse({query.name, text, {}});
  if (!again || Print(*again) != Print(*ast)) {
    return std::nullopt;
  }
  return text;
}

}  // namespace tripline::compiler
