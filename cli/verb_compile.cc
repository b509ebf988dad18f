// compile PATH... -o FILE.trl: rules -> one ruleset file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/ruleset_file.h"

namespace tripline::cli {
namespace {

struct CompileOptions {
  RulesOptions rules;
  std::string output;
  std::string jobs;
  std::string target_cpu = "native";
  bool has_no_native = false;
  bool skips_invalid = false;
};

int SayFailedRules(const LoadedRules& loaded, bool skips_invalid) {
  for (const std::string& name : loaded.failed_rules) {
    Say((skips_invalid ? "left out: " : "failed: ") + name);
  }
  if (loaded.num_rejected > 0) {
    Say(Grouped(loaded.num_rejected) + " documents could not be read as rules");
  }
  if (skips_invalid) {
    return kFine;
  }
  Say("nothing was written; mend the rules, or leave them out with --skip-invalid");
  return kFindings;
}

int RunCompile(CompileOptions options) {
  if (!options.jobs.empty()) {
    options.rules.paths.push_back(options.jobs);
  }
  const auto loaded = LoadRulesAndSay(options.rules);
  if (!loaded) {
    return SayError(loaded.error());
  }
  if (HasErrors(loaded->diagnostics) && SayFailedRules(*loaded, options.skips_invalid) != kFine) {
    return kFindings;
  }
  const std::string bytes = runtime::SaveRuleset(*loaded->ruleset);
  if (options.output == "-") {
    std::cout << bytes << std::flush;
    return kFine;
  }
  const auto written = WriteFileAtomically(options.output, bytes);
  if (!written) {
    return SayError(written.error());
  }
  const compiler::CompileSummary& summary = loaded->summary;
  Say(options.output + ": " + Grouped(loaded->ruleset->rules.size()) + " rules (" +
      Grouped(summary.runnable) + " run in full, " + Grouped(summary.match_only) +
      " matched only, " + Grouped(summary.not_yet) + " not yet), " + Grouped(bytes.size()) +
      " bytes");
  return kFine;
}

}  // namespace

void AddCompile(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* const verb = program.add_subcommand("compile", "Compile rules into one ruleset file");
  verb->footer(
      "Example: tripline compile rules -o rules.trl\n"
      "The file is portable: machine code is made when it is loaded. --target-cpu and --no-native "
      "are accepted for the\n"
      "files of later versions, which will carry machine code as a cache.");
  verb->add_option("PATH", options->rules.paths, "Rule files and folders")->required();
  verb->add_option("-o,--output", options->output, "The file to write, - for standard output")
      ->required();
  verb->add_option("--exceptions", options->rules.exceptions,
                   "Exception lists as Kibana exports them, beside those among the rules");
  verb->add_option("--value-list", options->rules.value_lists,
                   "NAME=FILE: the values of a list that exceptions name, one a line");
  verb->add_option("--mapping", options->rules.mapping,
                   "Index mapping or template that types the fields");
  verb->add_flag("--strict", options->rules.is_strict,
                 "Conditions that probably do not mean what was meant are errors");
  verb->add_option("--jobs", options->jobs, "Folder of anomaly jobs");
  verb->add_option("--target-cpu", options->target_cpu, "native, x86-64-v3, ...");
  verb->add_flag("--no-native", options->has_no_native, "No machine code in the file");
  verb->add_flag("--skip-invalid", options->skips_invalid,
                 "Leave out rules that fail, and list them");
  verb->callback([options, &exit_code] { exit_code = RunCompile(*options); });
}

}  // namespace tripline::cli
