// The Face's scheduled runs: bytes in and out of runtime::RuleRuns, one caller at a time. What may
// recurse deeply (a rule's exceptions become a matcher) runs on a thread with a large stack.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "jit/compile_thread.h"
#include "plugin-shim/native/face.h"
#include "plugin-shim/native/face_state.h"
#include "runtime/event.h"
#include "runtime/rule_runs.h"

namespace tripline::shim {
namespace {

using runtime::SaveTime;

Timestamp TimeOf(std::int64_t ms) { return Timestamp(Milliseconds(ms)); }

void AddCount(ByteWriter& writer, std::size_t count) {
  writer.Number(static_cast<std::uint32_t>(count));
}

std::string BytesOfPlan(const runtime::RunPlan& plan) {
  ByteWriter writer;
  AddCount(writer, plan.rules.size());
  for (const runtime::RuleAsk& ask : plan.rules) {
    writer.Number(ask.rule);
    for (const Timestamp time : {ask.first_run, ask.last_run, ask.from, ask.to, ask.history_from}) {
      SaveTime(writer, time);
    }
    writer.Number(ask.max_finds);
  }
  AddCount(writer, plan.jobs.size());
  for (const runtime::JobAsk& ask : plan.jobs) {
    writer.Number(ask.job);
    writer.Number(ask.first_bucket);
    writer.Number(ask.end_bucket);
  }
  AddCount(writer, plan.job_rules.size());
  for (const runtime::RunPlan::DueJobRule& due : plan.job_rules) {
    writer.Number(due.rule);
    SaveTime(writer, due.last_run);
    AddCount(writer, due.jobs.size());
    for (const std::uint32_t job : due.jobs) {
      writer.Number(job);
    }
  }
  AddCount(writer, plan.gaps.size());
  for (const runtime::RunPlan::Gap& gap : plan.gaps) {
    writer.Number(gap.rule);
    SaveTime(writer, gap.span.first);
    SaveTime(writer, gap.span.last);
  }
  return writer.Take();
}

std::string BytesOfFindings(std::uint32_t rule, const std::vector<runtime::RunFinding>& found) {
  ByteWriter writer;
  AddCount(writer, found.size());
  for (const runtime::RunFinding& each : found) {
    writer.Number(rule);
    SaveTime(writer, each.run_at);
    SaveTime(writer, each.finding.event.time);
    writer.String(each.finding.event.document->index);
    writer.String(each.finding.event.document->id);
    writer.String(each.finding.term);
    writer.String(each.finding.event.document->json);
  }
  return writer.Take();
}

// Calls use(RuleRuns&) while nobody else does.
auto With(const std::shared_ptr<RunsEntry>& open, const auto& use) -> decltype(use(*open->runs)) {
  const Turn turn(open->turn);
  TRIPLINE_TRY_VOID(turn.Check("what holds the scheduled runs"));
  return use(*open->runs);
}

}  // namespace

Result<Handle> Face::OpenRuns(Handle ruleset, std::int64_t begin_ms) {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  auto runs = std::make_shared<RunsEntry>();
  TRIPLINE_TRY_VOID(jit::RunOnCompileThread([&]() -> Result<void> {
    TRIPLINE_TRY(runs->runs, runtime::RuleRuns::Open(open->ruleset, TimeOf(begin_ms)));
    return {};
  }));
  return state_->runs.Put(std::move(runs));
}

Result<void> Face::RestoreRuns(Handle runs, std::string_view saved) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) { return all.Restore(saved); });
}

Result<std::string> Face::PlanRuns(Handle runs, const PlanTimes& times, std::string_view enabled) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) -> Result<std::string> {
    TRIPLINE_TRY(const runtime::RunPlan plan,
                 all.Plan({.now = TimeOf(times.now_ms),
                           .job_now = TimeOf(times.job_now_ms),
                           .max_span = Milliseconds(times.max_span_ms),
                           .earliest = TimeOf(times.earliest_ms),
                           .enabled = std::as_bytes(std::span(enabled))}));
    return BytesOfPlan(plan);
  });
}

Result<void> Face::TakeFinds(Handle runs, std::uint32_t rule, std::string_view finds) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) { return all.TakeFinds(rule, finds); });
}

Result<void> Face::TakeCounts(Handle runs, std::uint32_t job, std::string_view counts) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) { return all.TakeCounts(job, counts); });
}

Result<void> Face::CloseJob(Handle runs, std::uint32_t job, std::int64_t end_bucket) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) { return all.CloseJob(job, end_bucket); });
}

Result<std::string> Face::RunRule(Handle runs, std::uint32_t rule, std::int64_t last_run_ms) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) -> Result<std::string> {
    TRIPLINE_TRY(const auto found, all.Run(rule, TimeOf(last_run_ms)));
    return BytesOfFindings(rule, found);
  });
}

Result<std::string> Face::SaveRuns(Handle runs, runtime::SavedPart part) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [&](runtime::RuleRuns& all) { return all.Save(part); });
}

Result<void> Face::KeptRuns(Handle runs) {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open, [](runtime::RuleRuns& all) { return all.MarkKept(); });
}

Result<std::string> Face::ReportRuns(Handle runs) const {
  TRIPLINE_TRY(const auto open, state_->runs.Get(runs));
  return With(open,
              [](const runtime::RuleRuns& all) -> Result<std::string> { return all.Report(); });
}

Result<void> Face::CloseRuns(Handle runs) { return state_->runs.Close(runs); }

}  // namespace tripline::shim
