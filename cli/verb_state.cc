// state DIR: what the folder of `run --state` holds.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/state_report.h"

namespace tripline::cli {
namespace {

using Json = nlohmann::ordered_json;
using runtime::StateReport;

struct StateOptions {
  std::string folder;
  std::string format = "text";
  std::uint32_t max_runs = 20;
};

Json TimeOrNull(const std::optional<Timestamp>& time) {
  return time ? Json(ToIsoString(*time)) : Json();
}

Json JsonOf(const StateReport& report) {
  Json answer{{"clock", TimeOrNull(report.clock)},
              {"calls", report.num_calls},
              {"last_call_broken_off", report.is_broken_off},
              {"undelivered_alerts", report.num_undelivered},
              {"rules", Json::array()},
              {"jobs", Json::array()},
              {"gaps", Json::array()},
              {"runs", Json::array()}};
  for (const StateReport::Owner& rule : report.rules) {
    answer["rules"].push_back({{"rule_id", rule.id},
                               {"last_run", TimeOrNull(rule.position)},
                               {"absent", rule.is_absent},
                               {"parts", rule.num_parts},
                               {"bytes", rule.num_bytes},
                               {"alerts", rule.alerts},
                               {"cut", rule.cut}});
  }
  for (const StateReport::Owner& job : report.jobs) {
    answer["jobs"].push_back(
        {{"job_id", job.id}, {"parts", job.num_parts}, {"bytes", job.num_bytes}});
  }
  for (const runtime::RunGap& gap : report.gaps) {
    answer["gaps"].push_back({{"rule_id", gap.rule_id},
                              {"reason", gap.reason},
                              {"from", ToIsoString(gap.span.first)},
                              {"to", ToIsoString(gap.span.last)}});
  }
  for (const runtime::RunRecord& run : report.runs) {
    answer["runs"].push_back({{"rule_id", run.rule_id},
                              {"run", ToIsoString(run.run_at)},
                              {"type", run.type},
                              {"alerts", run.alerts},
                              {"repeated", run.repeated},
                              {"cut", run.cut},
                              {"postponed", run.postponed}});
  }
  return answer;
}

void PrintText(const StateReport& report) {
  std::cout << "clock " << (report.clock ? ToIsoString(*report.clock) : "not set") << ", "
            << Grouped(report.num_calls) << " calls"
            << (report.is_broken_off ? ", the last one broken off: feed its events again" : "")
            << ", " << Grouped(report.num_undelivered) << " alerts to hand out\n";
  for (const StateReport::Owner& rule : report.rules) {
    std::cout << "rule " << rule.id << ": last run "
              << (rule.position ? ToIsoString(*rule.position) : "none yet") << ", "
              << Grouped(rule.alerts) << " alerts, " << Grouped(rule.cut) << " cut, "
              << Grouped(rule.num_bytes) << " bytes in " << Grouped(rule.num_parts) << " parts"
              << (rule.is_absent ? ", absent from the last call" : "") << "\n";
  }
  for (const StateReport::Owner& job : report.jobs) {
    std::cout << "job " << job.id << ": " << Grouped(job.num_bytes) << " bytes in "
              << Grouped(job.num_parts) << " parts\n";
  }
  for (const runtime::RunGap& gap : report.gaps) {
    std::cout << "gap of " << gap.rule_id << ": " << ToIsoString(gap.span.first) << " to "
              << ToIsoString(gap.span.last) << ", " << gap.reason << "\n";
  }
  for (const runtime::RunRecord& run : report.runs) {
    std::cout << "run of " << run.rule_id << " at " << ToIsoString(run.run_at) << ", " << run.type
              << ": " << Grouped(run.alerts) << " alerts, " << Grouped(run.repeated)
              << " repeated, " << Grouped(run.cut) << " cut, " << Grouped(run.postponed)
              << " postponed\n";
  }
}

int RunState(const StateOptions& options) {
  const auto report = runtime::ReadStateReport(options.folder, options.max_runs);
  if (!report) {
    return SayError(report.error());
  }
  if (options.format == "json") {
    std::cout << JsonOf(*report).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    PrintText(*report);
  }
  return kFine;
}

}  // namespace

void AddState(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<StateOptions>();
  CLI::App* const verb = program.add_subcommand(
      "state", "What a folder of `run --state` holds: clock, rules, gaps, runs, waiting alerts");
  verb->footer("Example: tripline state state --format json");
  verb->add_option("folder", options->folder, "The folder given to --state")->required();
  verb->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--runs", options->max_runs,
                   "How many of the newest records of runs (default 20)");
  verb->callback([options, &exit_code] { exit_code = RunState(*options); });
}

}  // namespace tripline::cli
