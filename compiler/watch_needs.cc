#include "compiler/watch_needs.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <map>
#include <string_view>

#include "runtime/batch.h"

namespace tripline::compiler {
namespace {

using Rows = std::span<const std::uint64_t>;

bool Meet(Rows a, Rows b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & b[i]) != 0) {
      return true;
    }
  }
  return false;
}

bool AreWithin(Rows inner, Rows outer) {
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if ((inner[i] & ~outer[i]) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

NeedsWatch::NeedsWatch(const NeedsOfRules& needs) : needs_(needs) {
  seen_.needs.resize(needs.needs.size());
  seen_.rules.resize(needs.rules.size());
  std::map<std::vector<std::string>, std::size_t> audience_of;
  for (std::uint32_t i = 0; i < needs.rules.size(); ++i) {
    const auto [at, is_new] = audience_of.emplace(needs.rules[i].indices, audiences_.size());
    if (is_new) {
      audiences_.push_back({.indices = &needs.rules[i].indices, .rules = {}});
    }
    audiences_[at->second].rules.push_back(i);
  }
}

void NeedsWatch::Take(const runtime::EventBlock& block, const runtime::Matcher& matcher) {
  seen_.num_events += block.batch.num_rows;
  FindRows(block);
  for (const Audience& audience : audiences_) {
    if (std::ranges::any_of(audience.rows, [](std::uint64_t word) { return word != 0; })) {
      for (const std::uint32_t rule : audience.rules) {
        TakeRule(rule, audience.rows, matcher);
      }
    }
  }
}

// The rows of each index first: a block has few of them.
void NeedsWatch::FindRows(const runtime::EventBlock& block) {
  const std::uint32_t num_words = runtime::WordsFor(block.batch.num_rows);
  std::map<std::string_view, std::vector<std::uint64_t>> rows_of_index;
  for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
    std::vector<std::uint64_t>& rows = rows_of_index[block.origins[row].index];
    rows.resize(num_words, 0);
    rows[row / 64] |= std::uint64_t{1} << (row % 64);
  }
  for (Audience& audience : audiences_) {
    audience.rows.assign(num_words, 0);
    for (const auto& [index, rows] : rows_of_index) {
      if (looks_.LooksAt(*audience.indices, index)) {
        std::ranges::transform(rows, audience.rows, audience.rows.begin(), std::bit_or());
      }
    }
  }
}

void NeedsWatch::TakeRule(std::uint32_t rule, Rows rows, const runtime::Matcher& matcher) {
  const RuleNeeds& needs = needs_.rules[rule];
  RuleSeen& seen = seen_.rules[rule];
  for (const std::uint64_t word : rows) {
    seen.num_events += static_cast<std::uint64_t>(std::popcount(word));
  }
  for (std::uint32_t i = 0; i < needs.num_needs; ++i) {
    TakeNeed(needs.first_need + i, rows, matcher);
  }
  if (!needs.match || !matcher.AnyOf(*needs.match)) {
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t matched = matcher.RowsOf(*needs.match)[i] & rows[i];
    std::uint64_t excepted = 0;
    for (const jit::OutputIndex list : needs.exceptions) {
      excepted |= matcher.AnyOf(list) ? matcher.RowsOf(list)[i] : 0;
    }
    seen.num_matches += static_cast<std::uint64_t>(std::popcount(matched));
    seen.num_excepted += static_cast<std::uint64_t>(std::popcount(matched & excepted));
  }
}

void NeedsWatch::TakeNeed(std::uint32_t need, Rows rows, const runtime::Matcher& matcher) {
  const Need& about = needs_.needs[need];
  NeedSeen& seen = seen_.needs[need];
  const bool is_any = matcher.AnyOf(about.met);
  seen.was_met = seen.was_met || (is_any && Meet(rows, matcher.RowsOf(about.met)));
  seen.was_unmet = seen.was_unmet || !is_any || !AreWithin(rows, matcher.RowsOf(about.met));
  seen.was_present = seen.was_present || seen.was_met ||
                     (matcher.AnyOf(about.present) && Meet(rows, matcher.RowsOf(about.present)));
}

}  // namespace tripline::compiler
