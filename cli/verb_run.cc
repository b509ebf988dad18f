// run --rules X --events F...: the rules as scheduled, alerts as NDJSON on stdout.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "cli/rules_source.h"
#include "cli/run_rules.h"
#include "cli/run_summary_text.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace tripline::cli {
namespace {

struct RunOptions {
  RulesOptions rules;
  std::vector<std::string> events;
  std::vector<std::string> history;
  std::string state_dir;
  std::string alerts;
  std::vector<std::string> start_anew;
  std::string now;
  std::string from;
  std::string to;
  std::string lateness;
  std::string max_signals;
  std::string commit_every;
  bool holds_late = false;
  bool is_manual = false;
  bool is_backfill = false;
  bool is_dry_run = false;
  std::vector<std::string> only_rules;
  std::string max_backfill;
  std::string records;
  std::string buckets;
  std::string influencers;
  std::uint32_t threads = DefaultThreads();
  std::string code = "auto";
  bool says_all_rules = false;
};

Result<std::optional<Timestamp>> ParseTime(const std::string& name, const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const auto time = ParseDate(text);
  if (!time) {
    return Fail(ErrorCode::kUsage,
                name + " " + text + ": expected a date such as 2026-05-01T12:00:00Z");
  }
  return std::optional(*time);
}

Result<std::uint32_t> ParseMaxSignals(const std::string& text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (text == "all") {
    return std::numeric_limits<std::uint32_t>::max();
  }
  if (parsed.ec != std::errc() || parsed.ptr != end || number == 0) {
    return Fail(ErrorCode::kUsage,
                "--max-signals " + text + ": expected a number from 1 on, or `all`");
  }
  return number;
}

Result<runtime::SessionOptions> SessionOptionsOf(const RunOptions& options) {
  runtime::SessionOptions session;
  session.state_dir = options.state_dir;
  session.start_anew = options.start_anew;
  if (options.is_manual || options.is_backfill) {
    session.purpose =
        options.is_manual ? runtime::SessionPurpose::kManual : runtime::SessionPurpose::kBackfill;
  }
  session.is_dry_run = options.is_dry_run;
  session.only_rules = options.only_rules;
  if (!options.max_backfill.empty()) {
    const auto most = ParseDuration(options.max_backfill);
    if (!most) {
      return Fail(ErrorCode::kUsage,
                  "--max-backfill " + options.max_backfill + ": expected a duration such as 7d");
    }
    session.max_backfill = *most;
  }
  TRIPLINE_TRY(session.now, ParseTime("--now", options.now));
  TRIPLINE_TRY(session.from, ParseTime("--from", options.from));
  TRIPLINE_TRY(session.to, ParseTime("--to", options.to));
  if (!options.commit_every.empty()) {
    const auto every = options.commit_every == "0" ? std::optional(Milliseconds(0))
                                                   : ParseDuration(options.commit_every);
    if (!every) {
      return Fail(ErrorCode::kUsage, "--commit-every " + options.commit_every +
                                         ": expected a duration such as 5s, or 0");
    }
    session.commit_every = *every;
  }
  if (!options.lateness.empty()) {
    session.lateness =
        options.lateness == "0" ? std::optional(Milliseconds(0)) : ParseDuration(options.lateness);
    if (!session.lateness) {
      return Fail(ErrorCode::kUsage,
                  "--lateness " + options.lateness + ": expected a duration such as 10m");
    }
  }
  if (!options.max_signals.empty()) {
    TRIPLINE_TRY(session.max_signals, ParseMaxSignals(options.max_signals));
  }
  session.holds_late = options.holds_late;
  session.wall_clock = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  return session;
}

// The results of one type, a line each, into the file that --records, --buckets or --influencers
// names; nothing happens if none is named.
class ResultFile {
 public:
  Result<void> Open(const std::string& path) {
    path_ = path;
    if (path_.empty()) {
      return {};
    }
    file_.open(path, std::ios::binary | std::ios::trunc);
    return Status();
  }
  Result<void> Write(const std::string& json) {
    if (path_.empty()) {
      return {};
    }
    file_ << json << "\n";
    return Status();
  }
  Result<void> Close() {
    if (path_.empty()) {
      return {};
    }
    file_.close();
    return Status();
  }

