// StringDecider: all string atoms of one field, asked of one string at once. Each kind of atom goes
// the cheapest way: words by hash, fixed fronts and ends by binary search, ranges by intervals, the
// other globs by the pattern library.
//
// kString fields ask it of the whole value, kText fields of each token. Its judge is jit/atoms.h.
// Immutable once made; any number of threads may decide, each with its own StringScratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "jit/affix_set.h"
#include "jit/interval_set.h"
#include "jit/pattern_set.h"
#include "jit/position_lists.h"
#include "jit/position_set.h"
#include "jit/program.h"
#include "jit/term_table.h"

namespace tripline::jit {

/// What to decide: atoms with the positions of their leaves.
struct StringAtoms {
  std::vector<KeyedPosition> terms;
  std::vector<std::pair<Glob, std::uint32_t>> globs;
  std::vector<std::pair<StringRange, std::uint32_t>> ranges;
};

/// Memory that one thread decides in.
struct StringScratch {
  PatternScratch patterns;
  std::vector<std::uint32_t> hits;
  std::string reversed;
};

class StringDecider {
 public:
  /// Errors: those of PatternSet::Make.
  static Result<StringDecider> Make(StringAtoms atoms, const PatternLimits& limits = {});

  /// Makes room for this decider. Errors: kLimit (no memory).
  Result<void> Fit(StringScratch& scratch) const;
  /// Adds the positions of all atoms that accept `value`.
  void Decide(std::string_view value, StringScratch& scratch, PositionSet* found) const;

  /// The globs that no simpler table takes.
  [[nodiscard]] const PatternSet& patterns() const { return patterns_; }

 private:
  explicit StringDecider(PatternSet patterns) : patterns_(std::move(patterns)) {}

  std::vector<std::uint32_t> always_;  // of globs that match everything
  TermTable terms_;
  AffixSet fronts_;
  AffixSet backs_;
  IntervalSet<std::string> ranges_;  // in the order of bytes
  // Ranges that may compare as numbers, one by one: they are few, and the order that counts depends
  // on the value.
  std::vector<std::pair<StringRange, std::uint32_t>> numeric_ranges_;
  PatternSet patterns_;
  PositionLists of_pattern_;
};

}  // namespace tripline::jit
