#include "runtime/session_jobs.h"

#include <algorithm>
#include <expected>
#include <iterator>
#include <string>
#include <utility>

namespace tripline::runtime {
namespace {

constexpr double kNeverExplained = 101.0;  // above every score

// What the job's rules, and the wish for results, ask of its run.
SessionJobOptions OptionsOf(const AnomalyJobSpec& spec, const SessionJobsOptions& options,
                            const std::vector<std::size_t>& names_it,
                            const std::vector<ActiveRule>& rules) {
  SessionJobOptions job{.from = options.from,
                        .to = options.to,
                        .lateness = options.lateness.value_or(Milliseconds(0)),
                        .run = {.explained_from = options.keeps_results ? 0.0 : kNeverExplained,
                                .keeps_results = options.keeps_results}};
  if (names_it.empty() && !options.lateness) {
    job.lateness = 2 * spec.bucket_span;
  }
  for (const std::size_t rule : names_it) {
    const RuleRun& run = *rules[rule].run;
    job.lateness = std::max(job.lateness, run.lateness());
    job.run.explained_from = std::min(job.run.explained_from, run.rule().anomaly_threshold);
  }
  return job;
}

}  // namespace

void SessionJobs::Add(const Ruleset& ruleset, const SessionJobsOptions& options,
                      std::vector<ActiveRule>& rules, EventTimes& times, RunSummary& summary) {
  for (std::uint32_t i = 0; i < ruleset.jobs.size(); ++i) {
    const AnomalyJobSpec& spec = ruleset.jobs[i];
    std::vector<std::size_t> names_it;
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      if (std::ranges::find(rules[rule].run->rule().jobs, i) !=
          rules[rule].run->rule().jobs.end()) {
        names_it.push_back(rule);
      }
    }
    if (names_it.empty() && !options.keeps_results) {
      continue;
    }
    std::vector<std::string> reasons = ReasonsNotToRun(ruleset, spec);
    if (!reasons.empty()) {
      JobSummary not_run;
      not_run.job_id = spec.job_id;
      not_run.not_run = std::move(reasons);
      summary.jobs.push_back(std::move(not_run));
      continue;
    }
    auto job =
        std::make_unique<SessionJob>(ruleset, spec, OptionsOf(spec, options, names_it, rules));
    for (const std::size_t rule : names_it) {
      rules[rule].lateness = std::max(rules[rule].lateness, job->lateness());
    }
    jobs_.push_back({.job = std::move(job),
                     .time_source = times.AddSource(ruleset, spec),
                     .rules = std::move(names_it)});
  }
  results_.resize(jobs_.size());
}

void SessionJobs::Tell(std::size_t job, const std::vector<JudgedRecord>& records,
                       const std::vector<ActiveRule>& rules) {
  for (const std::size_t rule : jobs_[job].rules) {
    for (const JudgedRecord& record : records) {
      rules[rule].run->Offer(jobs_[job].job->job(), record);
    }
  }
  std::ranges::move(jobs_[job].job->TakeResults(), std::back_inserter(results_[job]));
}

void SessionJobs::CloseBehind(Timestamp clock, const std::vector<ActiveRule>& rules) {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    Tell(i, jobs_[i].job->CloseBehind(clock), rules);
  }
}

void SessionJobs::CloseUpTo(Timestamp end, const std::vector<Timestamp>& last_runs,
                            const std::vector<ActiveRule>& rules) {
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    Timestamp last = end;
    for (const std::size_t rule : jobs_[i].rules) {
      last = rule == jobs_[i].rules.front() ? last_runs[rule] : std::max(last, last_runs[rule]);
    }
    Tell(i, jobs_[i].job->CloseUpTo(last), rules);
  }
}

Result<void> SessionJobs::Restore(StateStore& store) {
  for (const ActiveJob& active : jobs_) {
    const auto kept = store.ReadJob(active.job->job().job_id);
    const Result<void> restored = !kept   ? std::unexpected(kept.error())
                                  : *kept ? active.job->Restore(**kept)
                                          : Result<void>();
    if (!restored && restored.error().code != ErrorCode::kInvalid) {
      return restored;
    }
    if (!restored) {
      active.job->StartAnew(restored.error().message);
    }
  }
  return {};
}

Result<void> SessionJobs::Save(StateStore& store) {
  for (const ActiveJob& active : jobs_) {
    TRIPLINE_TRY_VOID(store.PutJob(active.job->job().job_id, active.job->Save()));
  }
  return {};
}

Result<void> SessionJobs::Write(
    const std::function<Result<void>(const AnomalyResult&)>& sink) const {
  for (const std::vector<AnomalyResult>& of_job : results_) {
    for (const AnomalyResult& result : of_job) {
      TRIPLINE_TRY_VOID(sink(result));
    }
  }
  return {};
}

void SessionJobs::Summarize(const std::vector<ActiveRule>& rules, RunSummary& summary) const {
  for (const ActiveJob& active : jobs_) {
    summary.jobs.push_back(active.job->Summarize());
    for (const std::size_t rule : active.rules) {
      summary.rules[rules[rule].index].matches += summary.jobs.back().events;
    }
  }
}

}  // namespace tripline::runtime
