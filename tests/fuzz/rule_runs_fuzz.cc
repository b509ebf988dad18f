// Any bytes as what a cluster's scheduled runs are given: kept state (signed with its checksum, as
// who can write it can), finds and counts. All are refused with a message, or the runs go on and
// are kept. The first byte tells which it is.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/time.h"
#include "runtime/digest.h"
#include "runtime/rule_runs.h"

namespace {

using std::chrono::days;
using std::chrono::minutes;
using tripline::Check;
using tripline::Timestamp;
using tripline::runtime::RuleRuns;
using tripline::runtime::Ruleset;
using tripline::runtime::RuleSpec;
using tripline::runtime::RuleType;
using tripline::runtime::SavedPart;

RuleSpec RuleOf(const char* id, RuleType type) {
  RuleSpec rule;
  rule.rule_id = id;
  rule.type = type;
  rule.document = "{}";
  rule.interval = minutes(5);
  rule.window = tripline::runtime::WindowMath::Of(minutes(9));
  rule.max_signals = 2;
  return rule;
}

std::shared_ptr<const Ruleset> Rules() {
  tripline::jit::Program program;
  program.nodes.push_back({.op = tripline::jit::Op::kTrue});
  program.outputs = {0};
  RuleSpec query = RuleOf("q", RuleType::kQuery);
  query.query = 0;
  RuleSpec terms = RuleOf("n", RuleType::kNewTerms);
  terms.query = 0;
  terms.new_terms_fields = {"user"};
  terms.window = tripline::runtime::WindowMath::Of(minutes(9), days(1));
  RuleSpec records = RuleOf("m", RuleType::kMachineLearning);
  records.jobs = {0};
  records.anomaly_threshold = 1.0;
  tripline::runtime::AnomalyJobSpec job;
  job.job_id = "j";
  job.query = 0;
  job.time_field = "@timestamp";
  job.bucket_span = minutes(5);
  job.model_memory_limit = 1U << 20U;
  job.influencers = {"user"};
  job.detectors = {
      {.function = "high_count", .by_field = "user", .partition_field = "", .custom_rules = {}},
      {.function = "rare", .by_field = "user", .partition_field = "", .custom_rules = {}}};
  using tripline::jit::ColumnKind;
  return std::make_shared<const Ruleset>(tripline::runtime::MakeRuleset(
      std::move(program), {query, terms, records},
      {{.name = "@timestamp", .kind = ColumnKind::kDate}, {.name = "user"}}, {job}));
}

template <class T>
bool IsTaken(const tripline::Result<T>& result) {
  Check(result.has_value() || !result.error().message.empty(), "a refusal has a reason");
  return result.has_value();
}

std::string Signed(std::string_view part) {
  const tripline::runtime::Sha256Digest digest = tripline::runtime::Sha256Of(part);
  return std::string(part).append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// Runs what is planned, whatever was taken, and keeps it.
void GoOn(RuleRuns& runs, Timestamp now) {
  const auto plan = runs.Plan({.now = now, .job_now = now, .max_span = days(1)});
  Check(plan.has_value(), "a plan can always be made");
  for (const auto& ask : plan->rules) {
    (void)IsTaken(runs.Run(ask.rule, ask.last_run));
  }
  Check(IsTaken(runs.Save(SavedPart::kEverything)), "what is known can be saved");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const Ruleset> rules = Rules();
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const Timestamp begin{std::chrono::sys_days(std::chrono::year(2026) / 5 / 1)};
  auto opened = RuleRuns::Open(rules, begin);
  Check(opened.has_value(), "the runs can be opened");
  RuleRuns& runs = **opened;
  if (data[0] % 4 == 0) {
    if (IsTaken(runs.Restore(Signed(bytes)))) {
      GoOn(runs, begin + minutes(30));
    }
    return 0;
  }
  const auto plan =
      runs.Plan({.now = begin + minutes(12), .job_now = begin + minutes(12), .max_span = days(30)});
  Check(plan.has_value() && plan->rules.size() == 2 && plan->jobs.size() == 1, "all are due");
  if (data[0] % 4 == 3) {
    if (IsTaken(runs.TakeCounts(0, bytes))) {
      (void)IsTaken(runs.CloseJob(0, plan->jobs[0].end_bucket));
    }
  } else {
    const std::uint32_t rule = data[0] % 4 - 1U;
    if (IsTaken(runs.TakeFinds(rule, bytes))) {
      Check(IsTaken(runs.Run(rule, plan->rules[rule].last_run)), "what was planned can be run");
    }
  }
  GoOn(runs, begin + minutes(30));
  return 0;
}
