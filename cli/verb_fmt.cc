// fmt PATH...: the queries of TOML rules in canonical text, in place, or only checked.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/format_rule_text.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "compiler/rule_reader.h"
#include "grammar/parse.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxRuleBytes = std::uint64_t{64} << 20U;

struct FmtOptions {
  std::vector<std::string> paths;
  bool only_checks = false;
};

struct Counts {
  std::size_t changed = 0;
  std::size_t fine = 0;
  std::size_t left = 0;  // as they were: no KQL query, or a text with escapes
  std::size_t mistaken = 0;
  bool has_failed = false;
};

// The rule's file again as it would be read: the same rule, but for the text of its query.
bool IsSameRule(const std::string& path, const std::string& text, const compiler::Rule& rule) {
  const compiler::ReadRules again = compiler::ReadRuleFile(path, text);
  if (again.rules.size() != 1 || HasErrors(again.diagnostics)) {
    return false;
  }
  const auto before = grammar::Parse(rule.query);
  const auto after = grammar::Parse(again.rules[0].query);
  return before && after && Print(*before) == Print(*after) &&
         again.rules[0].rule_id == rule.rule_id;
}

// Why the file cannot be read as rules, or the query of one of them not as KQL.
Diagnostics MistakesIn(const compiler::ReadRules& read) {
  Diagnostics mistakes;
  std::ranges::copy_if(read.diagnostics, std::back_inserter(mistakes),
                       [](const Diagnostic& said) { return said.severity == Severity::kError; });
  for (const compiler::Rule& rule : read.rules) {
    if (rule.language == compiler::QueryLanguage::kKuery && !rule.query.text.empty()) {
      if (const auto parsed = grammar::Parse(rule.query); !parsed) {
        mistakes.insert(mistakes.end(), parsed.error().begin(), parsed.error().end());
      }
    }
  }
  return mistakes;
}

void FormatRule(const std::string& path, const FmtOptions& options, Counts& counts) {
  const auto text = ReadFile(path, kMaxRuleBytes);
  if (!text) {
    SayError(text.error());
    counts.has_failed = true;
    return;
  }
  const compiler::ReadRules read = compiler::ReadRuleFile(path, *text);
  if (const Diagnostics mistakes = MistakesIn(read); !mistakes.empty()) {
    SayDiagnostics(mistakes);
    ++counts.mistaken;
    return;
  }
  const bool has_query = read.rules.size() == 1 &&
                         read.rules[0].language == compiler::QueryLanguage::kKuery &&
                         !read.rules[0].query.text.empty();
  const auto formatted = has_query ? FormatRuleText(read.rules[0], *text) : std::nullopt;
  if (!formatted || !IsSameRule(path, *formatted, read.rules[0])) {
    ++counts.left;
    return;
  }
  if (*formatted == *text) {
    ++counts.fine;
    return;
  }
  ++counts.changed;
  std::cout << path << "\n";
  if (options.only_checks) {
    return;
  }
  if (const auto written = WriteFileAtomically(path, *formatted); !written) {
    SayError(written.error());
    counts.has_failed = true;
  }
}

int RunFmt(const FmtOptions& options) {
  Counts counts;
  for (const std::string& path : options.paths) {
    const auto files = ListFiles(path, {".toml"});
    if (!files) {
      return SayError(files.error());
    }
    for (const std::string& file : *files) {
      FormatRule(file, options, counts);
    }
  }
  Say(Grouped(counts.changed) + (options.only_checks ? " would change, " : " changed, ") +
      Grouped(counts.fine) + " were fine, " + Grouped(counts.left) +
      " left as they are (no KQL query, or a text with escapes)" +
      (counts.mistaken > 0 ? ", " + Grouped(counts.mistaken) + " with mistakes" : ""));
  if (counts.has_failed) {
    return kUsageOrWorld;
  }
  const bool would_change = options.only_checks && counts.changed > 0;
  return would_change || counts.mistaken > 0 ? kFindings : kFine;
}

}  // namespace

void AddFmt(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<FmtOptions>();
  CLI::App* const verb =
      program.add_subcommand("fmt", "Write the queries of TOML rules in canonical text");
  verb->footer(
      "Example: tripline fmt rules --check\nNames of files that change go to standard output. A "
      "query's meaning never changes. A file with a mistake stays as it is and gives exit code 1.");
  verb->add_option("PATH", options->paths, "Rule files (.toml) and folders")->required();
  verb->add_flag("--check", options->only_checks, "Change nothing; exit code 1 if something would");
  verb->callback([options, &exit_code] { exit_code = RunFmt(*options); });
}

}  // namespace tripline::cli
