#include "runtime/event_times.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/batch.h"
#include "runtime/column_values.h"
#include "runtime/ruleset.h"
#include "runtime/run_summary.h"

namespace tripline::runtime {
namespace {

constexpr const char* kDefaultField = "@timestamp";

std::string PrimaryField(const RuleSpec& rule) {
  return rule.timestamp_override.empty() ? kDefaultField : rule.timestamp_override;
}

bool HasFallback(const RuleSpec& rule) {
  return PrimaryField(rule) != kDefaultField && !rule.is_timestamp_fallback_disabled;
}

}  // namespace

bool EventTimes::HasSource(const Ruleset& ruleset, const RuleSpec& rule) {
  return ruleset.ColumnOf(PrimaryField(rule)).has_value() ||
         (HasFallback(rule) && ruleset.ColumnOf(kDefaultField).has_value());
}

std::size_t EventTimes::AddSource(const Ruleset& ruleset, const RuleSpec& rule) {
  return AddSource(ruleset, PrimaryField(rule), HasFallback(rule));
}

std::size_t EventTimes::AddSource(const Ruleset& ruleset, const std::string& field,
                                  bool has_fallback) {
  const auto known = std::ranges::find_if(sources_, [&](const Source& source) {
    return source.field == field && source.has_fallback == has_fallback;
  });
  if (known != sources_.end()) {
    return static_cast<std::size_t>(known - sources_.begin());
  }
  sources_.push_back({.field = field,
                      .has_fallback = has_fallback,
                      .primary = ruleset.ColumnOf(field),
                      .fallback = has_fallback ? ruleset.ColumnOf(kDefaultField) : std::nullopt,
                      .clock = EventClock(limits_),
                      .earliest = std::nullopt,
                      .times = {}});
  return sources_.size() - 1;
}

void EventTimes::Read(const Batch& batch) {
  for (Source& source : sources_) {
    source.times.assign(batch.num_rows, std::nullopt);
    for (const std::optional<std::uint32_t>& column : {source.primary, source.fallback}) {
      if (!column || batch.columns[*column].is_empty) {
        continue;
      }
      for (std::uint32_t row = 0; row < batch.num_rows; ++row) {
        if (!source.times[row]) {
          source.times[row] = EarliestTime(batch.columns[*column], row);
        }
      }
    }
    for (const std::optional<Timestamp>& time : source.times) {
      if (time && (!source.earliest_read || *time < *source.earliest_read)) {
        source.earliest_read = time;
      }
    }
  }
}

void EventTimes::MoveClocks(bool are_known) {
  for (Source& source : sources_) {
    for (const std::optional<Timestamp>& time : source.times) {
      if (!time) {
        ++source.num_without_time;
        continue;
      }
      ++source.num_with_time;
      source.num_after_now += limits_.now && *time > *limits_.now ? 1 : 0;
      are_known ? source.clock.ObserveAgain(*time) : source.clock.Observe(*time);
      source.earliest = source.earliest ? std::min(*source.earliest, *time) : *time;
    }
  }
}

std::string EventTimes::Source::Name() const {
  return has_fallback ? field + " or " + kDefaultField : field;
}

void EventTimes::RestoreClocks(const std::map<std::string, Timestamp>& clocks) {
  const bool is_one_for_all = clocks.size() == 1;
  for (Source& source : sources_) {
    const auto kept = clocks.find(is_one_for_all ? "" : source.Name());
    if (kept != clocks.end()) {
      source.clock.Restore(kept->second);
    }
  }
}

std::map<std::string, Timestamp> EventTimes::Clocks() const {
  std::map<std::string, Timestamp> clocks;
  for (const Source& source : sources_) {
    if (const std::optional<Timestamp> now = source.clock.Now()) {
      clocks.emplace(source.Name(), *now);
    }
  }
  if (const std::optional<Timestamp> now = Now()) {
    clocks.emplace("", *now);
  }
  return clocks;
}

std::optional<Timestamp> EventTimes::Now() const {
  std::optional<Timestamp> now;
  for (const Source& source : sources_) {
    now = Later(now, source.clock.Now());
  }
  return now;
}

std::optional<Timestamp> EventTimes::Plausible() const {
  std::optional<Timestamp> plausible;
  for (const Source& source : sources_) {
    plausible = Later(plausible, source.clock.Plausible());
  }
  return plausible ? plausible : Largest();
}

std::optional<Timestamp> EventTimes::Largest() const {
  std::optional<Timestamp> largest;
  for (const Source& source : sources_) {
    largest = Later(largest, source.clock.Largest());
  }
  return largest;
}

std::vector<TimestampSummary> EventTimes::Summarize() const {
  std::vector<TimestampSummary> summaries;
  summaries.reserve(sources_.size());
  for (const Source& source : sources_) {
    summaries.push_back({.field = source.field,
                         .has_fallback = source.has_fallback,
                         .num_with_time = source.num_with_time,
                         .num_without_time = source.num_without_time,
                         .num_after_now = source.num_after_now});
  }
  return summaries;
}

}  // namespace tripline::runtime
