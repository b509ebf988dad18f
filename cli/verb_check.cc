// check PATH...: every diagnostic of every rule, and one summary line.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/blind_report.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "compiler/diagnostics_json.h"

namespace tripline::cli {
namespace {

struct CheckOptions {
  RulesOptions rules;
  std::vector<std::string> events;
  std::string format = "text";
  std::string deny;
  bool shows_notes = false;
};

std::map<std::string, std::size_t> CountBySeverity(const Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> counts = {
      {"error", 0}, {"warning", 0}, {"note", 0}, {"not yet", 0}};
  for (const Diagnostic& diagnostic : diagnostics) {
    ++counts[SeverityName(diagnostic.severity)];
  }
  return counts;
}

void PrintJson(const LoadedRules& loaded, const std::optional<BlindReport>& blind) {
  nlohmann::ordered_json answer;
  answer["diagnostics"] =
      nlohmann::ordered_json::parse(compiler::DiagnosticsToJson(loaded.diagnostics));
  const compiler::CompileSummary& summary = loaded.summary;
  answer["summary"] = {{"files", loaded.num_files},
                       {"kql_rules", summary.kql_rules},
                       {"machine_learning_rules", summary.machine_learning_rules},
                       {"other_rules", summary.other_rules},
                       {"runnable", summary.runnable},
                       {"match_only", summary.match_only},
                       {"not_yet", summary.not_yet},
                       {"failed", summary.failed + loaded.num_rejected}};
  for (const auto& [severity, count] : CountBySeverity(loaded.diagnostics)) {
    answer["summary"]["diagnostics"][severity] = count;
  }
  if (blind) {
    answer["blind"] = nlohmann::ordered_json::parse(blind->rules_json);
    answer["blind_summary"] = nlohmann::ordered_json::parse(blind->summary_json);
  }
  std::cout << answer.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

std::string Count(std::size_t number, const std::string& thing) {
  return Grouped(number) + " " + thing + (number == 1 ? "" : "s");
}

void PrintSummary(const LoadedRules& loaded) {
  const compiler::CompileSummary& summary = loaded.summary;
  auto counts = CountBySeverity(loaded.diagnostics);
  std::cout << Count(loaded.num_files, "file") << ": " << Count(summary.kql_rules, "KQL rule")
            << " and " << Count(summary.machine_learning_rules, "machine_learning rule") << " read";
  if (summary.other_rules > 0) {
    std::cout << ", " << Count(summary.other_rules, "rule") << " in other languages";
  }
  std::cout << "\n  " << Grouped(summary.runnable) << " run in full, "
            << Grouped(summary.match_only) << " are matched but not run yet, "
            << Grouped(summary.not_yet) << " are neither yet, "
            << Grouped(summary.failed + loaded.num_rejected) << " failed\n  "
            << Count(counts["error"], "error") << ", " << Count(counts["warning"], "warning")
            << ", " << Grouped(counts["not yet"]) << " not yet, " << Count(counts["note"], "note")
            << "\n";
}

// What is not yet done is said once by rule, and counted by kind below the summary; so are lints,
// the ones that are only noted too.
void PrintByCode(const Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> by_code;
  for (const Diagnostic& diagnostic : diagnostics) {
    const bool is_lint = diagnostic.code.starts_with("lint.");
    if (diagnostic.severity == Severity::kNotYet || is_lint) {
      const bool is_note = diagnostic.severity == Severity::kNote;
      ++by_code[diagnostic.code + (is_note ? " (notes)" : "")];
    }
  }
  for (const auto& [code, count] : by_code) {
    std::cout << "  " << code << ": " << Grouped(count) << "\n";
  }
}

// Where there is a mapping or a sample to be blind on.
Result<std::optional<BlindReport>> BlindOn(const CheckOptions& options, const LoadedRules& loaded) {
  if (options.events.empty() && options.rules.mapping.empty()) {
    return std::nullopt;
  }
  if (!loaded.needs) {
    return Fail(ErrorCode::kUsage, options.rules.paths[0] +
                                       " holds no rule texts: --events and --mapping take rules, "
                                       "not a ruleset file");
  }
  TRIPLINE_TRY(BlindReport report, ReportBlindRules(*loaded.needs, options.events));
  return std::optional(std::move(report));
}

int RunCheck(CheckOptions options) {
  options.rules.finds_needs = !options.events.empty() || !options.rules.mapping.empty();
  const auto loaded = LoadRules(options.rules);
  if (!loaded) {
    return SayError(loaded.error());
  }
  const auto blind = BlindOn(options, *loaded);
  if (!blind) {
    return SayError(blind.error());
  }
  if (options.format == "json") {
    PrintJson(*loaded, *blind);
  } else {
    SayDiagnostics(loaded->diagnostics, options.shows_notes ? Notes::kShown : Notes::kHidden);
    PrintSummary(*loaded);
    PrintByCode(loaded->diagnostics);
    std::cout << (*blind ? (*blind)->text : "");
  }
  if (*blind && (*blind)->has_failed_files) {
    return kUsageOrWorld;
  }
  auto counts = CountBySeverity(loaded->diagnostics);
  const bool is_denied = options.deny == "warnings" && counts["warning"] > 0;
  return counts["error"] > 0 || is_denied ? kFindings : kFine;
}

}  // namespace

void AddCheck(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* const verb =
      program.add_subcommand("check", "Read rules and say everything that is wrong with them");
  verb->footer(
      "Example: tripline check rules --mapping logs-endpoint.json --deny warnings\n"
      "         tripline check rules --events yesterday.ndjson.gz     which rules are blind there");
  verb->add_option("PATH", options->rules.paths,
                   "Rule files and folders (TOML, Kibana NDJSON or JSON, job JSON)")
      ->required();
  verb->add_option("--exceptions", options->rules.exceptions,
                   "Exception lists as Kibana exports them, beside those among the rules");
  verb->add_option("--value-list", options->rules.value_lists,
                   "NAME=FILE: the values of a list that exceptions name, one a line");
  verb->add_option(
      "--mapping", options->rules.mapping,
      "Index mapping or template that types the fields; which rules are blind on it is "
      "said too");
  verb->add_option("--events", options->events,
                   "A sample of events (NDJSON, plain, .gz or .zst; - for standard input): which "
                   "rules cannot fire on it, and why");
  verb->add_flag("--strict", options->rules.is_strict,
                 "Conditions that probably do not mean what was meant are errors");
  verb->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--deny", options->deny, "`warnings`: exit 1 for them too")
      ->check(CLI::IsMember({"warnings"}));
  verb->add_flag("--notes", options->shows_notes,
                 "Show notes as well, such as fields that are not in ECS");
  verb->callback([options, &exit_code] { exit_code = RunCheck(*options); });
}

}  // namespace tripline::cli
