#include "cli/run_summary_text.h"

#include <limits>
#include <map>
#include <string>

#include "cli/talk.h"

namespace tripline::cli {
namespace {

void Add(std::string& line, std::uint64_t count, const std::string& what) {
  if (count > 0) {
    line += ", " + Grouped(count) + " " + what;
  }
}

void SayRule(const runtime::RuleSummary& rule) {
  std::string line = rule.name + ": " + Grouped(rule.runs) + " runs, " + Grouped(rule.matches) +
                     " matches, " + Grouped(rule.alerts) + " alerts";
  Add(line, rule.cut, "findings cut by max_signals");
  Add(line, rule.late, "late events");
  Add(line, rule.unseen, "too late for every run");
  Add(line, rule.between_windows, "between two windows");
  Add(line, rule.without_time, "without a usable time");
  Add(line, rule.own_alerts, "matches that come from the rule's own alerts");
  if (rule.clipped_events > 0) {
    line += ", " + Grouped(rule.clipped_events) + " events with too many combinations of values (" +
            Grouped(rule.clipped_terms) + " left out)";
  }
  Say(line);
  if (!rule.note.empty()) {
    Say("  " + rule.note);
  }
}

void SayJob(const runtime::JobSummary& job) {
  if (!job.not_run.empty()) {
    Say("anomaly job " + job.job_id + " was not run: " + job.not_run.front());
    return;
  }
  std::string line = "anomaly job " + job.job_id + ": " + Grouped(job.events) + " events, " +
                     Grouped(job.buckets) + " buckets, " + Grouped(job.memory.num_series) +
                     " series, " + Grouped(job.records) + " records, memory " +
                     std::string(job.memory.Status()) + " (" +
                     Grouped(job.memory.used_bytes / 1024) + " of " +
                     Grouped(job.memory.limit_bytes / 1024) + " KiB)";
  Add(line, job.memory.num_dropped, "silent series dropped to make room");
  Add(line, job.memory.num_refused, "counts of new series refused; raise model_memory_limit");
  Add(line, job.late, "late events");
  Add(line, job.unseen, "too late for any bucket");
  Add(line, job.without_time, "without a usable time");
  Add(line, job.without_count, "without a usable count");
  Say(line);
  if (!job.note.empty()) {
    Say("  " + job.note);
  }
}

void SayGap(const runtime::GapSummary& gap, const std::string& whose) {
  const char* const why = gap.reason == "late"     ? "events came after their last run"
                          : gap.reason == "absent" ? "calls ended without the rule"
                                                   : "no events came";
  Say("gap of " + whose + ": " + ToIsoString(gap.span.first) + " to " + ToIsoString(gap.span.last) +
      ", " + why);
}

// A silence is one for all rules.
void SayGaps(const runtime::RunSummary& summary) {
  constexpr std::size_t kMostSaid = 20;
  std::map<std::string, std::string> names;
  for (const runtime::RuleSummary& rule : summary.rules) {
    names[rule.rule_id] = rule.name;
  }
  std::size_t num_gaps = 0;
  bool is_silence_said = false;
  for (const runtime::GapSummary& gap : summary.gaps) {
    const bool is_silence = gap.reason == "silent";
    if (is_silence && is_silence_said) {
      continue;
    }
    is_silence_said = is_silence_said || is_silence;
    if (++num_gaps <= kMostSaid) {
      SayGap(gap, is_silence ? "every rule" : names[gap.rule_id]);
    }
  }
  if (num_gaps > kMostSaid) {
    Say("and " + Grouped(num_gaps - kMostSaid) + " gaps more");
  }
  if (num_gaps > 0) {
    Say("they are recorded: run --backfill over their events fills them (docs/windows.md)");
  }
}

void SayNotRun(const runtime::RunSummary& summary) {
  std::map<std::string, std::size_t> reasons;
  std::size_t count = 0;
  for (const runtime::RuleSummary& rule : summary.rules) {
    count += rule.not_run.empty() ? 0U : 1U;
    for (const std::string& reason : rule.not_run) {
      ++reasons[reason];
    }
  }
  if (count > 0) {
    Say(Grouped(count) + " rules were not run:");
  }
  for (const auto& [reason, rules] : reasons) {
    Say("  " + Grouped(rules) + ": " + reason);
  }
}

}  // namespace

void SayRunSummary(const runtime::RunSummary& summary, bool says_all_rules) {
  for (const runtime::RuleSummary& rule : summary.rules) {
    const bool is_silent = rule.matches == 0 && rule.alerts == 0 && rule.note.empty();
    if (rule.not_run.empty() && (says_all_rules || !is_silent)) {
      SayRule(rule);
    }
  }
  for (const runtime::JobSummary& job : summary.jobs) {
    SayJob(job);
  }
  SayNotRun(summary);
  SayGaps(summary);
  for (const runtime::TimestampSummary& timestamp : summary.timestamps) {
    if (timestamp.num_without_time > 0) {
      Say(Grouped(timestamp.num_without_time) + " events have no usable time in `" +
          timestamp.field + "`" + (timestamp.has_fallback ? " nor in `@timestamp`" : ""));
    }
    if (timestamp.num_after_now > 0) {
      Say(Grouped(timestamp.num_after_now) + " events are later than --now by `" + timestamp.field +
          "`");
    }
  }
  if (summary.clock_before_leap) {
    Say("a few events moved the clock from " + ToIsoString(*summary.clock_before_leap) + " to " +
        ToIsoString(*summary.clock) +
        "; if their times are wrong, run again with --now, from the state as it was before: what "
        "comes now would be late");
  }
  if (summary.implausible) {
    Say("some events are as late as " + ToIsoString(*summary.implausible) +
        ", more than a day after the clock (" + ToIsoString(*summary.clock) +
        ") and after this machine's; they wait in the state and change nothing for the others. If "
        "their times are right, run again with --now " +
        ToIsoString(*summary.implausible));
  }
  if (summary.max_signals) {
    Say(*summary.max_signals == std::numeric_limits<std::uint32_t>::max()
            ? "--max-signals all: no run of a rule was cut"
            : "--max-signals: a run of a rule gave " + Grouped(*summary.max_signals) +
                  " alerts at most");
  }
  std::string line = Grouped(summary.events) + " events";
  Add(line, summary.history_events, "of history");
  line += ", " + Grouped(summary.alerts) + " alerts";
  Add(line, summary.redelivered, "alerts of an earlier run handed out now");
  if (summary.clock) {
    line += "; the clock stands at " + ToIsoString(*summary.clock);
  }
  Say(line);
}

}  // namespace tripline::cli