 private:
  Result<void> Status() const {
    if (!file_) {
      return Fail(ErrorCode::kUnavailable, "cannot write to " + path_);
    }
    return {};
  }

  std::string path_;
  std::ofstream file_;
};

// All three.
class ResultFiles {
 public:
  Result<void> Open(const RunOptions& options) {
    TRIPLINE_TRY_VOID(FileOf(runtime::ResultType::kRecord).Open(options.records));
    TRIPLINE_TRY_VOID(FileOf(runtime::ResultType::kBucket).Open(options.buckets));
    TRIPLINE_TRY_VOID(FileOf(runtime::ResultType::kInfluencer).Open(options.influencers));
    is_any_ = !(options.records.empty() && options.buckets.empty() && options.influencers.empty());
    return {};
  }
  [[nodiscard]] bool IsAny() const { return is_any_; }
  Result<void> Write(const runtime::AnomalyResult& result) {
    return FileOf(result.type).Write(result.json);
  }
  Result<void> Close() {
    for (ResultFile& file : files_) {
      TRIPLINE_TRY_VOID(file.Close());
    }
    return {};
  }

 private:
  ResultFile& FileOf(runtime::ResultType type) { return files_[static_cast<std::size_t>(type)]; }

  std::array<ResultFile, 3> files_;
  bool is_any_ = false;
};

Result<void> WriteAlerts(std::span<const runtime::Alert> alerts) {
  for (const runtime::Alert& alert : alerts) {
    std::cout << alert.json << "\n";
  }
  std::cout.flush();
  if (!std::cout) {
    return Fail(ErrorCode::kUnavailable, "cannot write to standard output");
  }
  return {};
}

int RunRun(const RunOptions& options) {
  const auto session_options = SessionOptionsOf(options);
  if (!session_options) {
    return SayError(session_options.error());
  }
  const auto loaded = LoadRulesAndSay(options.rules);
  if (!loaded) {
    return SayError(loaded.error());
  }
  RunInput input{loaded->ruleset, options.events, options.history, *session_options, {},
                 options.threads};
  ResultFiles results;
  if (const auto opened = results.Open(options); !opened) {
    return SayError(opened.error());
  }
  if (results.IsAny()) {
    input.session.results = [&results](const runtime::AnomalyResult& result) {
      return results.Write(result);
    };
  }
  input.matcher.code = MatcherCodeOf(options.code);
  input.matcher.native = loaded->ruleset->native.get();
  std::unique_ptr<AlertFile> alert_file;
  if (!options.alerts.empty()) {
    auto opened = AlertFile::Open(options.alerts);
    if (!opened) {
      return SayError(opened.error());
    }
    alert_file = *std::move(opened);
    input.alert_file = alert_file.get();
  }
  const auto outcome = RunRules(input, WriteAlerts);
  if (!outcome) {
    return SayError(outcome.error());
  }
  if (const auto closed = results.Close(); !closed) {
    return SayError(closed.error());
  }
  SayReport(*loaded->ruleset, options.history, outcome->history.report);
  SayReport(*loaded->ruleset, options.events, outcome->events.report);
  SayRunSummary(outcome->summary, options.says_all_rules);
  const bool cannot_go_on = std::ranges::any_of(
      outcome->summary.rules, [](const runtime::RuleSummary& rule) { return rule.cannot_go_on; });
  if (outcome->events.has_failed_files || outcome->history.has_failed_files || cannot_go_on) {
    return kUsageOrWorld;
  }
  return HasErrors(loaded->diagnostics) ? kFindings : kFine;
}

}  // namespace

