// All edges of the trie share one hash table, keyed by (node, key): a document's key costs one hash
// and mostly one probe, whether it is wanted or not.
#include "runtime/path_trie.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "runtime/hash.h"

namespace tripline::runtime {

PathTrie::PathTrie(std::span<const WantedPath> wanted) : nodes_(2) {
  names_.reserve(wanted.size());
  for (const WantedPath& one : wanted) {
    names_.push_back(one.path);
  }
  std::size_t num_steps = 0;
  for (const std::string& name : names_) {
    num_steps += 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  }
  edges_.resize(std::bit_ceil(2 * num_steps + 1));
  std::vector<std::pair<Node, std::uint32_t>> ends;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    ends.emplace_back(AddPath(names_[i]), wanted[i].column);
  }
  std::ranges::sort(ends);
  for (const auto& [node, column] : ends) {
    if (nodes_[node].num_columns == 0) {
      nodes_[node].first_column = static_cast<std::uint32_t>(columns_.size());
    }
    ++nodes_[node].num_columns;
    columns_.push_back(column);
  }
}

PathTrie::Node PathTrie::AddPath(std::string_view path) {
  Node node = kRoot;
  for (bool is_last = false; !is_last;) {
    const std::size_t dot = path.find('.');
    is_last = dot == path.npos;
    const std::string_view key = path.substr(0, dot);
    path.remove_prefix(is_last ? path.size() : dot + 1);
    Node child = Step(node, key);
    if (child == kNowhere) {
      child = static_cast<Node>(nodes_.size());
      nodes_.emplace_back();
      nodes_[node].has_children = true;
      if (!key.empty()) {
        nodes_[node].first_characters |= std::uint64_t{1} << (key.front() & 63);
      }
      AddEdge({.from = node, .to = child, .key = key});
    }
    node = child;
  }
  return node;
}

PathTrie::Node PathTrie::Step(Node node, std::string_view key) const {
  const std::size_t mask = edges_.size() - 1;
  for (std::size_t at = HashBytes(key, node) & mask; edges_[at].from != kNowhere;
       at = (at + 1) & mask) {
    if (edges_[at].from == node && edges_[at].key == key) {
      return edges_[at].to;
    }
  }
  return kNowhere;
}

PathTrie::Node PathTrie::Steps(Node node, std::string_view key) const {
  for (;;) {
    const std::size_t dot = key.find('.');
    node = Step(node, key.substr(0, dot));
    if (node == kNowhere || dot == key.npos) {
      return node;
    }
    key.remove_prefix(dot + 1);
  }
}

void PathTrie::AddEdge(const Edge& edge) {
  const std::size_t mask = edges_.size() - 1;
  std::size_t at = HashBytes(edge.key, edge.from) & mask;
  while (edges_[at].from != kNowhere) {
    at = (at + 1) & mask;
  }
  edges_[at] = edge;
}

}  // namespace tripline::runtime
