// Each rule and each job plans for itself; what is done here is what they have to do with each
// other: a rule with anomaly jobs runs no further than its jobs have judged.
#include "runtime/rule_runs.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "runtime/rule_run.h"
#include "runtime/rule_runs_state.h"

namespace tripline::runtime {
namespace {

// Times of the host are clamped into years that all arithmetic of windows can bear.
constexpr Timestamp kFirstTime{Milliseconds(-62'135'596'800'000)};  // year 1
constexpr Timestamp kLastTime{Milliseconds(253'402'300'799'999)};   // year 9999
constexpr Milliseconds kLongestSpan = std::chrono::days(365'243);   // 1,000 years

Timestamp InCalendar(Timestamp time) { return std::clamp(time, kFirstTime, kLastTime); }

}  // namespace

RuleRuns::RuleRuns(std::unique_ptr<State> state) : state_(std::move(state)) {}
RuleRuns::~RuleRuns() = default;

Result<std::unique_ptr<RuleRuns>> RuleRuns::Open(std::shared_ptr<const Ruleset> ruleset,
                                                 Timestamp begin) {
  auto state = std::make_unique<State>();
  state->ruleset = std::move(ruleset);
  state->begin = InCalendar(begin);
  TRIPLINE_TRY_VOID(state->Make());
  return std::unique_ptr<RuleRuns>(new RuleRuns(std::move(state)));
}

Result<void> RuleRuns::State::Make() {
  rules.resize(ruleset->rules.size());
  jobs.resize(ruleset->jobs.size());
  std::vector<double> explained_from(jobs.size(), 100.0);
  std::unordered_set<std::string_view> ids;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const RuleSpec& spec = ruleset->rules[i];
    if (!ids.insert(spec.rule_id).second) {
      return Fail(ErrorCode::kInvalid, "two rules of the ruleset have the rule_id '" +
                                           spec.rule_id +
                                           "'; their alerts and histories could not be told apart");
    }
    rules[i].not_run = ReasonsNotToRun(*ruleset, spec);
    if (rules[i].not_run.empty()) {
      rules[i].not_run = ReasonsNotToSchedule(spec);
    }
    if (!rules[i].not_run.empty()) {
      continue;
    }
    TRIPLINE_TRY(rules[i].run, ScheduledRule::Make(*ruleset, i));
    for (const std::uint32_t job : spec.jobs) {
      jobs[job].rules.push_back(i);
      explained_from[job] = std::min(explained_from[job], spec.anomaly_threshold);
    }
  }
  for (std::uint32_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].rules.empty()) {
      TRIPLINE_TRY(jobs[i].run, ScheduledJob::Make(*ruleset, i, explained_from[i]));
    }
  }
  return {};
}

// What was restored has its position; the others begin now.
void RuleRuns::State::Begin() {
  if (std::exchange(has_begun, true)) {
    return;
  }
  for (const Rule& rule : rules) {
    if (rule.run) {
      rule.run->BeginBehind(begin);
    }
  }
  for (const Job& job : jobs) {
    if (job.run) {
      job.run->BeginBefore(begin);
    }
  }
}

Result<ScheduledRule*> RuleRuns::State::RuleOf(std::uint32_t rule) const {
  if (rule >= rules.size() || !rules[rule].run) {
    return Fail(ErrorCode::kUsage, "rule " + std::to_string(rule) + " of " +
                                       std::to_string(rules.size()) + " is none that is run");
  }
  return rules[rule].run.get();
}

Result<ScheduledJob*> RuleRuns::State::JobOf(std::uint32_t job) const {
  if (job >= jobs.size() || !jobs[job].run) {
    return Fail(ErrorCode::kUsage, "anomaly job " + std::to_string(job) + " of " +
                                       std::to_string(jobs.size()) + " is none that is run");
  }
  return jobs[job].run.get();
}

bool RuleRuns::State::IsWanted(const Job& job) const {
  return job.run && std::ranges::any_of(
                        job.rules, [this](std::uint32_t rule) { return rules[rule].is_enabled; });
}

// Buckets that end up to here alert for none of the job's rules.
Timestamp RuleRuns::State::PassedBy(const Job& job) const {
  Timestamp earliest = kLastTime;
  for (const std::uint32_t rule : job.rules) {
    earliest = std::min(earliest, rules[rule].run->passed_by().value_or(kFirstTime));
  }
  return earliest;
}