void AddRun(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* const verb =
      program.add_subcommand("run", "Run the rules as scheduled, and give their alerts");
  verb->footer(
      "Example: tripline run --rules rules --events events.ndjson --state state > alerts.ndjson\n"
      "Without --state the end of the input is the end of time: every rule runs once more, so that "
      "the last events are\n"
      "judged too. With --state, what comes after the last run waits for the next call "
      "(docs/windows.md).");
  verb->add_option("--rules", options->rules.paths,
                   "Rule files and folders, or one ruleset file (.trl)")
      ->required();
  verb->add_option("--events", options->events,
                   "NDJSON files, plain, .gz or .zst; - for standard input")
      ->required();
  verb->add_option("--history", options->history, "Events that feed histories without alerting");
  verb->add_option("--state", options->state_dir,
                   "Folder that keeps histories and position between runs");
  verb->add_option(
      "--alerts", options->alerts,
      "File to append the alerts to, each exactly once with --state (default: standard "
      "output)");
  verb->add_option("--start-anew", options->start_anew,
                   "Rules, by rule_id, whose kept history is given up (for one that is damaged)");
  verb->add_option("--exceptions", options->rules.exceptions,
                   "Exception lists as Kibana exports them, beside those among the rules");
  verb->add_option("--value-list", options->rules.value_lists,
                   "NAME=FILE: the values of a list that exceptions name, one a line");
  verb->add_option("--mapping", options->rules.mapping,
                   "Index mapping or template that types the fields");
  verb->add_option(
      "--trusted-key", options->rules.trusted_keys,
      "Public keys (.pub of keygen) whose machine code in a .trl is run, beside your own");
  verb->add_option("--now", options->now, "The clock at the end of the input");
  verb->add_option("--from", options->from, "Only events from this time on may alert");
  verb->add_option("--to", options->to, "Only events up to this time may alert");
  auto* const manual = verb->add_flag(
      "--manual", options->is_manual,
      "Run over the events between --from and --to, whatever has been run before; the state keeps "
      "its clock, positions and histories");
  verb->add_flag("--backfill", options->is_backfill,
                 "With --state: the same for each rule over its recorded gaps, the oldest first")
      ->excludes(manual);
  verb->add_option("--max-backfill", options->max_backfill,
                   "So much event time of a rule in one backfill at most (default 7d)");
  verb->add_option("--only", options->only_rules,
                   "With --manual or --backfill: these rules, by rule_id");
  verb->add_flag("--dry-run", options->is_dry_run,
                 "With --manual or --backfill: give the alerts and keep nothing");
  verb->add_option("--lateness", options->lateness,
                   "How late events may come, such as 10m (default: the look-back)");
  verb->add_flag(
      "--hold-late", options->holds_late,
      "With --state: the end of the events waits for late ones, too, so that it does not "
      "matter how they are cut into calls");
  verb->add_option("--commit-every", options->commit_every,
                   "With --state: commit at most so often while the events stream (default 5s; 0: "
                   "after every block in which runs were due)");
  verb->add_option(
      "--max-signals", options->max_signals,
      "Alerts of one run at most, for every rule: a number, or all (default: what each "
      "rule says)");
  verb->add_option("--records", options->records,
                   "File for every anomaly record (probability below 0.05), alerting or not; jobs "
                   "that no rule names run, too");
  verb->add_option("--buckets", options->buckets,
                   "File for every bucket of the anomaly jobs, with its score");
  verb->add_option("--influencers", options->influencers,
                   "File for what influenced the anomalies of each bucket");
  verb->add_option("--threads", options->threads, kThreadsHelp)->check(CLI::Range(1U, 1024U));
  verb->add_option("--code", options->code,
                   "auto, machine (compiled first) or interpreter: the same answers")
      ->check(CLI::IsMember({"auto", "machine", "interpreter"}));
  verb->add_flag("--all-rules", options->says_all_rules,
                 "A summary line for every rule, silent ones too");
  verb->callback([options, &exit_code] { exit_code = RunRun(*options); });
}

}  // namespace tripline::cli
