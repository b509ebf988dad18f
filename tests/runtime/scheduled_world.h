// What a cluster does around scheduled runs, in as few words as it can be said: events in an index,
// a search that brings back what a plan asks for, commits, and owners that die between them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "runtime/alert.h"
#include "runtime/anomaly/bucket_counts.h"
#include "runtime/event.h"
#include "runtime/rule_runs.h"
#include "runtime/term.h"
#include "tests/runtime/session_world.h"

namespace tripline::runtime::testing {

struct IndexedEvent {
  Timestamp time;
  std::string index;
  std::string id;
  std::set<std::string> rules{};                            // whose queries it satisfies
  std::map<std::string, std::vector<std::string>> terms{};  // of a field, in their order
  Json source = Json::object();

  [[nodiscard]] std::string Line() const {
    Json hit{{"_index", index}, {"_id", id}, {"_source", source}};
    hit["_source"]["@timestamp"] = ToIsoString(time);
    hit["_source"]["rules"] = rules;
    return hit.dump() + "\n";
  }
  [[nodiscard]] auto Order() const { return std::tie(time, index, id); }
};

using EventsOfIndex = std::vector<IndexedEvent>;

/// Rule, run, alert's id.
using AlertName = std::tuple<std::string, Timestamp, std::string>;

/// Finds on their way to RuleRuns, as the host writes them.
class FindsBytes {
 public:
  explicit FindsBytes(std::uint64_t num_matches = 0) : num_matches_(num_matches) {}

  void AddEvent(Timestamp time, const std::string& index, const std::string& id) {
    ++num_finds_;
    SaveTime(entries_, time);
    AddDocument(index, id);
  }
  void AddTerm(const std::string& term, std::optional<Timestamp> before,
               std::optional<Timestamp> first, std::optional<Timestamp> last,
               const std::string& index, const std::string& id) {
    ++num_finds_;
    entries_.String(term);
    for (const auto& time : {before, first, last}) {
      entries_.Number(time ? time->time_since_epoch().count()
                           : std::numeric_limits<std::int64_t>::min());
    }
    AddDocument(index, id);
  }
  [[nodiscard]] std::string Take() {
    ByteWriter writer;
    writer.Number(num_matches_);
    writer.Number(num_finds_);
    writer.Number(static_cast<std::uint32_t>(indices_.size()));
    for (const std::string& index : indices_) {
      writer.String(index);
    }
    writer.Append(entries_.bytes());
    return writer.Take();
  }

 private:
  void AddDocument(const std::string& index, const std::string& id) {
    const auto known = std::ranges::find(indices_, index);
    entries_.Number(static_cast<std::uint32_t>(known - indices_.begin()));
    if (known == indices_.end()) {
      indices_.push_back(index);
    }
    entries_.String(id);
  }

  std::uint64_t num_matches_;
  std::uint32_t num_finds_ = 0;
  std::vector<std::string> indices_;
  ByteWriter entries_;
};

/// Every term that an event holds for these fields.
inline std::vector<std::string> TermsOf(const IndexedEvent& event,
                                        const std::vector<std::string>& fields) {
  std::vector<std::string> terms{""};
  for (const std::string& field : fields) {
    std::vector<std::string> longer;
    const auto values = event.terms.find(field);
    for (const std::string& term : terms) {
      if (values == event.terms.end()) {
        continue;
      }
      for (const std::string& value : values->second) {
        longer.push_back(term + value);
      }
    }
    terms = std::move(longer);
  }
  return terms;
}

inline std::string FindsOf(const EventsOfIndex& events, const RuleSpec& rule, const RuleAsk& ask) {
  std::vector<const IndexedEvent*> matching;
  for (const IndexedEvent& event : events) {
    if (event.rules.contains(rule.rule_id) && event.time >= ask.history_from &&
        event.time <= ask.to) {
      matching.push_back(&event);
    }
  }
  std::ranges::sort(matching, {}, [](const IndexedEvent* event) { return event->Order(); });
  if (rule.type != RuleType::kNewTerms) {
    FindsBytes finds(matching.size());
    for (std::size_t i = 0; i < matching.size() && i < ask.max_finds; ++i) {
      finds.AddEvent(matching[i]->time, matching[i]->index, matching[i]->id);
    }
    return finds.Take();
  }
  struct Seen {
    std::optional<Timestamp> before;
    const IndexedEvent* first = nullptr;
    std::optional<Timestamp> last;
  };
  std::map<std::string, Seen> terms;
  for (const IndexedEvent* event : matching) {
    for (const std::string& term : TermsOf(*event, rule.new_terms_fields)) {
      Seen& seen = terms[term];
      if (event->time <= ask.from) {
        seen.before = event->time;
      } else {
        seen.first = seen.first != nullptr ? seen.first : event;
        seen.last = event->time;
      }
    }
  }
  FindsBytes finds;
  for (const auto& [term, seen] : terms) {
    if (seen.first != nullptr) {
      finds.AddTerm(term, seen.before, seen.first->time, seen.last, seen.first->index,
                    seen.first->id);
    } else {
      finds.AddTerm(term, seen.before, std::nullopt, std::nullopt, "", "");
    }
  }
  return finds.Take();
}

/// `rule_id`: whose query the datafeed's is.
inline std::string CountsOf(const EventsOfIndex& events, const AnomalyJobSpec& job,
                            const std::string& rule_id, const JobAsk& ask) {
  std::map<std::int64_t, BucketCounts> buckets;
  for (const IndexedEvent& event : events) {
    const std::int64_t bucket =
        FloorTo(event.time, job.bucket_span).time_since_epoch() / job.bucket_span;
    if (!event.rules.contains(rule_id) || bucket < ask.first_bucket || bucket >= ask.end_bucket) {
      continue;
    }
    BucketCounts& counts = buckets.try_emplace(bucket, job.detectors.size()).first->second;
    counts.num_events += 1;
    std::vector<std::vector<std::string>> influencers;
    for (const std::string& field : job.influencers) {
      const auto values = event.terms.find(field);
      influencers.push_back(values == event.terms.end() ? std::vector<std::string>()
                                                        : values->second);
    }
    for (std::size_t i = 0; i < job.detectors.size(); ++i) {
      std::vector<std::string> splits;
      if (!job.detectors[i].by_field.empty()) {
        splits.push_back(job.detectors[i].by_field);
      }
      for (const std::string& key : TermsOf(event, splits)) {
        counts.Add(i, key, 1.0, influencers);
      }
    }
  }
  ByteWriter writer;
  writer.Number(ask.first_bucket);
  writer.Number(ask.end_bucket);
  writer.Number(static_cast<std::uint32_t>(buckets.size()));
  for (const auto& [bucket, counts] : buckets) {
    writer.Number(bucket);
    counts.Save(writer);
  }
  return writer.Take();
}

template <class T>
T Value(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << result.error().message;
  if constexpr (!std::is_void_v<T>) {
    return result ? *std::move(result) : T{};
  }
}

/// One owner of a ruleset after the other, over the same commits.
class ScheduledWorld {
 public:
  ScheduledWorld(std::shared_ptr<const Ruleset> ruleset, Timestamp begin)
      : ruleset_(std::move(ruleset)), begin_(begin) {
    TakeOver();
  }

