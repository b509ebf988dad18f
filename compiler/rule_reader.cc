// From paths to files to one answer; each file is read by rule_file.cc. What only shows across
// files and lines, rules of one id, is found here.
#include "compiler/rule_reader.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/file.h"
#include "compiler/rule_file.h"
#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

// Of rules with one id the first stays: two would raise every alert twice.
void DropRepeatedRules(ReadRules& read) {
  std::map<std::string, const Rule*, std::less<>> by_id;
  std::vector<Rule> kept;
  kept.reserve(read.rules.size());  // so that the pointers stay good
  for (Rule& rule : read.rules) {
    const auto [first, is_new] = by_id.try_emplace(rule.rule_id, nullptr);
    if (is_new) {
      kept.push_back(std::move(rule));
      first->second = &kept.back();
      continue;
    }
    const LineColumn at = first->second->PlaceOf("/rule_id");
    read.diagnostics.push_back(rule.Remark(
        "/rule_id", Severity::kError, "rule.duplicate_id",
        "rule_id " + Shown(rule.rule_id) + " is that of another rule already: " +
            first->second->file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column),
        "give this rule an id of its own, or leave one of the two out"));
    ++read.num_rejected;
  }
  read.rules = std::move(kept);
}

void Append(ReadRules& all, ReadRules one) {
  std::ranges::move(one.rules, std::back_inserter(all.rules));
  std::ranges::move(one.jobs, std::back_inserter(all.jobs));
  std::ranges::move(one.asides, std::back_inserter(all.asides));
  std::ranges::move(one.diagnostics, std::back_inserter(all.diagnostics));
  all.num_files += one.num_files;
  all.num_rejected += one.num_rejected;
}

bool IsTestFile(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name == "events.ndjson" || name == "expected.ndjson";
}

// The rule files that `path` stands for. An empty list only for a folder.
Result<std::vector<std::string>> RuleFilesOf(const std::string& path) {
  TRIPLINE_TRY(std::vector<std::string> files, ListFiles(path, {".toml", ".json", ".ndjson"}));
  if (std::filesystem::is_directory(path)) {
    std::erase_if(files, IsTestFile);
  }
  return files;
}

}  // namespace

ReadRules ReadRuleFile(const std::string& name, std::string_view text) {
  ReadRules read = ReadOneFile(name, text);
  DropRepeatedRules(read);
  return read;
}

Result<ReadRules> ReadRulePaths(const std::vector<std::string>& paths) {
  if (paths.empty()) {
    return Fail(ErrorCode::kUsage, "no rule file or folder is named");
  }
  ReadRules all;
  std::set<std::filesystem::path> seen;
  for (const std::string& path : paths) {
    TRIPLINE_TRY(const std::vector<std::string> files, RuleFilesOf(path));
    if (files.empty()) {
      all.diagnostics.push_back(AboutFile(path, "rule.no_rules",
                                          "the folder holds no .toml, .json or .ndjson file",
                                          "name the folder that holds the rules"));
    }
    for (const std::string& file : files) {
      if (!seen.insert(std::filesystem::path(file).lexically_normal()).second) {
        continue;
      }
      Result<std::string> text = ReadFile(file, kMaxRuleFileBytes);
      if (!text && text.error().code != ErrorCode::kLimit) {
        return std::unexpected(text.error());
      }
      if (!text) {
        all.diagnostics.push_back(
            AboutFile(file, "rule.too_large", text.error().message, "split it into several files"));
        ++all.num_files;
        ++all.num_rejected;
        continue;
      }
      Append(all, ReadOneFile(file, *text));
    }
  }
  DropRepeatedRules(all);
  return all;
}

}  // namespace tripline::compiler
