// What RuleRuns is made of; for its own files alone: rule_runs.cc plans and feeds,
// rule_runs_format.cc keeps and restores, rule_runs_report.cc tells.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/rule_runs.h"

namespace tripline::runtime {

struct RuleRuns::State {
  struct Rule {
    std::unique_ptr<ScheduledRule> run;  // none: it cannot be run
    std::vector<std::string> not_run;    // why
    bool is_enabled = true;              // in the last plan
  };
  struct Job {
    std::unique_ptr<ScheduledJob> run;  // none: no rule that can be run names it
    std::vector<std::uint32_t> rules;   // that hear of its records
  };

  std::shared_ptr<const Ruleset> ruleset;
  Timestamp begin;
  std::vector<Rule> rules;  // of the ruleset, in its order
  std::vector<Job> jobs;    // likewise
  bool has_begun = false;
  bool is_saved = false;          // and nothing has changed since
  std::set<std::string> dropped;  // ids of what was kept and is not run any more

  [[nodiscard]] Result<void> Make();
  void Begin();
  [[nodiscard]] Result<ScheduledRule*> RuleOf(std::uint32_t rule) const;
  [[nodiscard]] Result<ScheduledJob*> JobOf(std::uint32_t job) const;
  [[nodiscard]] bool IsWanted(const Job& job) const;
  [[nodiscard]] Timestamp PassedBy(const Job& job) const;
  void PlanJobs(const PlanRequest& request, RunPlan& plan);
  void PlanJobRule(std::uint32_t rule, const PlanRequest& request, RunPlan& plan) const;
};

}  // namespace tripline::runtime