  void Index(const IndexedEvent& event) { events_.push_back(event); }

  /// A new owner goes on from the last commit; what was found since is lost with the old one.
  void TakeOver() {
    runs_ = Value(RuleRuns::Open(ruleset_, begin_));
    for (const std::string& part : parts_) {
      Value(runs_->Restore(part));
    }
    pending_.clear();
  }

  void Commit(SavedPart part) {
    part = parts_.empty() ? SavedPart::kEverything : part;
    const std::string saved = Value(runs_->Save(part));
    if (part == SavedPart::kEverything) {
      parts_.clear();
    }
    parts_.push_back(saved);
    Value(runs_->MarkKept());
    for (const AlertName& alert : pending_) {
      EXPECT_TRUE(alerts_.insert(alert).second) << "an alert came twice";
    }
    pending_.clear();
  }

  [[nodiscard]] RunPlan Plan(Timestamp now, Milliseconds max_span,
                             std::vector<std::byte> enabled = {},
                             Timestamp earliest = Timestamp::min()) {
    return Value(runs_->Plan({.now = now,
                              .job_now = now,
                              .max_span = max_span,
                              .earliest = earliest,
                              .enabled = enabled}));
  }

  void Take(const RuleAsk& ask) {
    Value(runs_->TakeFinds(ask.rule, FindsOf(events_, ruleset_->rules[ask.rule], ask)));
  }
  void Run(std::uint32_t rule, Timestamp last_run) {
    for (const RunFinding& found : Value(runs_->Run(rule, last_run))) {
      const std::string& id = ruleset_->rules[rule].rule_id;
      pending_.emplace_back(id, found.run_at, AlertId(id, found.finding));
    }
  }
  void CountAndClose(const JobAsk& ask) {
    const AnomalyJobSpec& job = ruleset_->jobs[ask.job];
    Value(runs_->TakeCounts(ask.job,
                            CountsOf(events_, job, ruleset_->rules[*job.query].rule_id, ask)));
    Value(runs_->CloseJob(ask.job, ask.end_bucket));
  }
  /// A whole tick; false if there was nothing to do.
  bool Tick(Timestamp now, Milliseconds max_span, std::vector<std::byte> enabled = {}) {
    const RunPlan plan = Plan(now, max_span, std::move(enabled));
    for (const JobAsk& ask : plan.jobs) {
      CountAndClose(ask);
    }
    for (const RuleAsk& ask : plan.rules) {
      Take(ask);
      Run(ask.rule, ask.last_run);
    }
    for (const RunPlan::DueJobRule& due : plan.job_rules) {
      Run(due.rule, due.last_run);
    }
    return !plan.jobs.empty() || !plan.rules.empty() || !plan.job_rules.empty();
  }

  [[nodiscard]] RuleRuns& runs() { return *runs_; }
  [[nodiscard]] const EventsOfIndex& events() const { return events_; }
  [[nodiscard]] const std::set<AlertName>& alerts() const { return alerts_; }
  [[nodiscard]] const std::vector<std::string>& parts() const { return parts_; }

 private:
  std::shared_ptr<const Ruleset> ruleset_;
  Timestamp begin_;
  EventsOfIndex events_;
  std::unique_ptr<RuleRuns> runs_;
  std::vector<std::string> parts_;
  std::vector<AlertName> pending_;
  std::set<AlertName> alerts_;
};

}  // namespace tripline::runtime::testing
