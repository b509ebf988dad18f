#include "jit/string_decider.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "jit/atoms.h"
#include "jit/glob.h"

namespace tripline::jit {
namespace {

/// The string that follows in byte order.
std::string Next(std::string text) {
  text.push_back('\0');
  return text;
}

IntervalSet<std::string>::Interval IntervalOf(const StringRange& range, std::uint32_t position) {
  IntervalSet<std::string>::Interval interval{"", std::nullopt, position};
  if (range.low) interval.begin = range.includes_low ? *range.low : Next(*range.low);
  if (range.high) interval.end = range.includes_high ? Next(*range.high) : *range.high;
  return interval;
}

/// Distinct globs, each with the positions that ask for it.
struct DistinctGlobs {
  std::vector<Glob> globs;
  PositionLists positions;
};

DistinctGlobs GroupGlobs(const std::vector<std::pair<Glob, std::uint32_t>>& entries) {
  using Key = std::tuple<std::vector<std::string>, bool, bool>;
  std::map<Key, std::vector<std::uint32_t>> groups;
  for (const auto& [glob, position] : entries) {
    groups[{glob.pieces, glob.ignores_case, glob.has_question}].push_back(position);
  }
  DistinctGlobs distinct;
  for (const auto& [key, positions] : groups) {
    const auto& [pieces, ignores_case, has_question] = key;
    distinct.globs.push_back({pieces, ignores_case, has_question});
    distinct.positions.Add(positions);
  }
  return distinct;
}

}  // namespace

Result<StringDecider> StringDecider::Make(StringAtoms atoms, const PatternLimits& limits) {
  std::vector<std::uint32_t> always;
  std::vector<KeyedPosition> fronts;
  std::vector<KeyedPosition> backs;
  std::vector<std::pair<Glob, std::uint32_t>> general;
  for (auto& [glob, position] : atoms.globs) {
    switch (Classify(glob)) {
      case GlobShape::kExact:
        atoms.terms.emplace_back(LiteralOf(glob), position);
        break;
      case GlobShape::kPrefix:
        fronts.emplace_back(LiteralOf(glob), position);
        break;
      case GlobShape::kSuffix:
        backs.emplace_back(LiteralOf(glob), position);
        break;
      case GlobShape::kEverything:
        always.push_back(position);
        break;
      case GlobShape::kContains:
      case GlobShape::kGeneral:
        general.emplace_back(std::move(glob), position);
        break;
    }
  }
  DistinctGlobs distinct = GroupGlobs(general);
  TRIPLINE_TRY(PatternSet patterns, PatternSet::Make(std::move(distinct.globs), limits));

  StringDecider decider(std::move(patterns));
  decider.of_pattern_ = std::move(distinct.positions);
  decider.always_ = std::move(always);
  decider.terms_ = TermTable(std::move(atoms.terms));
  decider.fronts_ = AffixSet(AffixSet::Side::kFront, std::move(fronts));
  decider.backs_ = AffixSet(AffixSet::Side::kBack, std::move(backs));
  std::vector<IntervalSet<std::string>::Interval> intervals;
  for (auto& [range, position] : atoms.ranges) {
    if (range.is_numeric) {
      decider.numeric_ranges_.emplace_back(std::move(range), position);
    } else {
      intervals.push_back(IntervalOf(range, position));
    }
  }
  decider.ranges_ = IntervalSet<std::string>(intervals);
  return decider;
}

Result<void> StringDecider::Fit(StringScratch& scratch) const {
  scratch.hits.reserve(patterns_.size());
  return scratch.patterns.Fit(patterns_);
}

void StringDecider::Decide(std::string_view value, StringScratch& scratch,
                           PositionSet* found) const {
  found->Add(always_);
  found->Add(terms_.Find(value));
  fronts_.Find(value, &scratch.reversed, found);
  backs_.Find(value, &scratch.reversed, found);
  ranges_.Find(value, found);
  for (const auto& [range, position] : numeric_ranges_) {
    if (AtomAccepts(range, value)) found->Add(position);
  }
  if (patterns_.size() == 0) return;
  patterns_.Match(value, scratch.patterns, &scratch.hits);
  for (const std::uint32_t pattern : scratch.hits) found->Add(of_pattern_[pattern]);
}

}  // namespace tripline::jit
