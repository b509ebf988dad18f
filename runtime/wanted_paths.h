// WantedPaths: which columns want the value at a place in a JSON document. Both event parsers walk
// a document with it; PathTrie holds the plain paths, and this the patterns (a field name with
// stars in a query), which are asked by the whole path.
//
//   WantedPaths::Place place = paths.Start();
//   WantedPaths::Place child = paths.Enter(place, "process");
//   if (child != WantedPaths::kNowhere) { Use(paths.ColumnsAt(child)); paths.Leave(); }
//
// Without patterns, entering costs a look into the trie. With them every path of a document that
// one of them may stand for is walked, and what its columns are is remembered per path in bounded
// memory.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "jit/program.h"
#include "runtime/path_trie.h"

namespace tripline::runtime {

class WantedPaths {
 public:
  using Place = PathTrie::Node;
  static constexpr Place kNowhere = PathTrie::kNowhere;

  explicit WantedPaths(std::span<const jit::Field> fields);

  /// The root of a document; forgets where the last document's walk stood.
  Place Start() {
    path_.clear();
    marks_.clear();
    return PathTrie::kRoot;
  }
  /// Into a member of the object at `place`, which was entered last. kNowhere, with nothing
  /// entered, if no column wants anything there.
  Place Enter(Place place, std::string_view key) {
    const Place child = trie_.Child(place, key);
    return patterns_.empty() ? child : EnterAny(child, key);
  }
  /// Back out of what was entered last.
  void Leave() {
    if (!patterns_.empty()) {
      path_.resize(marks_.back());
      marks_.pop_back();
    }
  }
  /// Columns that want the scalars at `place`, which was entered last. Valid until the next call.
  [[nodiscard]] std::span<const std::uint32_t> ColumnsAt(Place place) {
    return patterns_.empty() ? trie_.columns(place) : ColumnsAtPath(place);
  }
  /// False if an object at `place` need not be walked.
  [[nodiscard]] bool WantsBelow(Place place) const {
    return trie_.HasChildren(place) || !patterns_.empty();
  }

  /// The same without a walk, for who remembers places and their paths: a member of the object at
  /// `place`, whose own path `path` is.
  [[nodiscard]] bool has_patterns() const { return !patterns_.empty(); }
  [[nodiscard]] Place Step(Place place, std::string_view key, const std::string& path) const;
  void AppendColumns(Place place, const std::string& path,
                     std::vector<std::uint32_t>* columns) const;
  [[nodiscard]] bool WantsBelow(Place place, const std::string& path) const;

 private:
  struct Pattern {
    jit::Glob glob;
    std::unordered_set<std::string> except;
    std::vector<std::string> except_below;  // beginnings of paths, "objects."
    std::uint32_t column = 0;
  };

  [[nodiscard]] static bool MayStandBelow(const Pattern& pattern, const std::string& path);
  [[nodiscard]] static bool StandsFor(const Pattern& pattern, const std::string& path);
  Place EnterAny(Place child, std::string_view key);
  std::span<const std::uint32_t> ColumnsAtPath(Place place);

  PathTrie trie_;
  std::vector<Pattern> patterns_;
  std::string path_;                // of what was entered last; only kept with patterns
  std::vector<std::size_t> marks_;  // its length before each Enter
  std::unordered_map<std::string, std::vector<std::uint32_t>> columns_of_path_;
  std::size_t remembered_bytes_ = 0;
};

}  // namespace tripline::runtime
