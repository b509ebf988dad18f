// inspect FILE.trl: what is inside a ruleset file.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/keys.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "jit/print.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_signature.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;

struct InspectOptions {
  std::string path;
  std::string format = "text";
  std::vector<std::string> trusted;  // files with public keys
  bool shows_program = false;
};

// Who signed the file, if anybody did, and what is compiled in it.
struct Signer {
  std::optional<runtime::RulesetSignature> signature;
  bool is_trusted = false;
  std::vector<runtime::CacheSummary> caches;

  // Whether `match` and `run` use a cache on this machine.
  [[nodiscard]] bool IsUsed(const runtime::CacheSummary& cache) const {
    return is_trusted && cache.why_not_here.empty();
  }
};

Result<Signer> SignerOf(const InspectOptions& options) {
  TRIPLINE_TRY(const std::string bytes, ReadFile(options.path, kMaxRulesetBytes));
  Signer signer;
  TRIPLINE_TRY(signer.signature, runtime::SignatureOf(bytes));
  TRIPLINE_TRY(signer.caches, runtime::CachesOf(bytes));
  TRIPLINE_TRY(const auto trusted, TrustedKeys(options.trusted));
  signer.is_trusted = signer.signature && signer.signature->fits &&
                      std::ranges::find(trusted, signer.signature->key) != trusted.end();
  return signer;
}

std::string TextOf(const Signer& signer) {
  if (!signer.signature) {
    return "none";
  }
  if (!signer.signature->fits) {
    return "of " + signer.signature->key + ", and does not fit: the file was changed since";
  }
  return "of " + signer.signature->key + (signer.is_trusted ? " (trusted)" : " (not trusted)");
}

nlohmann::ordered_json JsonOf(const Signer& signer) {
  if (!signer.signature) {
    return nullptr;
  }
  return {{"key", signer.signature->key},
          {"fits", signer.signature->fits},
          {"trusted", signer.is_trusted}};
}

nlohmann::ordered_json TargetsOf(const Signer& signer) {
  auto targets = nlohmann::ordered_json::array();
  for (const runtime::CacheSummary& cache : signer.caches) {
    const jit::CodeTarget& target = cache.outline.fingerprint.target;
    const std::string why = signer.is_trusted ? cache.why_not_here : "nobody trusted signed it";
    targets.push_back({{"cpu", target.cpu},
                       {"architecture", target.architecture},
                       {"generator", target.generator},
                       {"library", cache.outline.fingerprint.library},
                       {"code_bytes", cache.outline.code_bytes},
                       {"database_bytes", cache.outline.database_bytes},
                       {"is_used", signer.IsUsed(cache)},
                       {"why_not", why}});
  }
  return targets;
}

std::string CodeText(const Signer& signer) {
  std::string text;
  for (const runtime::CacheSummary& cache : signer.caches) {
    text += (text.empty() ? "" : "\n              ") + cache.outline.fingerprint.target.cpu + ", " +
            Grouped(cache.outline.code_bytes) + " bytes, and " +
            Grouped(cache.outline.database_bytes) + " of patterns: ";
    if (signer.IsUsed(cache)) {
      text += "used here";
    } else {
      text += "not used here, as " +
              (signer.is_trusted ? cache.why_not_here : "nobody trusted signed it");
    }
  }
  return text.empty() ? "none (portable)" : text;
}

void PrintJson(const runtime::Ruleset& ruleset, const Signer& signer) {
  nlohmann::ordered_json answer;
  answer["content_hash"] = ruleset.content_hash;
  answer["native_code"] = !signer.caches.empty();
  answer["targets"] = TargetsOf(signer);
  answer["signature"] = JsonOf(signer);
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

void PrintText(const runtime::Ruleset& ruleset, const Signer& signer) {
  std::cout << "content hash  " << ruleset.content_hash << "\n"
            << "machine code  " << CodeText(signer) << "\n"
            << "signature     " << TextOf(signer) << "\n"
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
  const auto signer = SignerOf(options);
  if (!signer) {
    return SayError(signer.error());
  }
  if (options.format == "json") {
    PrintJson(*loaded->ruleset, *signer);
  } else {
    PrintText(*loaded->ruleset, *signer);
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
  verb->add_option("--trusted-key", options->trusted,
                   "Public keys (.pub of keygen) that are trusted, beside your own");
  verb->add_flag("--program", options->shows_program, "Print the compiled Program as well");
  verb->callback([options, &exit_code] { exit_code = RunInspect(*options); });
}

}  // namespace tripline::cli
