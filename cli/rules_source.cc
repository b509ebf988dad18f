#include "cli/rules_source.h"

#include <iterator>
#include <optional>
#include <utility>

#include "base/file.h"
#include "cli/talk.h"
#include "compiler/field_types.h"
#include "compiler/rule_reader.h"
#include "runtime/ruleset_file.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;
constexpr std::uint64_t kMaxMappingBytes = std::uint64_t{64} << 20U;

bool IsRulesetFile(const RulesOptions& options) {
  return options.paths.size() == 1 && options.paths[0].ends_with(".trl");
}

Result<LoadedRules> LoadRulesetFile(const std::string& path) {
  TRIPLINE_TRY(const std::string bytes, ReadFile(path, kMaxRulesetBytes));
  auto ruleset = runtime::LoadRuleset(bytes);
  if (!ruleset) {
    return Fail(ruleset.error().code, path + ": " + ruleset.error().message);
  }
  LoadedRules loaded;
  loaded.num_files = 1;
  loaded.ruleset = std::make_shared<const runtime::Ruleset>(*std::move(ruleset));
  return loaded;
}

}  // namespace

Result<std::optional<compiler::FieldTypes>> ReadMapping(const std::string& path) {
  if (path.empty()) {
    return std::nullopt;
  }
  TRIPLINE_TRY(const std::string text, ReadFile(path, kMaxMappingBytes));
  TRIPLINE_TRY(compiler::FieldTypes mapping, compiler::FieldTypes::FromMapping(path, text));
  return std::optional(std::move(mapping));
}

Result<LoadedRules> LoadRules(const RulesOptions& options) {
  if (IsRulesetFile(options)) {
    return LoadRulesetFile(options.paths[0]);
  }
  const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  TRIPLINE_TRY(const std::optional<compiler::FieldTypes> mapping, ReadMapping(options.mapping));
  TRIPLINE_TRY(compiler::ReadRules read, compiler::ReadRulePaths(options.paths));
  compiler::CompiledRules compiled = compiler::Compile(
      read.rules, read.jobs, {mapping ? &*mapping : nullptr, &ecs},
      options.is_strict ? compiler::Strictness::kStrict : compiler::Strictness::kAsKibana);
  LoadedRules loaded;
  loaded.ruleset = std::make_shared<const runtime::Ruleset>(std::move(compiled.ruleset));
  loaded.diagnostics = std::move(read.diagnostics);
  loaded.diagnostics.insert(loaded.diagnostics.end(),
                            std::make_move_iterator(compiled.diagnostics.begin()),
                            std::make_move_iterator(compiled.diagnostics.end()));
  loaded.summary = compiled.summary;
  loaded.failed_rules = std::move(compiled.failed_rules);
  loaded.num_files = read.num_files;
  loaded.num_rejected = read.num_rejected;
  return loaded;
}

Result<LoadedRules> LoadRulesAndSay(const RulesOptions& options) {
  TRIPLINE_TRY(LoadedRules loaded, LoadRules(options));
  SayDiagnostics(loaded.diagnostics);
  return loaded;
}

}  // namespace tripline::cli
