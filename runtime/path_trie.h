// PathTrie: the wanted field paths, walked beside a JSON document so that what no rule asks for is
// passed over. Keys and paths may be cut differently: with the path "a.b.c" wanted,
// {"a":{"b":{"c":1}}}, {"a.b":{"c":1}}, {"a":{"b.c":1}} and {"a.b.c":1} all lead to it.
//
//   const PathTrie trie(std::array<WantedPath, 2>{{{"process.name", 0}, {"process.pid", 1}}});
//   PathTrie::Node process = trie.Child(PathTrie::kRoot, "process");
//   trie.columns(trie.Child(process, "pid"));   // {1}
//
// Thread-safety: immutable; any number of threads may look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::runtime {

/// A column may want several paths, and a path may be wanted by several columns.
struct WantedPath {
  std::string path;
  std::uint32_t column = 0;
};

class PathTrie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kElsewhere = 1;          // a node without paths, here or below
  static constexpr Node kNowhere = 0xFFFFFFFFU;  // no node

  explicit PathTrie(std::span<const WantedPath> wanted);
  PathTrie(const PathTrie&) = delete;  // edges look into names_
  PathTrie& operator=(const PathTrie&) = delete;
  PathTrie(PathTrie&&) = default;
  PathTrie& operator=(PathTrie&&) = default;

  /// Where `key` leads from `node`; every dot in it is a step. Requires: `node` is not kNowhere.
  [[nodiscard]] Node Child(Node node, std::string_view key) const {
    // Most keys are not wanted, and most of those already differ in their first character.
    if (!key.empty() && ((nodes_[node].first_characters >> (key.front() & 63)) & 1U) == 0) {
      return kNowhere;
    }
    const Node child = Step(node, key);
    return child != kNowhere || key.find('.') == key.npos ? child : Steps(node, key);
  }
  /// The columns that want the values at `node`.
  [[nodiscard]] std::span<const std::uint32_t> columns(Node node) const {
    return {columns_.data() + nodes_[node].first_column, nodes_[node].num_columns};
  }
  [[nodiscard]] bool HasChildren(Node node) const { return nodes_[node].has_children; }

 private:
  struct Facts {
    std::uint32_t first_column = 0;  // in columns_
    std::uint32_t num_columns = 0;
    bool has_children = false;
    std::uint64_t first_characters = 0;  // of the keys that lead on: bit (character & 63)
  };
  struct Edge {
    Node from = kNowhere;  // kNowhere: the slot is free
    Node to = kNowhere;
    std::string_view key;  // into names_
  };

  [[nodiscard]] Node Step(Node node, std::string_view key) const;
  [[nodiscard]] Node Steps(Node node, std::string_view key) const;
  Node AddPath(std::string_view path);
  void AddEdge(const Edge& edge);

  std::vector<std::string> names_;  // a copy of the paths, never changed: edges look into it
  std::vector<Facts> nodes_;
  std::vector<std::uint32_t> columns_;
  std::vector<Edge> edges_;  // open addressing, a power of two, at most half full
};

}  // namespace tripline::runtime
