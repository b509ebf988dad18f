#include "cli/rules_source.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/file.h"
#include "cli/keys.h"
#include "cli/talk.h"
#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/join_exceptions.h"
#include "compiler/rule_reader.h"
#include "runtime/ruleset_file.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;
constexpr std::uint64_t kMaxMappingBytes = std::uint64_t{64} << 20U;

bool IsRulesetFile(const RulesOptions& options) {
  return options.paths.size() == 1 && options.paths[0].ends_with(".trl");
}

void Append(Diagnostics& all, Diagnostics some) {
  std::ranges::move(some, std::back_inserter(all));
}

// The field types that queries and exceptions are checked against.
struct Types {
  compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  std::optional<compiler::FieldTypes> mapping;

  [[nodiscard]] compiler::FieldCatalog Catalog() const {
    return {mapping ? &*mapping : nullptr, &ecs};
  }
};

Result<Types> LoadTypes(const std::string& path) {
  Types types;
  TRIPLINE_TRY(types.mapping, ReadMapping(path));
  return types;
}

bool HasExceptions(std::span<const compiler::AsideDocument> asides) {
  return std::ranges::any_of(asides, [](const compiler::AsideDocument& aside) {
    return aside.kind != compiler::AsideDocument::Kind::kConnector;
  });
}

Result<LoadedRules> LoadRulesetFile(const RulesOptions& options) {
  const std::string& path = options.paths[0];
  TRIPLINE_TRY(const std::string bytes, ReadFile(path, kMaxRulesetBytes));
  TRIPLINE_TRY(const std::vector<std::string> trusted, TrustedKeys(options.trusted_keys));
  auto file = runtime::LoadRuleset(bytes, trusted);
  if (!file) {
    return Fail(file.error().code, path + ": " + file.error().message);
  }
  runtime::Ruleset ruleset = std::move(file->ruleset);
  LoadedRules loaded;
  loaded.cache_note = std::move(file->cache_note);
  loaded.num_files = 1;
  if (!options.exceptions.empty()) {
    TRIPLINE_TRY(const Types types, LoadTypes(options.mapping));
    TRIPLINE_TRY(const auto asides, ReadExceptions(options.exceptions, loaded.diagnostics));
    TRIPLINE_TRY(compiler::ValueLists value_lists, NamedValueLists(options.value_lists));
    const auto lists =
        compiler::ExceptionLists::Make(asides, types.Catalog(), value_lists, loaded.diagnostics);
    TRIPLINE_TRY(ruleset, compiler::JoinExceptions(ruleset, lists));
  }
  loaded.ruleset = std::make_shared<const runtime::Ruleset>(std::move(ruleset));
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

Result<std::vector<compiler::AsideDocument>> ReadExceptions(const std::vector<std::string>& paths,
                                                            Diagnostics& said) {
  std::vector<compiler::AsideDocument> asides;
  for (const std::string& path : paths) {
    TRIPLINE_TRY(compiler::ReadRules read, compiler::ReadRulePaths({path}));
    Append(said, std::move(read.diagnostics));
    if (!HasExceptions(read.asides)) {
      Diagnostic nothing;
      nothing.code = "exception.no_lists";
      nothing.message = "the file holds no exception list and no item of one";
      nothing.hint =
          read.rules.empty()
              ? "--exceptions takes what Kibana exports: NDJSON, a list or an item a line; a plain "
                "list of values is named with --value-list NAME=FILE"
              : "it holds rules: name it with --rules";
      nothing.file = path;
      said.push_back(std::move(nothing));
    }
    std::ranges::move(read.asides, std::back_inserter(asides));
  }
  return asides;
}

Result<compiler::ValueLists> NamedValueLists(const std::vector<std::string>& names) {
  std::map<std::string, std::string> files;
  for (const std::string& named : names) {
    const std::size_t equals = named.find('=');
    if (equals == 0 || equals == named.npos || equals + 1 == named.size()) {
      return Fail(ErrorCode::kUsage,
                  "--value-list " + named + ": expected NAME=FILE, with the list's id as the name");
    }
    if (!files.emplace(named.substr(0, equals), named.substr(equals + 1)).second) {
      return Fail(ErrorCode::kUsage, "--value-list " + named + ": a list of that name was given " +
                                         "before; name each list once, with all its values");
    }
  }
  return compiler::ValueLists(std::move(files));
}

Result<LoadedRules> LoadRules(const RulesOptions& options) {
  if (IsRulesetFile(options)) {
    return LoadRulesetFile(options);
  }
  TRIPLINE_TRY(const Types types, LoadTypes(options.mapping));
  TRIPLINE_TRY(compiler::ReadRules read, compiler::ReadRulePaths(options.paths));
  LoadedRules loaded;
  loaded.diagnostics = std::move(read.diagnostics);
  TRIPLINE_TRY(auto exceptions, ReadExceptions(options.exceptions, loaded.diagnostics));
  std::ranges::move(exceptions, std::back_inserter(read.asides));
  TRIPLINE_TRY(compiler::ValueLists value_lists, NamedValueLists(options.value_lists));
  const auto lists =
      compiler::ExceptionLists::Make(read.asides, types.Catalog(), value_lists, loaded.diagnostics);
  if (options.finds_needs) {
    loaded.needs = compiler::FindNeeds(read.rules, read.jobs, types.Catalog(), lists);
  }
  compiler::CompiledRules compiled = compiler::Compile(
      read.rules, read.jobs, types.Catalog(), lists,
      options.is_strict ? compiler::Strictness::kStrict : compiler::Strictness::kAsKibana);
  loaded.ruleset = std::make_shared<const runtime::Ruleset>(std::move(compiled.ruleset));
  Append(loaded.diagnostics, std::move(compiled.diagnostics));
  loaded.summary = compiled.summary;
  loaded.failed_rules = std::move(compiled.failed_rules);
  loaded.num_files = read.num_files;
  loaded.num_rejected = read.num_rejected;
  return loaded;
}

Result<LoadedRules> LoadRulesAndSay(const RulesOptions& options) {
  TRIPLINE_TRY(LoadedRules loaded, LoadRules(options));
  SayDiagnostics(loaded.diagnostics);
  if (!loaded.cache_note.empty()) {
    Say(options.paths[0] + ": the machine code in it is passed over: " + loaded.cache_note);
  }
  return loaded;
}

}  // namespace tripline::cli
