#include "runtime/wanted_paths.h"

#include <algorithm>
#include <utility>

#include "jit/glob.h"

namespace tripline::runtime {
namespace {

// What is remembered about paths at most; real events have a few thousand.
constexpr std::size_t kMaxRememberedBytes = std::size_t{4} << 20U;

// Where the fields' values stand in an event. A multi-field has those of its parent, and, where an
// event was not made by that mapping, those under its own name: an index would refuse such an
// event.
std::vector<WantedPath> PlainPaths(std::span<const jit::Field> fields) {
  std::vector<WantedPath> paths;
  for (std::uint32_t column = 0; column < fields.size(); ++column) {
    const jit::Field& field = fields[column];
    if (field.is_pattern) {
      continue;
    }
    if (field.source.empty() || field.name.starts_with(field.source + ".")) {
      paths.push_back({field.name, column});
    }
    if (!field.source.empty()) {
      paths.push_back({field.source, column});
    }
  }
  return paths;
}

jit::Glob GlobOf(std::string_view pattern) {
  jit::Glob glob;
  for (;;) {
    const std::size_t star = pattern.find('*');
    glob.pieces.emplace_back(pattern.substr(0, star));
    if (star == pattern.npos) {
      return glob;
    }
    pattern.remove_prefix(star + 1);
  }
}

}  // namespace

WantedPaths::WantedPaths(std::span<const jit::Field> fields) : trie_(PlainPaths(fields)) {
  for (std::uint32_t column = 0; column < fields.size(); ++column) {
    const jit::Field& field = fields[column];
    if (field.is_pattern) {
      Pattern pattern{.glob = GlobOf(field.source.empty() ? field.name : field.source),
                      .except = {},
                      .except_below = {},
                      .column = column};
      for (const std::string& path : field.except) {
        if (path.ends_with(".*")) {
          pattern.except_below.push_back(path.substr(0, path.size() - 1));
        } else {
          pattern.except.insert(path);
        }
      }
      patterns_.push_back(std::move(pattern));
    }
  }
}

bool WantedPaths::StandsFor(const Pattern& pattern, const std::string& path) {
  return jit::GlobMatches(pattern.glob, path) && !pattern.except.contains(path) &&
         std::ranges::none_of(pattern.except_below, [&path](const std::string& beginning) {
           return path.starts_with(beginning);
         });
}

// A star crosses dots, so behind the pattern's first piece everything is possible.
bool WantedPaths::MayStandBelow(const Pattern& pattern, const std::string& path) {
  const std::string_view first = pattern.glob.pieces.front();
  const std::string_view both = std::string_view(path).substr(0, first.size());
  return first.starts_with(both) && (path.size() >= first.size() || first[path.size()] == '.');
}

WantedPaths::Place WantedPaths::Step(Place place, std::string_view key,
                                     const std::string& path) const {
  const Place child = trie_.Child(place, key);
  const bool is_elsewhere =
      child == kNowhere && std::ranges::any_of(patterns_, [&path](const Pattern& pattern) {
        return StandsFor(pattern, path) || MayStandBelow(pattern, path);
      });
  return is_elsewhere ? PathTrie::kElsewhere : child;
}

void WantedPaths::AppendColumns(Place place, const std::string& path,
                                std::vector<std::uint32_t>* columns) const {
  const std::span<const std::uint32_t> plain = trie_.columns(place);
  columns->insert(columns->end(), plain.begin(), plain.end());
  for (const Pattern& pattern : patterns_) {
    if (StandsFor(pattern, path)) {
      columns->push_back(pattern.column);
    }
  }
}

bool WantedPaths::WantsBelow(Place place, const std::string& path) const {
  return trie_.HasChildren(place) || std::ranges::any_of(patterns_, [&path](const Pattern& one) {
           return MayStandBelow(one, path);
         });
}

WantedPaths::Place WantedPaths::EnterAny(Place child, std::string_view key) {
  marks_.push_back(path_.size());
  if (!path_.empty() || marks_.size() > 1) {
    path_ += '.';
  }
  path_ += key;
  return child == kNowhere ? PathTrie::kElsewhere : child;
}

std::span<const std::uint32_t> WantedPaths::ColumnsAtPath(Place place) {
  const auto known = columns_of_path_.find(path_);
  if (known != columns_of_path_.end()) {
    return known->second;
  }
  if (remembered_bytes_ > kMaxRememberedBytes) {
    columns_of_path_.clear();
    remembered_bytes_ = 0;
  }
  std::vector<std::uint32_t>& columns = columns_of_path_[path_];
  AppendColumns(place, path_, &columns);
  constexpr std::size_t kBytesOfEntry = 128;  // node, string and vector, roughly
  remembered_bytes_ += kBytesOfEntry + path_.size() + columns.size() * sizeof(std::uint32_t);
  return columns;
}

}  // namespace tripline::runtime