Result<RunPlan> RuleRuns::Plan(const PlanRequest& request) {
  State& state = *state_;
  if (!request.enabled.empty() && request.enabled.size() != state.rules.size()) {
    return Fail(ErrorCode::kUsage, "a plan for " + std::to_string(request.enabled.size()) +
                                       " rules of a ruleset that has " +
                                       std::to_string(state.rules.size()));
  }
  state.Begin();
  state.is_saved = false;
  PlanRequest checked = request;
  checked.now = InCalendar(request.now);
  checked.job_now = InCalendar(request.job_now);
  checked.earliest = InCalendar(request.earliest);
  checked.max_span = std::clamp(request.max_span, Milliseconds(0), kLongestSpan);
  RunPlan plan;
  for (std::uint32_t i = 0; i < state.rules.size(); ++i) {
    State::Rule& rule = state.rules[i];
    if (!rule.run) {
      continue;
    }
    const bool has_jobs = !rule.run->spec().jobs.empty();
    rule.is_enabled = request.enabled.empty() || request.enabled[i] != std::byte{0};
    if (!rule.is_enabled) {
      rule.run->PassBy(has_jobs ? checked.job_now : checked.now);
    } else if (!has_jobs) {
      if (const auto gap = rule.run->GiveUpBefore(checked.earliest, checked.now)) {
        plan.gaps.push_back({.rule = i, .span = *gap});
      }
      if (const auto ask = rule.run->PlanUpTo(checked.now, checked.max_span)) {
        plan.rules.push_back(*ask);
      }
    }
  }
  state.PlanJobs(checked, plan);
  return plan;
}

void RuleRuns::State::PlanJobs(const PlanRequest& request, RunPlan& plan) {
  for (const Job& job : jobs) {
    if (!IsWanted(job)) {
      continue;
    }
    job.run->GiveUpBefore(std::max(request.earliest, PassedBy(job)));
    if (const auto ask = job.run->PlanUpTo(request.job_now, request.max_span)) {
      plan.jobs.push_back(*ask);
    }
  }
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].run && rules[i].is_enabled && !rules[i].run->spec().jobs.empty()) {
      PlanJobRule(i, request, plan);
    }
  }
}

void RuleRuns::State::PlanJobRule(std::uint32_t rule, const PlanRequest& request,
                                  RunPlan& plan) const {
  const ScheduledRule& run = *rules[rule].run;
  Timestamp judged_up_to = request.job_now;
  for (const std::uint32_t job : run.spec().jobs) {
    const auto ask = std::ranges::find(plan.jobs, job, &JobAsk::job);
    const std::int64_t end =
        ask != plan.jobs.end() ? ask->end_bucket : *jobs[job].run->next_bucket();
    judged_up_to = std::min(judged_up_to, jobs[job].run->JudgedUpTo(end));
  }
  const Timestamp last = run.schedule().LastRunUpTo(judged_up_to);
  if (last > *run.position()) {
    plan.job_rules.push_back({.rule = rule, .last_run = last, .jobs = run.spec().jobs});
  }
}

Result<void> RuleRuns::TakeFinds(std::uint32_t rule, std::string_view finds) {
  TRIPLINE_TRY(ScheduledRule* const run, state_->RuleOf(rule));
  state_->is_saved = false;
  return run->TakeFinds(finds);
}

Result<void> RuleRuns::TakeCounts(std::uint32_t job, std::string_view counts) {
  TRIPLINE_TRY(ScheduledJob* const run, state_->JobOf(job));
  state_->is_saved = false;
  return run->TakeCounts(counts, state_->PassedBy(state_->jobs[job]));
}

Result<void> RuleRuns::CloseJob(std::uint32_t job, std::int64_t end_bucket) {
  TRIPLINE_TRY(ScheduledJob* const run, state_->JobOf(job));
  state_->is_saved = false;
  TRIPLINE_TRY(const std::vector<JudgedRecord> records, run->Close(end_bucket));
  for (const std::uint32_t rule : state_->jobs[job].rules) {
    if (!state_->rules[rule].is_enabled) {
      continue;
    }
    for (const JudgedRecord& judged : records) {
      state_->rules[rule].run->Offer(run->spec(), judged,
                                     judged.record.bucket + run->spec().bucket_span);
    }
  }
  return {};
}

Result<std::vector<RunFinding>> RuleRuns::Run(std::uint32_t rule, Timestamp last_run) {
  TRIPLINE_TRY(ScheduledRule* const run, state_->RuleOf(rule));
  if (!state_->has_begun || !state_->rules[rule].is_enabled) {
    return Fail(ErrorCode::kUsage,
                "rule '" + run->spec().rule_id + "' is run without a plan that covers it");
  }
  for (const std::uint32_t job : run->spec().jobs) {
    const ScheduledJob& judged = *state_->jobs[job].run;
    if (last_run > judged.JudgedUpTo(*judged.next_bucket())) {
      return Fail(ErrorCode::kUsage, "rule '" + run->spec().rule_id + "' is run up to " +
                                         ToIsoString(InCalendar(last_run)) +
                                         ", and its anomaly job '" + judged.spec().job_id +
                                         "' has not been closed up to there");
    }
  }
  state_->is_saved = false;
  return run->Run(last_run);
}

}  // namespace tripline::runtime
