#include "runtime/index_pattern.h"

#include <algorithm>

namespace tripline::runtime {
namespace {

// Stars only, iterative: on a mismatch the last star swallows one byte more.
bool Matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++resume;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(pattern.substr(p), [](char c) { return c == '*'; });
}

bool AllDigitsOr(std::string_view text, char also) {
  return !text.empty() &&
         std::ranges::all_of(text, [also](char c) { return (c >= '0' && c <= '9') || c == also; });
}

}  // namespace

std::string_view DataStreamOf(std::string_view index) {
  constexpr std::string_view kBackingPrefix = ".ds-";
  if (!index.starts_with(kBackingPrefix)) {
    return index;
  }
  const std::size_t generation = index.rfind('-');
  if (generation <= kBackingPrefix.size() || !AllDigitsOr(index.substr(generation + 1), '0')) {
    return index;
  }
  std::string_view name = index.substr(kBackingPrefix.size(), generation - kBackingPrefix.size());
  const std::size_t date = name.rfind('-');
  if (date != std::string_view::npos && AllDigitsOr(name.substr(date + 1), '.')) {
    name = name.substr(0, date);
  }
  return name;
}

bool LooksAt(const std::vector<std::string>& patterns, std::string_view index) {
  if (patterns.empty()) {
    return true;
  }
  const std::string_view stream = DataStreamOf(index);
  bool is_seen = false;
  for (const std::string_view pattern : patterns) {
    const bool is_excluded = pattern.starts_with('-');
    const std::string_view wanted = is_excluded ? pattern.substr(1) : pattern;
    if (Matches(wanted, index) || Matches(wanted, stream)) {
      is_seen = !is_excluded;
    }
  }
  return is_seen;
}

bool IndexLooks::LooksAt(const std::vector<std::string>& patterns, std::string_view index) {
  if (index.empty() || patterns.empty()) {
    return true;
  }
  std::pair<const std::vector<std::string>*, std::string> key(&patterns, index);
  if (const auto found = kept_.find(key); found != kept_.end()) {
    return found->second;
  }
  const bool looks = runtime::LooksAt(patterns, index);
  if (kept_.size() < kMaxKept) {
    kept_.emplace(std::move(key), looks);
  }
  return looks;
}

}  // namespace tripline::runtime
