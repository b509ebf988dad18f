// lint.case_sensitive: Windows does not tell `CMD.EXE` from `cmd.exe`, a keyword does. A note, once
// a field, where the rule is about Windows and the field has a `.caseless` twin; or, whatever the
// rule is about, where the given mapping keeps the field's values in lower case too.
#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool AsksForWindows(const LintLeaf& leaf) {
  return leaf.path == "host.os.type" && !leaf.comparison && LiteralText(*leaf.value) == "windows";
}

bool IsAboutWindows(const LintSubject& subject) {
  const auto is_windows_index = [](const std::string& index) {
    return index.contains("windows") || index.starts_with("winlogbeat");
  };
  return std::ranges::any_of(subject.leaves, AsksForWindows) ||
         (subject.rule != nullptr &&
          (std::ranges::find(subject.rule->tags, "OS: Windows") != subject.rule->tags.end() ||
           (!subject.rule->indices.empty() &&
            std::ranges::all_of(subject.rule->indices, is_windows_index))));
}

bool HasLetters(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

const FieldInfo* CaselessTwin(const LintSubject& subject, const std::string& path) {
  const FieldInfo* const twin = FindField(subject.catalog, path + ".caseless");
  return twin != nullptr && twin->lowercases ? twin : nullptr;
}

// The field's multi-field in lower case, `.caseless` before others. Null pointer: there is none.
const FieldInfo* TwinInMapping(const LintSubject& subject, const std::string& path) {
  if (subject.catalog.mapping == nullptr) {
    return nullptr;
  }
  const FieldInfo* found = nullptr;
  const std::array<std::string, 2> below = {path + ".", ""};
  for (const FieldInfo* const field : subject.catalog.mapping->Matching(below)) {
    if (field->lowercases && field->source == path &&
        (found == nullptr || field->name == path + ".caseless")) {
      found = field;
    }
  }
  return found;
}

}  // namespace

void LintCaseSensitive(const LintSubject& subject, LintFindings& findings) {
  const bool is_about_windows = IsAboutWindows(subject);
  if (!is_about_windows && subject.catalog.mapping == nullptr) {
    return;
  }
  std::set<std::string> asked;  // the author knows these
  for (const LintLeaf& leaf : subject.leaves) {
    asked.insert(leaf.path);
  }
  std::set<std::string> seen;
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.info == nullptr || leaf.comparison || leaf.info->lowercases ||
        ColumnKindOf(leaf.type()) != jit::ColumnKind::kString ||
        !HasLetters(LiteralText(*leaf.value))) {
      continue;
    }
    if (!seen.insert(leaf.path).second) {
      continue;
    }
    const FieldInfo* const own = TwinInMapping(subject, leaf.path);
    const FieldInfo* const twin =
        own != nullptr || !is_about_windows ? own : CaselessTwin(subject, leaf.path);
    if (twin != nullptr && !asked.contains(twin->name)) {
      findings.Say(leaf.IsBare() ? leaf.value->span : leaf.field->span,
                   "`" + leaf.path + "` is compared letter by letter, and " +
                       (is_about_windows ? "Windows does not care for case"
                                         : "its mapping has the values in lower case too"),
                   "`" + twin->name + "` matches whatever the case");
    }
  }
}

}  // namespace tripline::compiler
