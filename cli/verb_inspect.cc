// inspect FILE.trl: what is inside a ruleset file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "jit/print.h"

namespace tripline::cli {
namespace {

struct InspectOptions {
  std::string path;
  std::string format = "text";
  bool shows_program = false;
};

void PrintJson(const runtime::Ruleset& ruleset) {
  nlohmann::ordered_json answer;
  answer["content_hash"] = ruleset.content_hash;
  answer["native_code"] = false;
  answer["signature"] = nullptr;
  answer["rules"] = nlohmann::ordered_json::array();
  for (const runtime::RuleSpec& rule : ruleset.rules) {
    const bool is_scheduled = rule.query.has_value() && rule.not_yet.empty();
    answer["rules"].push_back({{"rule_id", rule.rule_id},
                               {"name", rule.name},
                               {"type", runtime::RuleTypeName(rule.type)},
                               {"is_matched", rule.query.has_value()},
                               {"is_run", is_scheduled},
                               {"not_yet", rule.not_yet}});
  }
  answer["fields"] = nlohmann::ordered_json::array();
  for (const jit::Field& field : ruleset.program.fields) {
    answer["fields"].push_back(field.name);
  }
  answer["leaves"] = ruleset.program.leaves.size();
  answer["nodes"] = ruleset.program.nodes.size();
  std::cout << answer.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

void PrintText(const runtime::Ruleset& ruleset) {
  std::cout << "content hash  " << ruleset.content_hash << "\n"
            << "machine code  none (portable)\n"
            << "signature     none\n"
            << "rules         " << Grouped(ruleset.rules.size()) << "\n"
            << "fields        " << Grouped(ruleset.program.fields.size()) << "\n"
            << "leaves        " << Grouped(ruleset.program.leaves.size()) << "\n"
            << "nodes         " << Grouped(ruleset.program.nodes.size()) << "\n";
  for (const runtime::RuleSpec& rule : ruleset.rules) {
    std::cout << "  " << rule.rule_id << "  " << runtime::RuleTypeName(rule.type) << "  "
              << rule.name;
    for (const std::string& reason : rule.not_yet) {
      std::cout << "\n    not run yet: " << reason;
    }
    std::cout << "\n";
  }
}

int RunInspect(const InspectOptions& options) {
  if (!options.path.ends_with(".trl")) {
    Say("inspect reads a ruleset file (.trl); make one with `tripline compile`");
    return kUsageOrWorld;
  }
  const auto loaded =
      LoadRules({.paths = {options.path}, .mapping = "", .exceptions = {}, .value_lists = {}});
  if (!loaded) {
    return SayError(loaded.error());
  }
  if (options.format == "json") {
    PrintJson(*loaded->ruleset);
  } else {
    PrintText(*loaded->ruleset);
  }
  if (options.shows_program) {
    std::cout << jit::Print(loaded->ruleset->program);
  }
  return kFine;
}

}  // namespace

void AddInspect(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* const verb = program.add_subcommand("inspect", "Show what is inside a ruleset file");
  verb->footer("Example: tripline inspect rules.trl --format json");
  verb->add_option("FILE.trl", options->path, "The ruleset file")->required();
  verb->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_flag("--program", options->shows_program, "Print the compiled Program as well");
  verb->callback([options, &exit_code] { exit_code = RunInspect(*options); });
}

}  // namespace tripline::cli
