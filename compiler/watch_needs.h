// NeedsWatch: events go by, and it keeps which needs of which rules were ever met, and which ever
// were not. One pass, a few bits a need; a rule's needs are asked of the events in its indices
// alone.
//
//   NeedsWatch watch(needs);
//   for each block: matcher->Match(block.batch); watch.Take(block, *matcher);
//   FindBlindRules(needs, &watch.seen());
//
// One thread at a time; `needs` must outlive it and stay where it is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "compiler/rule_needs.h"
#include "runtime/index_pattern.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"

namespace tripline::compiler {

/// What was seen of one need, among the events that its rule looks at.
struct NeedSeen {
  bool was_met = false;
  bool was_unmet = false;
  bool was_present = false;  // an event has a value of one of its fields
};

/// What was seen of one rule.
struct RuleSeen {
  std::uint64_t num_events = 0;    // that it looks at: in its indices, where events name theirs
  std::uint64_t num_matches = 0;   // of query and filters
  std::uint64_t num_excepted = 0;  // of these, what its exception lists take out
};

struct NeedsSeen {
  std::uint64_t num_events = 0;
  std::vector<NeedSeen> needs;  // as NeedsOfRules has them
  std::vector<RuleSeen> rules;  // the same
};

class NeedsWatch {
 public:
  explicit NeedsWatch(const NeedsOfRules& needs);

  /// Requires that `matcher`, of the needs' Program, has just matched the block.
  void Take(const runtime::EventBlock& block, const runtime::Matcher& matcher);

  [[nodiscard]] const NeedsSeen& seen() const { return seen_; }

 private:
  /// Rules of the same index patterns.
  struct Audience {
    const std::vector<std::string>* indices = nullptr;
    std::vector<std::uint32_t> rules;
    std::vector<std::uint64_t> rows{};  // of the block, that they look at
  };

  void FindRows(const runtime::EventBlock& block);
  void TakeRule(std::uint32_t rule, std::span<const std::uint64_t> rows,
                const runtime::Matcher& matcher);
  void TakeNeed(std::uint32_t need, std::span<const std::uint64_t> rows,
                const runtime::Matcher& matcher);

  const NeedsOfRules& needs_;
  std::vector<Audience> audiences_;
  runtime::IndexLooks looks_;
  NeedsSeen seen_;
};

}  // namespace tripline::compiler
