#include "compiler/rule_toml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "compiler/object_reader.h"

namespace tripline::compiler {
namespace {

// `history_window_start = [{field = "history_window_start", value = "now-20d"}]`, or the plain
// text.
Node HistoryWindowStart(Node from, Findings& findings) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"field", "value"});
  auto* const elements = std::get_if<Node::Array>(&from.value);
  if (elements == nullptr || elements->size() != 1 || elements->front().AsObject() == nullptr) {
    return from;  // wrong types are reported where the API shape is read
  }
  ObjectReader(elements->front(), "rule.new_terms.history_window_start.", findings)
      .WarnUnknown(kKeys);
  Node value = elements->front().Take("value");
  return value.IsNull() ? std::move(from) : std::move(value);
}

void MoveNewTerms(Node& rule, Findings& findings) {
  static constexpr auto kKeys =
      std::to_array<std::string_view>({"field", "history_window_start", "value"});
  static constexpr auto kField = std::to_array<std::string_view>({"new_terms_fields"});
  ObjectReader outer(rule, "rule.", findings);
  if (outer.Object("new_terms") == nullptr) {
    return;
  }
  Node block = rule.Take("new_terms");
  ObjectReader reader(block, "rule.new_terms.", findings);
  reader.WarnUnknown(kKeys);
  reader.Choice("field", kField);
  const Span place = block.span;
  if (Node value = block.Take("value"); !value.IsNull()) {
    rule.Put("new_terms_fields", place, std::move(value));
  }
  if (Node start = block.Take("history_window_start"); !start.IsNull()) {
    rule.Put("history_window_start", place, HistoryWindowStart(std::move(start), findings));
  }
}

struct Block {
  std::string text;
  Span place;
  bool is_used = false;
};

// "osquery_0" -> `!{osquery{"label":...,"query":...}}`.
using Blocks = std::map<std::string, Block, std::less<>>;

Blocks BlocksOf(const Node& root, Findings& findings) {
  static constexpr auto kKinds = std::to_array<std::string_view>({"investigate", "osquery"});
  Blocks blocks;
  const Node* const transform = ObjectReader(root, "", findings).Object("transform");
  if (transform == nullptr) {
    return blocks;
  }
  ObjectReader reader(*transform, "transform.", findings);
  reader.WarnUnknown(kKinds);
  for (const std::string_view kind : kKinds) {
    std::size_t number = 0;
    for (const Node& entry : reader.Objects(kind)) {
      const std::string name(kind);
      blocks[name + "_" + std::to_string(number++)] = {"!{" + name + ToJson(entry) + "}",
                                                       entry.span};
    }
  }
  return blocks;
}

bool IsNameByte(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether a `$name` was meant to be a block: other dollar signs are prose.
bool NamesBlock(std::string_view name) {
  for (const std::string_view kind : {"osquery_", "investigate_"}) {
    if (name.starts_with(kind) && name.size() > kind.size() &&
        name.find_first_not_of("0123456789", kind.size()) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::string FillIn(std::string_view note, Span place, Blocks& blocks, Findings& findings) {
  std::string filled;
  for (std::size_t i = 0; i < note.size();) {
    std::size_t end = i + 1;
    while (note[i] == '$' && end < note.size() && IsNameByte(note[end])) {
      ++end;
    }
    const std::string_view name = note.substr(i + 1, end - i - 1);
    const auto block = blocks.find(name);
    if (note[i] == '$' && block != blocks.end()) {
      filled += block->second.text;
      block->second.is_used = true;
    } else {
      if (NamesBlock(name)) {
        findings.Warning(
            place, "rule.transform",
            "`note` asks for " + Shown("$" + std::string(name)) + ", but there is no such block",
            "blocks are [[transform.osquery]] and [[transform.investigate]], counted "
            "from 0");
      }
      filled += note.substr(i, end - i);
    }
    i = end;
  }
  return filled;
}

void FillInNote(Node& rule, Blocks blocks, Findings& findings) {
  const Node* const note = rule.Find("note");
  if (note != nullptr && note->AsString() != nullptr) {
    Node filled = rule.Take("note");
    filled.value = FillIn(*filled.AsString(), filled.span, blocks, findings);
    const Span place = filled.span;
    rule.Put("note", place, std::move(filled));
  }
  for (const auto& [name, block] : blocks) {
    if (!block.is_used) {
      findings.Warning(block.place, "rule.transform", "`note` does not use this block",
                       "write $" + name + " where it belongs");
    }
  }
}

}  // namespace

std::optional<ApiShape> ToApiShape(Node root, Findings& findings) {
  static constexpr auto kTables =
      std::to_array<std::string_view>({"metadata", "rule", "transform"});
  ObjectReader reader(root, "", findings);
  reader.WarnUnknown(kTables);
  ApiShape shape;
  if (const Node* const metadata = reader.Object("metadata")) {
    shape.metadata = ToJson(*metadata);
  }
  if (reader.Object("rule", Need::kRequired) == nullptr) {
    return std::nullopt;
  }
  Blocks blocks = BlocksOf(root, findings);
  shape.rule = root.Take("rule");
  MoveNewTerms(shape.rule, findings);
  FillInNote(shape.rule, std::move(blocks), findings);
  return shape;
}

}  // namespace tripline::compiler
