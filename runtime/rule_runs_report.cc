#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "runtime/rule_runs_state.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::ordered_json;

Json RuleReport(const ScheduledRule& run) {
  const ScheduledRule::Counts counts = run.counts();
  Json json = Json::object();
  if (const std::optional<Timestamp> position = run.position()) {
    json["position"] = position->time_since_epoch().count();
    json["next_run"] = (*position + run.schedule().interval()).time_since_epoch().count();
  }
  json["runs"] = counts.runs;
  json["found"] = counts.found;
  json["cut"] = counts.cut;
  json["postponed"] = counts.postponed;
  json["not_shown"] = counts.not_shown;
  if (run.spec().type == RuleType::kNewTerms) {
    json["terms"] = counts.terms;
  }
  json["memory_bytes"] = counts.memory_bytes;
  if (!run.note().empty()) {
    json["note"] = run.note();
  }
  return json;
}

Json JobReport(const ScheduledJob& run) {
  const JobSummary summary = run.Summarize();
  Json json = Json::object();
  if (const std::optional<std::int64_t> next = run.next_bucket()) {
    json["judged_up_to"] = run.StartOf(*next).time_since_epoch().count();
  }
  json["buckets"] = summary.buckets;
  json["records"] = summary.records;
  json["series"] = summary.memory.num_series;
  json["series_refused"] = summary.memory.num_refused;
  json["memory_status"] = std::string(summary.memory.Status());
  json["memory_bytes"] = summary.memory.used_bytes + summary.bucket_bytes;
  if (!run.note().empty()) {
    json["note"] = run.note();
  }
  return json;
}

}  // namespace

std::string RuleRuns::Report() const {
  Json report = Json::object();
  Json rules = Json::object();
  for (std::size_t i = 0; i < state_->rules.size(); ++i) {
    const State::Rule& rule = state_->rules[i];
    Json json = rule.run ? RuleReport(*rule.run) : Json::object();
    if (!rule.not_run.empty()) {
      json["not_run"] = rule.not_run;
    }
    rules[state_->ruleset->rules[i].rule_id] = std::move(json);
  }
  report["rules"] = std::move(rules);
  Json jobs = Json::object();
  for (const State::Job& job : state_->jobs) {
    if (job.run) {
      jobs[job.run->spec().job_id] = JobReport(*job.run);
    }
  }
  report["jobs"] = std::move(jobs);
  report["dropped"] = state_->dropped;
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tripline::runtime
