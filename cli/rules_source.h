// Where a verb's rules come from: rule files and folders, compiled on the spot, or a ruleset file
// made by `compile`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "compiler/compile.h"
#include "compiler/field_types.h"
#include "compiler/rule_needs.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "runtime/ruleset.h"

namespace tripline::cli {

struct RulesOptions {
  std::vector<std::string> paths;
  std::string mapping;                   // path of an index mapping or template; empty: ECS alone
  std::vector<std::string> exceptions;   // files of exception lists that do not lie with the rules
  std::vector<std::string> value_lists;  // NAME=FILE
  std::vector<std::string> trusted_keys{};  // files of public keys, beside the user's own
  bool is_strict = false;                   // doubtful conditions of queries are errors
  bool finds_needs = false;                 // what the rules need of events is wanted too
};

struct LoadedRules {
  std::shared_ptr<const runtime::Ruleset> ruleset;
  Diagnostics diagnostics;
  compiler::CompileSummary summary;
  std::vector<std::string> failed_rules;
  std::size_t num_files = 0;
  std::size_t num_rejected = 0;                 // documents that could not be read as rules
  std::optional<compiler::NeedsOfRules> needs;  // where wanted
  std::string cache_note;  // why the machine code in a ruleset file does not count, if it does not
};

/// The types of an index mapping or template; none if no path is given. Errors: no such file, a
/// mapping that is none.
[[nodiscard]] Result<std::optional<compiler::FieldTypes>> ReadMapping(const std::string& path);

/// The exception lists in the files of --exceptions, each of which must have some; it is said of
/// one that has none. Errors: no such file.
[[nodiscard]] Result<std::vector<compiler::AsideDocument>> ReadExceptions(
    const std::vector<std::string>& paths, Diagnostics& said);

/// The files that --value-list names, each NAME=FILE. Errors: not of that form.
[[nodiscard]] Result<compiler::ValueLists> NamedValueLists(const std::vector<std::string>& names);

/// Reads and compiles. Errors: no such file, a damaged ruleset file, a mapping that is none.
[[nodiscard]] Result<LoadedRules> LoadRules(const RulesOptions& options);

/// LoadRules, its diagnostics and its note said; for verbs that go on with the rules that compiled.
[[nodiscard]] Result<LoadedRules> LoadRulesAndSay(const RulesOptions& options);

}  // namespace tripline::cli
