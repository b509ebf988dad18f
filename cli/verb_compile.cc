// compile PATH... -o FILE.trl: rules -> one ruleset file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/keys.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/ruleset_cache.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_signature.h"

namespace tripline::cli {
namespace {

struct CompileOptions {
  RulesOptions rules;
  std::string output;
  std::string jobs;
  std::vector<std::string> target_cpus = {"native"};
  std::string key;  // a file; empty: the user's own
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

// Why a file has no machine code or no signature is said; it is useful all the same.
void SayPortable(const Error& error) {
  Say("the file has no machine code, which is made when it is loaded: " + error.message);
}

// Machine code for each processor. Errors: kUsage; other reasons are said, and there is none.
Result<std::vector<runtime::RulesetCache>> MakeCaches(const runtime::Ruleset& ruleset,
                                                      const CompileOptions& options) {
  std::vector<runtime::RulesetCache> caches;
  for (const std::string& cpu : options.target_cpus) {
    auto cache = runtime::CompileCache(ruleset.program, cpu);
    if (!cache && cache.error().code == ErrorCode::kUsage) {
      return std::unexpected(cache.error());
    }
    if (!cache) {
      SayPortable(cache.error());
      return std::vector<runtime::RulesetCache>();
    }
    caches.push_back(*std::move(cache));
  }
  return caches;
}

// Code needs a signature to be believed; a file without code is signed where a key is named, and
// otherwise has the same bytes whoever compiles it.
Result<std::string> MakeFile(const runtime::Ruleset& ruleset, const CompileOptions& options) {
  const bool wants_code = !options.has_no_native && !ruleset.program.outputs.empty();
  if (!wants_code && options.key.empty()) {
    return runtime::SaveRuleset(ruleset);
  }
  const auto key = options.key.empty() ? OwnKey() : ReadSigningKey(options.key);
  if (!key && !options.key.empty()) {
    return std::unexpected(key.error());
  }
  if (!key) {
    SayPortable(key.error());
    return runtime::SaveRuleset(ruleset);
  }
  std::vector<runtime::RulesetCache> caches;
  if (wants_code) {
    TRIPLINE_TRY(caches, MakeCaches(ruleset, options));
  }
  const std::string bytes = runtime::SaveRuleset(ruleset, caches);
  return caches.empty() && options.key.empty() ? bytes : runtime::SignRuleset(bytes, *key);
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
  const auto bytes = MakeFile(*loaded->ruleset, options);
  if (!bytes) {
    return SayError(bytes.error());
  }
  if (options.output == "-") {
    std::cout << *bytes << std::flush;
    return kFine;
  }
  const auto written = WriteFileAtomically(options.output, *bytes);
  if (!written) {
    return SayError(written.error());
  }
  const compiler::CompileSummary& summary = loaded->summary;
  Say(options.output + ": " + Grouped(loaded->ruleset->rules.size()) + " rules (" +
      Grouped(summary.runnable) + " run in full, " + Grouped(summary.match_only) +
      " matched only, " + Grouped(summary.not_yet) + " not yet), " + Grouped(bytes->size()) +
      " bytes");
  return kFine;
}

}  // namespace

void AddCompile(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* const verb = program.add_subcommand("compile", "Compile rules into one ruleset file");
  verb->footer(
      "Example: tripline compile rules -o rules.trl\n"
      "The rules in the file are portable. Beside them stands machine code for each --target-cpu, "
      "which is used where the\nprocessor fits and the file's signature is trusted: at this desk "
      "by "
      "your own key ($XDG_CONFIG_HOME or ~/.config,\ntripline/signing.key; made on first use), on "
      "a "
      "node by the keys in plugins.tripline.trusted_keys.");
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
  verb->add_option("--target-cpu", options->target_cpus,
                   "Processors to make machine code for: native (the default), x86-64-v3, ...; "
                   "several, or with commas")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows it is a PATH
  verb->add_flag("--no-native", options->has_no_native,
                 "No machine code in the file, and no signature but with --key");
  verb->add_option("--key", options->key,
                   "The secret key (of keygen) that signs the file, in the place of your own");
  verb->add_flag("--skip-invalid", options->skips_invalid,
                 "Leave out rules that fail, and list them");
  verb->callback([options, &exit_code] { exit_code = RunCompile(*options); });
}

}  // namespace tripline::cli
